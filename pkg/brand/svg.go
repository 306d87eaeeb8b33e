package brand

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
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
	var sheet strings.Builder // of a style, which may come in parts
	var uses parts
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
			if style {
				return fmt.Errorf("has an element <%s> within a style; remove it", t.Name.Local)
			}
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
			uses.open(t)
			style = t.Name.Local == "style"
		case xml.EndElement:
			depth--
			uses.close()
			if style && loads(sheet.String()) {
				return errors.New("has a style that loads something, or is written in a way that hides what it does")
			}
			style = false
			sheet.Reset()
		case xml.CharData:
			if style {
				sheet.Write(t)
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
	if uses.nested() {
		return errors.New("has a <use> of a part that has a <use> itself, which can draw without end; draw it once more instead")
	}
	return nil
}

// parts are those of a document that <use> refers to.
type parts struct {
	within []string        // the ids of the elements around
	users  map[string]bool // ids of those with a <use> in them
	used   []string
}

func (p *parts) open(e xml.StartElement) {
	id := ""
	for _, a := range e.Attr {
		switch a.Name.Local {
		case "id":
			id = a.Value
		case "href":
			p.used = append(p.used, strings.TrimPrefix(a.Value, "#"))
		}
	}
	p.within = append(p.within, id)
	if e.Name.Local != "use" {
		return
	}
	if p.users == nil {
		p.users = map[string]bool{}
	}
	for _, id := range p.within {
		if id != "" {
			p.users[id] = true
		}
	}
}

func (p *parts) close() { p.within = p.within[:len(p.within)-1] }

func (p *parts) nested() bool {
	return slices.ContainsFunc(p.used, func(id string) bool { return p.users[id] })
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
