package enroll

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path/filepath"
	text "text/template"
	"time"

	"github.com/claviger-id/claviger/pkg/language"
	"github.com/claviger-id/claviger/pkg/person"
)

//go:embed letter/*
var letterFiles embed.FS

// Sender is what all letters have in common.
type Sender struct {
	// Organization is who writes.
	Organization string
	// Address is where people sign in.
	Address string
	// Help is one line that says whom to call, by language.
	Help func(language string) string
	// Application is what people call the application that they use first, and
	// ApplicationURL where they open it; both may be empty.
	Application, ApplicationURL string
	// Zone is the time zone of moments; nil is UTC.
	Zone *time.Location
	// Language is for whom nobody knows another one of.
	Language string
}

// Letterhead writes letters.
type Letterhead struct {
	sender Sender
	html   map[string]*template.Template
	text   map[string]*text.Template
}

// NewLetterhead parses the letters, in all languages. A letter that names anything
// but its variables does not load.
func NewLetterhead(from Sender) (Letterhead, error) { return loadLetters(from, letterFiles) }

func loadLetters(from Sender, files fs.FS) (Letterhead, error) {
	h := Letterhead{sender: from, html: map[string]*template.Template{}, text: map[string]*text.Template{}}
	for folder, may := range map[string][]string{userIDFolder: userIDVariables(), passwordFolder: passwordVariables()} {
		for _, lang := range language.All() {
			name := folder + "." + lang
			var err error
			if h.html[name], err = template.ParseFS(files, "letter/"+name+".html", "letter/frame.html"); err != nil {
				return h, fmt.Errorf("letters: %w", err)
			}
			if h.text[name], err = text.ParseFS(files, "letter/"+name+".txt"); err != nil {
				return h, fmt.Errorf("letters: %w", err)
			}
			for _, part := range h.html[name].Templates() {
				if err := closed(part.Tree.Root, may); err != nil {
					return h, fmt.Errorf("letters: %s.html: %w", name, err)
				}
			}
			for _, part := range h.text[name].Templates() {
				if err := closed(part.Root, may); err != nil {
					return h, fmt.Errorf("letters: %s.txt: %w", name, err)
				}
			}
		}
	}
	return h, nil
}

// addressed are the variables that every letter may have.
func addressed() []string {
	return []string{
		"From", "SignIn", "Application", "Help", "Reference", "Name", "Organization", "Postal.Street", "Postal.City", "Postal.State", "Postal.PostalCode",
	}
}

// userIDVariables is all that the letter with the User ID may say.
func userIDVariables() []string { return append(addressed(), "UserID", "Own") }

// passwordVariables is all that the letter with the temporary password may say. It
// has no User ID: the two never travel in one message.
func passwordVariables() []string {
	return append(addressed(), "TemporaryPassword", "Expires", "Known")
}

// envelope is whom a letter is from, and to.
type envelope struct {
	From, SignIn, Help string
	// Application is what to open.
	Application        string
	Reference          string
	Name, Organization string
	Postal             person.Address
}

type userIDView struct {
	envelope
	UserID string
	// Own says that the person has a password already, and gets no temporary one.
	Own bool
}

type passwordView struct {
	envelope
	TemporaryPassword string
	Expires           string
	Known             bool
}

// render returns the documents of a letter by their file names, in the language of
// whom it is to.
func (h Letterhead) render(l letter) (map[string][]byte, error) {
	lang := language.Of(l.Locale, h.sender.Language)
	to := envelope{
		From: h.sender.Organization, SignIn: h.sender.Address, Help: h.sender.Help(lang), Reference: l.Reference,
		Application: language.Application(h.sender.Application, h.sender.ApplicationURL, lang),
		Name:        l.Name, Organization: l.Organization, Postal: l.Address.Written(),
	}
	views := map[string]any{
		userIDFolder: userIDView{envelope: to, UserID: l.UserID, Own: l.Own},
		passwordFolder: passwordView{
			envelope: to, TemporaryPassword: l.TemporaryPassword, Expires: language.Moment(l.ExpiresAt, lang, h.sender.Zone), Known: l.Known,
		},
	}
	if l.Known {
		delete(views, userIDFolder)
	}
	if l.Own {
		delete(views, passwordFolder)
	}
	documents := map[string][]byte{}
	for folder, view := range views {
		name := folder + "." + lang
		var page, plain bytes.Buffer
		if err := h.html[name].ExecuteTemplate(&page, name+".html", view); err != nil {
			return nil, fmt.Errorf("letters: %w", err)
		}
		if err := h.text[name].ExecuteTemplate(&plain, name+".txt", view); err != nil {
			return nil, fmt.Errorf("letters: %w", err)
		}
		documents[filepath.Join(folder, l.Reference+".html")] = page.Bytes()
		documents[filepath.Join(folder, l.Reference+".txt")] = plain.Bytes()
	}
	return documents, nil
}
