package oidc

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/storage"
)

// interact begins an interaction. Its browser keeps the request, so that a page
// that outlives the interaction can begin it again.
func (p *Provider) interact(w http.ResponseWriter, r *http.Request, request flow.Request) (id string, err error) {
	in, err := p.Interactions.Begin(r.Context(), request, p.Cookies.EnsureBrowser(w, r))
	if err != nil {
		return "", err
	}
	kept, err := p.Interactions.Keep(in)
	p.Cookies.SetKept(w, flow.ResumePath(in.ID), kept)
	return in.ID, err
}

// completed notes in the browser that an interaction was completed, so that who
// comes back to one of its pages is led on.
func (p *Provider) completed(w http.ResponseWriter, in flow.Interaction, to string) error {
	kept, err := p.Interactions.KeepDone(in, to)
	p.Cookies.SetKept(w, flow.ResumePath(in.ID), kept)
	return err
}

// gone is for an interaction that is over, unknown, or another browser's. One that
// waited too long begins again. Who pressed a button twice, or came back to it
// later, has usually arrived, and is shown the way.
func (p *Provider) gone(w http.ResponseWriter, r *http.Request, cause error) error {
	kept, ok := p.Interactions.Recall(r.PathValue("id"), p.Cookies.Kept(r))
	switch {
	case ok && !kept.Done && kept.Request.Device != "":
		// A code of a device lives shorter than an interaction, and is quickly entered
		// again where it does not.
		seeOther(w, pathDevice)
		return nil
	case ok && !kept.Done:
		in, err := p.Interactions.BeginAgain(r.Context(), kept, flow.AgainOpen, p.Cookies.EnsureBrowser(w, r))
		if err != nil {
			return errors.Join(err, cause)
		}
		next, err := p.Interactions.Keep(in)
		p.Cookies.SetKept(w, flow.ResumePath(in.ID), next)
		seeOther(w, flow.ResumePath(in.ID))
		return err
	case kept.To != "":
		seeOther(w, kept.To)
		return nil
	}
	s, err := p.current(r.Context(), r)
	if err != nil {
		return errors.Join(err, cause)
	}
	if s != nil {
		p.ErrorPage.Over(w, r, http.StatusGone, flow.SignInDone, kept.Request.ClientID)
	} else {
		p.ErrorPage.Over(w, r, http.StatusNotFound, flow.SignInOver, kept.Request.ClientID)
	}
	return cause
}

// Suits says that a session does for an application: those that it allows to live for
// a shorter time do not.
func (p *Provider) Suits(clientID string, s storage.Session) bool {
	c, _ := p.Clients.Get(clientID)
	return p.suiting(c, &s) != nil
}

// Entrance is where a person goes to use an application again: what it was
// registered with for this, or the front page of where it takes answers. Empty where
// there is none that a browser can open.
func (p *Provider) Entrance(clientID string) string {
	c, ok := p.Clients.Get(clientID)
	switch {
	case !ok:
		return ""
	case c.InitiateLoginURI != "": // OpenID Connect Core section 4
		return withParameters(c.InitiateLoginURI, url.Values{"iss": {p.Issuer}})
	case c.ClientURI != "":
		return c.ClientURI
	}
	for _, address := range c.RedirectURIs {
		u, err := url.Parse(address)
		if err == nil && c.ApplicationType != client.ApplicationNative && (u.Scheme == "https" || u.Scheme == "http") {
			return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}).String()
		}
	}
	return ""
}
