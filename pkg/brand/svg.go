package brand

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

const svgNamespace = "http://www.w3.org/2000/svg"

// drawn are the elements of SVG 2 that draw, and nothing else. Text is not among
// them: its fonts differ from one computer to the next.
var drawn = map[string]bool{
	"svg": true, "g": true, "defs": true, "symbol": true, "use": true, "title": true, "desc": true, "style": true,
	"path": true, "circle": true, "ellipse": true, "rect": true, "line": true, "polyline": true, "polygon": true,
	"linearGradient": true, "radialGradient": true, "stop": true, "clipPath": true, "mask": true,
}

// checkSVG refuses what could run, load or link. Pages show the logo as an image,
// where nothing of that works, and it is served with a policy that forbids it; it
// is refused all the same, so that nobody has to rely on either.
func checkSVG(body []byte) error {
	d := xml.NewDecoder(bytes.NewReader(body))
	depth, roots, style := 0, 0, false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("is no well-formed SVG: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth == 1 {
				roots++
			}
			if t.Name.Space != svgNamespace || !drawn[t.Name.Local] || (depth == 1) != (t.Name.Local == "svg") {
				return fmt.Errorf("has an element <%s>, which is not among those that only draw; save it as plain SVG, with text turned into paths", t.Name.Local)
			}
			for _, a := range t.Attr {
				if err := checkAttribute(a); err != nil {
					return err
				}
			}
			style = t.Name.Local == "style"
		case xml.EndElement:
			depth--
			style = false
		case xml.CharData:
			if style && loads(string(t)) {
				return errors.New("has a style that loads something, or is written in a way that hides what it does")
			}
		case xml.Comment:
			if style {
				return errors.New("has a comment within a style, which could hide what it does; remove it")
			}
		case xml.Directive:
			return errors.New("has a document type, with which it can say something else than what is written; remove the line <!DOCTYPE …>")
		case xml.ProcInst:
			if t.Target != "xml" {
				return fmt.Errorf("has an instruction <?%s … ?>; remove it", t.Target)
			}
		}
	}
	if roots != 1 {
		return errors.New("is no SVG with one root")
	}
	return nil
}

func checkAttribute(a xml.Attr) error {
	name := strings.ToLower(a.Name.Local)
	switch {
	case strings.HasPrefix(name, "on"), name == "base":
		return fmt.Errorf("has an attribute %s; remove it", a.Name.Local)
	case name == "href" && !strings.HasPrefix(a.Value, "#"):
		return errors.New("links to something else than its own parts; embed nothing, and remove links")
	case a.Name.Space == "xmlns" || name == "xmlns":
		return nil
	case loads(a.Value):
		return fmt.Errorf("has an attribute %s that loads something, or is written in a way that hides what it does", a.Name.Local)
	}
	return nil
}

// loads finds everything with which a style can name another file: at-rules, and
// url() of anything but a part of the same document. Escapes and comments could
// hide either.
func loads(style string) bool {
	s := strings.ToLower(style)
	if strings.ContainsAny(s, `\@`) || strings.Contains(s, "/*") || strings.Contains(s, "image(") || strings.Contains(s, "image-set(") || strings.Contains(s, "src(") {
		return true
	}
	for _, after := range strings.Split(s, "url(")[1:] {
		if !strings.HasPrefix(strings.TrimLeft(after, ` "'`), "#") {
			return true
		}
	}
	return false
}
