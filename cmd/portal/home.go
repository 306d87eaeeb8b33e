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
	Module    string // address of the provider's countdown; empty where it has none
	Warn      int    // seconds before the end at which it opens
}

// home shows who is signed in. Opening it is activity, which the provider is
// told; its answer also says whether it has ended the sign-in meanwhile.
func (p *portal) home(w http.ResponseWriter, r *http.Request) {
	_, err := p.app.Report(r)
	session, _ := p.app.Session(r)
	if errors.Is(err, relying.ErrEnded) {
		p.ended(w, "Your sign-in has ended",
			"It was ended at "+p.app.Provider.Issuer+", for example because you signed out in another application or did nothing for a while.")
		return
	}
	if err != nil && !errors.Is(err, relying.ErrUnsupported) {
		// The provider cannot be reached: what we know stays true until the
		// session here ends by itself.
		p.log.Warn("activity not reported", "error", err)
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
		Warn:      int(min(2*time.Minute, p.idle/3) / time.Second),
		Module:    p.app.Provider.SessionScriptURI,
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

// left tells the page how many seconds remain. Asking is not activity.
func (p *portal) left(w http.ResponseWriter, r *http.Request) {
	p.remaining(w, r, p.app.Left)
}

// stay is told by the page that the person did something, and tells it how many
// seconds remain now.
func (p *portal) stay(w http.ResponseWriter, r *http.Request) {
	p.remaining(w, r, p.app.Report)
}

// remaining asks the provider, who knows of other applications too. Status 401
// means that the sign-in is over; 503 that nobody knows just now.
func (p *portal) remaining(w http.ResponseWriter, r *http.Request, ask func(*http.Request) (relying.Remaining, error)) {
	session, signedIn := p.app.Session(r)
	if !signedIn {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	left, err := ask(r)
	if errors.Is(err, relying.ErrEnded) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if errors.Is(err, relying.ErrUnsupported) {
		left.Idle, err = session.Left(p.now()), nil // the session here is all there is
	}
	if err != nil {
		p.log.Warn("the provider was not asked how long the session lives", "error", err)
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(left); err != nil {
		p.log.Warn("answer not written", "error", err)
	}
}
