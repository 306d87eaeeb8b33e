package main

import (
	"errors"
	"net/http"

	"github.com/claviger-id/claviger/pkg/relying"
)

// messageView is a page that says one thing.
type messageView struct {
	Heading string
	Text    string
	Action  string // label of the one button
	Target  string
}

// welcome is the page for people who are not signed in.
func (p *portal) welcome(w http.ResponseWriter, r *http.Request) {
	session, signedIn := p.app.Session(r)
	view := page{Title: "Welcome", SignedIn: signedIn, Body: p.app.Provider.Issuer}
	if signedIn {
		view.Name = greeting(session)
	}
	p.render(w, http.StatusOK, welcomePage, view)
}

func (p *portal) message(w http.ResponseWriter, status int, m messageView) {
	p.render(w, status, messagePage, page{Title: m.Heading, Body: m})
}

// ended tells somebody that they are signed out, and has the browser forget
// the pages that its Back button would show. It does so here and not with the
// redirects before: browsers clear first and go on afterwards.
func (p *portal) ended(w http.ResponseWriter, heading, text string) {
	w.Header().Set("Clear-Site-Data", `"cache"`)
	p.message(w, http.StatusOK, messageView{Heading: heading, Text: text, Action: "Sign in again", Target: "/login?return_to=/home"})
}

// idled is where the countdown leads. Another tab may have kept the session
// alive meanwhile; looking here does not.
func (p *portal) idled(w http.ResponseWriter, r *http.Request) {
	if _, signedIn := p.app.Session(r); signedIn {
		p.message(w, http.StatusOK, messageView{
			Heading: "You are still signed in",
			Text:    "You did something in another tab, so you were not signed out.",
			Action:  "Back to your page", Target: "/home",
		})
		return
	}
	p.ended(w, "You have been signed out",
		"Nothing happened for "+spell(p.idle)+", so the portal signed you out to protect your patients' information.")
}

// signedOut is where the provider sends people after they signed out there.
func (p *portal) signedOut(w http.ResponseWriter, _ *http.Request) {
	p.ended(w, "You have signed out", "If others use this computer, close the browser now.")
}

func (p *portal) notFound(w http.ResponseWriter, _ *http.Request) {
	p.message(w, http.StatusNotFound, messageView{
		Heading: "There is no such page", Text: "Perhaps the address was mistyped.", Action: "To the start", Target: "/",
	})
}

// fault answers a request that failed. The provider's own description can have
// been written by anybody who made the link, so only the code is interpreted.
func (p *portal) fault(w http.ResponseWriter, r *http.Request, err error) {
	p.log.Warn("request failed", "path", r.URL.Path, "error", err)
	m := messageView{Heading: "Signing in did not succeed", Action: "Try again", Target: "/login?return_to=/home"}
	status := http.StatusBadGateway
	m.Text = "The sign-in service could not be reached or gave an answer that the portal cannot use. Please try again in a moment."
	var refusal *relying.OAuthError
	switch {
	case errors.Is(err, relying.ErrNoLogin):
		status = http.StatusBadRequest
		m.Text = "This sign-in was begun in another browser, or too long ago."
	case errors.As(err, &refusal) && refusal.Code == "access_denied":
		status = http.StatusForbidden
		m.Text = "The sign-in was cancelled."
	case errors.As(err, &refusal):
		status = http.StatusBadRequest
		m.Text = "The sign-in service refused the request."
	}
	p.message(w, status, m)
}
