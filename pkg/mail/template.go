package mail

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"reflect"
	"strings"
	text "text/template"
	"text/template/parse"
	"time"
	"unicode"

	"github.com/claviger-id/claviger/pkg/language"
)

//go:embed template/*.tmpl
var templateFiles embed.FS

// Letterhead is what all mails have in common.
type Letterhead struct {
	Organization, SignIn string
	// Application is what people call the application that they use first, and
	// ApplicationURL where they open it; both may be empty.
	Application, ApplicationURL string
	// Zone is the time zone of moments; nil is UTC.
	Zone *time.Location
	// Help is the line that says whom to call, by language.
	Help func(language string) string
	// Language is for whom nobody knows another one of.
	Language string
}

// Templates writes mails.
type Templates struct {
	head Letterhead
	text map[string]*text.Template
	html map[string]*template.Template
}

// written is a mail before it is sent.
type written struct{ subject, text, html string }

// The parts of a template file.
const (
	subjectPart = "subject"
	textPart    = "text"
	htmlPart    = "html"
)

// NewTemplates loads the templates.
func NewTemplates(head Letterhead) (*Templates, error) { return load(head, templateFiles, messages()) }

func load(head Letterhead, files fs.FS, all []Message) (*Templates, error) {
	t := &Templates{head: head, text: map[string]*text.Template{}, html: map[string]*template.Template{}}
	for _, m := range all {
		may, err := variablesOf(m)
		if err != nil {
			return nil, err
		}
		for _, lang := range language.All() {
			name := m.Name() + "." + lang
			body, err := fs.ReadFile(files, "template/"+name+".tmpl")
			if err != nil {
				return nil, fmt.Errorf("mail: %w", err)
			}
			if t.text[name], err = text.New(name).Option("missingkey=error").Parse(string(body)); err != nil {
				return nil, fmt.Errorf("mail: %w", err)
			}
			if err := closed(t.text[name], may); err != nil {
				return nil, fmt.Errorf("mail: %s: %w", name, err)
			}
			if t.html[name], err = template.New(name).Option("missingkey=error").Parse(string(body)); err != nil {
				return nil, fmt.Errorf("mail: %w", err)
			}
			if _, err := t.html[name].ParseFS(templateFiles, "template/frame.tmpl"); err != nil {
				return nil, fmt.Errorf("mail: %w", err)
			}
		}
	}
	return t, nil
}

// closed refuses a template that does anything but say its variables: it has the
// three parts and nothing else, and in them text and {{.Variable}}.
func closed(t *text.Template, may map[string]bool) error {
	parts := map[string]bool{subjectPart: false, textPart: false, htmlPart: false}
	for _, part := range t.Templates() {
		if part.Name() == t.Name() {
			if strings.TrimSpace(part.Root.String()) != "" {
				return fmt.Errorf("there is something outside of the parts")
			}
			continue
		}
		if _, known := parts[part.Name()]; !known {
			return fmt.Errorf("there is no part %q", part.Name())
		}
		parts[part.Name()] = true
		for _, node := range part.Root.Nodes {
			if _, plainText := node.(*parse.TextNode); plainText {
				continue
			}
			name := variable(node)
			if !may[name] {
				return fmt.Errorf("%s is no variable of this message", node)
			}
		}
	}
	for name, has := range parts {
		if !has {
			return fmt.Errorf("the part %q is missing", name)
		}
	}
	return nil
}

// variable is the name in {{.Name}}, or "" for anything else.
func variable(node parse.Node) string {
	action, ok := node.(*parse.ActionNode)
	if !ok || len(action.Pipe.Decl) > 0 || len(action.Pipe.Cmds) != 1 || len(action.Pipe.Cmds[0].Args) != 1 {
		return ""
	}
	field, ok := action.Pipe.Cmds[0].Args[0].(*parse.FieldNode)
	if !ok || len(field.Ident) != 1 {
		return ""
	}
	return field.Ident[0]
}

// write writes a message in a language.
func (t *Templates) write(m Message, lang string) (written, error) {
	name := m.Name() + "." + lang
	if t.text[name] == nil {
		return written{}, fmt.Errorf("mail: there is no template %q", name)
	}
	values := map[string]string{"Organization": t.head.Organization, "Help": t.head.Help(lang), "SignIn": t.head.SignIn,
		"Application": language.Application(t.head.Application, t.head.ApplicationURL, lang)}
	of := reflect.ValueOf(m)
	for i := range of.NumField() {
		switch v := of.Field(i).Interface().(type) {
		case string:
			values[of.Type().Field(i).Name] = v
			if of.Type().Field(i).Name == "Browser" {
				values["Browser"] = language.Browser(v, lang)
			}
		case time.Time:
			values[of.Type().Field(i).Name] = language.Moment(v, lang, t.head.Zone)
		}
	}
	var subject, body, page bytes.Buffer
	if err := t.text[name].ExecuteTemplate(&subject, subjectPart, values); err != nil {
		return written{}, fmt.Errorf("mail: %w", err)
	}
	if err := t.text[name].ExecuteTemplate(&body, textPart, values); err != nil {
		return written{}, fmt.Errorf("mail: %w", err)
	}
	if err := t.html[name].ExecuteTemplate(&page, lang, values); err != nil {
		return written{}, fmt.Errorf("mail: %w", err)
	}
	return written{oneLine(subject.String()), strings.TrimLeft(body.String(), "\n"), page.String()}, nil
}

// oneLine is s without anything that could end a header.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(c rune) bool { return unicode.IsControl(c) || c == ' ' }), " ")
}
