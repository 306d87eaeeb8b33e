package enroll

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"path/filepath"
	text "text/template"
	"time"

	"github.com/claviger-id/claviger/pkg/person"
)

//go:embed letter/*
var letterFiles embed.FS

// Letterhead is what all letters have in common.
type Letterhead struct {
	// Organization is who writes.
	Organization string
	// Address is where people sign in.
	Address string
	// Help is one line that says whom to call.
	Help string

	html *template.Template
	text *text.Template
}

// NewLetterhead parses the letters. They can name the variables of view and
// no others: a letter that asks for anything else does not parse or render.
func NewLetterhead(organization, address, help string) (Letterhead, error) {
	h := Letterhead{Organization: organization, Address: address, Help: help}
	var err error
	if h.html, err = template.ParseFS(letterFiles, "letter/*.html"); err != nil {
		return h, fmt.Errorf("letters: %w", err)
	}
	if h.text, err = text.ParseFS(letterFiles, "letter/*.txt"); err != nil {
		return h, fmt.Errorf("letters: %w", err)
	}
	return h, nil
}

// userIDView is all that the letter with the User ID may say.
type userIDView struct {
	From, SignIn, Help string
	Reference          string
	Name, Organization string
	Postal             person.Address
	UserID             string
	// Own says that the person has a password already, and gets no temporary one.
	Own bool
}

// passwordView is all that the letter with the temporary password may say. It
// has no User ID: the two never travel in one message.
type passwordView struct {
	From, SignIn, Help string
	Reference          string
	Name, Organization string
	Postal             person.Address
	TemporaryPassword  string
	Expires            string
	Known              bool
}

// render returns the documents of a letter by their file names.
func (h Letterhead) render(l letter) (map[string][]byte, error) {
	documents := map[string][]byte{}
	views := map[string]any{
		userIDFolder: userIDView{
			From: h.Organization, SignIn: h.Address, Help: h.Help, Reference: l.Reference,
			Name: l.Name, Organization: l.Organization, Postal: l.Address, UserID: l.UserID, Own: l.Own,
		},
		passwordFolder: passwordView{
			From: h.Organization, SignIn: h.Address, Help: h.Help, Reference: l.Reference,
			Name: l.Name, Organization: l.Organization, Postal: l.Address,
			TemporaryPassword: l.TemporaryPassword, Expires: l.ExpiresAt.In(time.UTC).Format("January 2, 2006, 15:04 MST"),
			Known: l.Known,
		},
	}
	if l.Known {
		delete(views, userIDFolder)
	}
	if l.Own {
		delete(views, passwordFolder)
	}
	for folder, view := range views {
		var page, plain bytes.Buffer
		if err := h.html.ExecuteTemplate(&page, folder+".html", view); err != nil {
			return nil, fmt.Errorf("letters: %w", err)
		}
		if err := h.text.ExecuteTemplate(&plain, folder+".txt", view); err != nil {
			return nil, fmt.Errorf("letters: %w", err)
		}
		documents[filepath.Join(folder, l.Reference+".html")] = page.Bytes()
		documents[filepath.Join(folder, l.Reference+".txt")] = plain.Bytes()
	}
	return documents, nil
}
