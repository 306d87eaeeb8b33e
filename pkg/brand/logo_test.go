package brand_test

import (
	"bytes"
	"encoding/xml"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/brand"
)

const mark = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 8 8">` +
	`<title>Harbor</title><defs><style type="text/css">.a{fill:url(#b);stroke:#fff}</style><linearGradient id="b"><stop offset="0"/></linearGradient></defs>` +
	`<!-- drawn by hand --><g style="fill: url('#b')"><path class="a" d="M0 0h8v8H0z"/><use xlink:href="#b" href="#b"/></g></svg>`

func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestLogosThatOnlyDraw(t *testing.T) {
	for name, body := range map[string]string{
		"a drawing":          mark,
		"with a declaration": `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + mark + "\n",
	} {
		logo, err := brand.ParseLogo([]byte(body))
		if err != nil || logo.Ext != ".svg" || string(logo.Body) != body {
			t.Errorf("%s: %v %v", name, logo, err)
		}
	}
	if logo, err := brand.ParseLogo(picture(t, 64, 1024)); err != nil || logo.Ext != ".png" {
		t.Errorf("PNG: %v %v", logo, err)
	}
}

func TestLogosThatDoMore(t *testing.T) {
	svg := func(inner string) string { return `<svg xmlns="http://www.w3.org/2000/svg">` + inner + `</svg>` }
	root := func(attributes string) string { return `<svg xmlns="http://www.w3.org/2000/svg" ` + attributes + `/>` }
	for name, c := range map[string]struct{ body, why string }{
		"a script":                {svg(`<script>alert(1)</script>`), "<script>"},
		"a script elsewhere":      {svg(`<script href="https://evil.example/x.js"/>`), "<script>"},
		"a handler":               {root(`onload="alert(1)"`), "onload"},
		"a handler in capitals":   {root(`ONLOAD="alert(1)"`), "ONLOAD"},
		"a page within":           {svg(`<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>`), "<foreignObject>"},
		"HTML in disguise":        {svg(`<path xmlns="http://www.w3.org/1999/xhtml"/>`), "<path>"},
		"a link":                  {svg(`<a href="https://evil.example/"><path d="M0 0"/></a>`), "<a>"},
		"an image elsewhere":      {svg(`<image href="https://evil.example/x.png"/>`), "<image>"},
		"a use of another file":   {svg(`<use href="other.svg#a"/>`), "links to something else"},
		"a use of a data URL":     {svg(`<use xmlns:x="http://www.w3.org/1999/xlink" x:href="data:image/svg+xml,x"/>`), "links to something else"},
		"an animation":            {svg(`<animate attributeName="href" to="javascript:alert(1)"/>`), "<animate>"},
		"a set":                   {svg(`<set attributeName="onmouseover" to="alert(1)"/>`), "<set>"},
		"text":                    {svg(`<text>Harbor</text>`), "<text>"},
		"a style that imports":    {svg(`<style>@import "https://evil.example/x.css";</style>`), "style"},
		"a style that loads":      {svg(`<style>.a{fill:url( "https://evil.example/x")}</style>`), "style"},
		"an escape":               {svg(`<style>.a{fill:u\72l(https://evil.example/x)}</style>`), "style"},
		"a comment in a style":    {svg(`<style>.a{fill:u<!-- -->rl(https://evil.example/x)}</style>`), "comment within a style"},
		"a style in two parts":    {svg(`<style>.a{fill:ur<![CDATA[l(https://evil.example/x)]]>}</style>`), "style"},
		"a style with a part":     {svg(`<style>.a{}<title/>@import "https://evil.example/x";</style>`), "<title> within a style"},
		"uses of uses":            {svg(`<g id="a"><path d="M0 0"/></g><g id="b"><use href="#a"/><use href="#a"/></g><use href="#b"/>`), "<use> of a part that has a <use>"},
		"an attribute that loads": {svg(`<path fill="URL(https://evil.example/x#a)" d="M0 0"/>`), "attribute fill"},
		"a style attribute":       {svg(`<path style="mask: url(//evil.example/x)" d="M0 0"/>`), "attribute style"},
		"another base":            {root(`xml:base="https://evil.example/"`), "base"},
		"a document type":         {`<!DOCTYPE svg [<!ENTITY x "y">]>` + svg(""), "document type"},
		"a style sheet":           {`<?xml-stylesheet href="https://evil.example/x.css"?>` + svg(""), "xml-stylesheet"},
		"an entity":               {svg(`<title>&x;</title>`), "well-formed"},
		"another encoding":        {`<?xml version="1.0" encoding="UTF-16"?>` + svg(""), "well-formed"},
		"two roots":               {svg("") + svg(""), "one root"},
		"a root that is no SVG":   {`<g xmlns="http://www.w3.org/2000/svg"><svg/></g>`, "<g>"},
		"no namespace":            {`<svg><path d="M0 0"/></svg>`, "<svg>"},
		"half of it":              {mark[:len(mark)-6], "well-formed"},
		"HTML":                    {`<!doctype html><svg onload=alert(1)>`, "document type"},
		"a GIF":                   {"GIF89a", "neither SVG nor PNG"},
		"nothing":                 {"", "neither SVG nor PNG"},
		"too much":                {svg(`<desc>` + strings.Repeat("x", brand.MaxLogo) + `</desc>`), "larger than 12288 bytes"},
		"half a PNG":              {string(picture(t, 8, 8)[:60]), "no whole PNG"},
		"a PNG that is too wide":  {string(picture(t, 1025, 1)), "1025 × 1 pixels"},
	} {
		logo, err := brand.ParseLogo([]byte(c.body))
		if err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v, %v; want %q", name, logo, err, c.why)
		}
	}
}

func TestReadLogo(t *testing.T) {
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good"), filepath.Join(dir, "bad.svg")
	for path, text := range map[string]string{good: mark, bad: `<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if logo, err := brand.ReadLogo(good); err != nil || logo.Ext != ".svg" {
		t.Errorf("good: %v", err)
	}
	for _, path := range []string{bad, filepath.Join(dir, "missing.svg")} {
		if _, err := brand.ReadLogo(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// FuzzParseLogo: whatever is accepted holds no element and no attribute that does
// anything.
func FuzzParseLogo(f *testing.F) {
	f.Add([]byte(mark))
	f.Add([]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="x"><script/></svg>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		logo, err := brand.ParseLogo(body)
		if err != nil || logo.Ext != ".svg" {
			return
		}
		for d := xml.NewDecoder(bytes.NewReader(body)); ; {
			token, err := d.RawToken()
			if err != nil {
				return
			}
			element, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			if name := strings.ToLower(element.Name.Local); name == "script" || name == "foreignobject" || name == "a" || name == "image" || name == "iframe" {
				t.Errorf("accepted: <%s>", name)
			}
			for _, a := range element.Attr {
				if strings.HasPrefix(strings.ToLower(a.Name.Local), "on") || strings.Contains(strings.ToLower(a.Value), "javascript:") && a.Name.Local == "href" {
					t.Errorf("accepted: %s=%q", a.Name.Local, a.Value)
				}
			}
		}
	})
}
