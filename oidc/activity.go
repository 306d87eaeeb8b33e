package oidc

import (
	"errors"
	"net/http"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// sessionStatus is what an application learns of the session that one of its
// access tokens belongs to.
type sessionStatus struct {
	// ExpiresIn is the whole seconds until the session ends unless the person
	// does something; AbsoluteExpiresIn those until it ends whatever they do.
	ExpiresIn         int64 `json:"expires_in"`
	AbsoluteExpiresIn int64 `json:"absolute_expires_in"`
	// IdleTimeout is the seconds that an activity brings, at most.
	IdleTimeout int64 `json:"idle_timeout"`
}

// sessionLeft answers how long the session of an access token still lives.
// Asking is not activity: a page may poll it.
func (p *Provider) sessionLeft(w http.ResponseWriter, r *http.Request) error {
	return p.reportActivity(w, r, pathSession, false)
}

// sessionActivity is told by an application that the person did something
// there, and answers how long the session lives now.
func (p *Provider) sessionActivity(w http.ResponseWriter, r *http.Request) error {
	return p.reportActivity(w, r, pathActivity, true)
}

// reportActivity needs one round trip to the ephemeral store, and for a token
// that is bound to a key a second one for the proof.
func (p *Provider) reportActivity(w http.ResponseWriter, r *http.Request, path string, counts bool) error {
	token, err := presented(r)
	if err != nil {
		return err
	}
	access, err := p.Access.Read(token.text)
	if err != nil {
		return err
	}
	if err := p.held(w, r, path, token, access); err != nil {
		return err
	}
	if access.Session == "" {
		return badToken("The access token belongs to no session.", nil)
	}
	s, err := p.Sessions.Report(r.Context(), access.Session, counts, access.marks()...)
	if errors.Is(err, storage.ErrNotFound) || errors.Is(err, storage.ErrEnded) {
		return badToken(Because("The access token, its session or its grant has ended", p.whyEnded(r.Context(), access)), nil)
	}
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, statusOf(s, p.Now()))
	return nil
}

// statusOf rounds down: what is told is never later than what will be.
func statusOf(s storage.Session, now time.Time) sessionStatus {
	absolute := s.AbsoluteDeadline.Sub(now)
	return sessionStatus{
		ExpiresIn:         int64(min(s.Deadline.Sub(now), absolute) / time.Second),
		AbsoluteExpiresIn: int64(absolute / time.Second),
		IdleTimeout:       int64(s.IdleLimit / time.Second),
	}
}
