package markdown

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// MaxSize is how long a document may be, in bytes.
const MaxSize = 256 << 10

// Check says what is wrong with a document, in words for its author.
func Check(source []byte) error {
	switch {
	case len(bytes.TrimSpace(source)) == 0:
		return errors.New("it is empty")
	case len(source) > MaxSize:
		return fmt.Errorf("it is longer than %d KiB", MaxSize>>10)
	case !utf8.Valid(source):
		return errors.New("it is not UTF-8")
	}
	return nil
}

// HTML renders a document. The headings begin at the second level: the page that
// it stands on has one of its own.
func HTML(source []byte) (template.HTML, error) {
	if err := Check(source); err != nil {
		return "", fmt.Errorf("markdown: %w", err)
	}
	// CommonMark and tables. Without html.WithUnsafe neither raw HTML nor an address
	// such as javascript: is written.
	m := goldmark.New(goldmark.WithExtensions(extension.Table))
	doc := m.Parser().Parse(text.NewReader(source))
	var images []ast.Node
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			n.Level = min(n.Level+1, 6)
		case *ast.Image:
			images = append(images, n)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return "", fmt.Errorf("markdown: %w", err)
	}
	for _, image := range images { // its words stay; the page would not load it
		parent := image.Parent()
		for child := image.FirstChild(); child != nil; {
			next := child.NextSibling()
			parent.InsertBefore(parent, image, child)
			child = next
		}
		parent.RemoveChild(parent, image)
	}
	var b bytes.Buffer
	if err := m.Renderer().Render(&b, source, doc); err != nil {
		return "", fmt.Errorf("markdown: %w", err)
	}
	return template.HTML(b.String()), nil //nolint:gosec // the renderer escapes what it does not write itself
}
