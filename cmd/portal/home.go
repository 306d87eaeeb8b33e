package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/claviger-id/claviger/pkg/relying"
)

// homeView is the page behind the sign-in.
type homeView struct {
	Greeting  string
	Facts     []fact
	Received  []fact // everything, by the provider's own names
	Issuer    string
	EndsAt    string // time of day
	EndsISO   string
	Seconds   int // until then
	Limit     string
	TokenEnds string
	Refreshed bool
}

// home shows who is signed in. Opening it is activity; it also makes sure that
// the provider has not ended the sign-in meanwhile.
func (p *portal) home(w http.ResponseWriter, r *http.Request) {
	session, err := p.app.Fresh(r)
	if errors.Is(err, relying.ErrEnded) {
		p.ended(w, "Your sign-in has ended",
			"It was ended at "+p.app.Provider.Issuer+", for example because you signed out in another application or did nothing for a while.")
		return
	}
	if err != nil {
		// The provider cannot be reached: what we know stays true until the
		// session here ends by itself.
		p.log.Warn("tokens not refreshed", "error", err)
		session, _ = relying.SessionFrom(r.Context())
	}
	now := p.now()
	view := homeView{
		Greeting:  greeting(session),
		Facts:     facts(session, now.Location()),
		Received:  received(session),
		Issuer:    p.app.Provider.Issuer,
		EndsAt:    session.Ends.Local().Format("15:04:05"),
		EndsISO:   session.Ends.UTC().Format(time.RFC3339),
		Seconds:   int(session.Left(now).Round(time.Second) / time.Second),
		Limit:     spell(p.idle),
		TokenEnds: session.Tokens.Expiry.Local().Format("15:04:05"),
		Refreshed: r.URL.Query().Has("refreshed"),
	}
	p.render(w, http.StatusOK, homePage, page{Title: "Your page", SignedIn: true, Name: view.Greeting, Body: view})
}

// refresh gets new tokens because the person pressed the button.
func (p *portal) refresh(w http.ResponseWriter, r *http.Request) {
	_, err := p.app.Refresh(r)
	switch {
	case errors.Is(err, relying.ErrEnded):
		p.ended(w, "Your sign-in has ended", "It was ended at "+p.app.Provider.Issuer+".")
	case err != nil:
		p.fault(w, r, err)
	default:
		http.Redirect(w, r, "/home?refreshed", http.StatusSeeOther)
	}
}

// left tells the countdown how many seconds remain. Asking is not activity.
func (p *portal) left(w http.ResponseWriter, r *http.Request) {
	var answer struct {
		SignedIn bool `json:"signed_in"`
		Seconds  int  `json:"seconds"`
	}
	var session relying.Session
	session, answer.SignedIn = p.app.Session(r)
	answer.Seconds = int(session.Left(p.now()).Round(time.Second) / time.Second)
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		p.log.Warn("answer not written", "error", err)
	}
}
