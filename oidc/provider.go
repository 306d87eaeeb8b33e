package oidc

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/claviger-id/claviger/oidc/backchannel"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/clientauth"
	"github.com/claviger-id/claviger/oidc/clientkeys"
	"github.com/claviger-id/claviger/oidc/device"
	"github.com/claviger-id/claviger/oidc/dpop"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

// Provider serves the endpoints of the protocol.
type Provider struct {
	// Issuer is the issuer identifier: scheme, host and port, nothing after.
	Issuer string
	// Aliases is where clients with certificates find the endpoints (RFC 8705
	// section 5): an origin, or empty where the issuer's is for them too.
	Aliases      string
	Engine       Engine
	Clients      *Clients
	Grants       *Grants
	Consents     *Consents
	Sessions     *session.Service
	Interactions *flow.Interactions
	Keys         *keys.Ring
	Auth         *clientauth.Authenticator
	Proofs       *dpop.Verifier
	Logouts      *backchannel.Logouts
	Devices      *device.Authorizations
	Attempts     storage.Attempts
	Certificates web.ClientCertificates
	People       *person.Directory
	Store        storage.Store
	Marks        storage.Marks
	Access       AccessTokens
	Subjects     Subjects
	ClientKeys   *clientkeys.Cache
	// Requests keeps the pushed requests.
	Requests  storage.Interactions
	ErrorPage ErrorPage
	// Languages are the tags of those that the pages speak.
	Languages []string
	// SigningOut shows a page that loads frames and goes on to an address.
	SigningOut func(w http.ResponseWriter, r *http.Request, frames []string, next string) error
	// Bound tells what a person has besides the password, and what is asked of
	// them; nil: nothing.
	Bound func(ctx context.Context, personID string) (flow.Bound, error)
	// Strictest is the class that policy asks of anybody at all; empty: of nobody.
	Strictest string
	// Agreement tells how a person stands to the Use Agreement; nil: there is none.
	Agreement func(ctx context.Context, personID string) (flow.Agreement, error)
	// Delegations is who acts for whom; nil: nobody does.
	Delegations *Delegations
	Cookies     web.Cookies
	Now         func() time.Time
	// Registrations lets applications register themselves; nil where they may
	// not.
	Registrations *Registrations

	once         sync.Once // makes what follows
	published    []byte
	publishedErr error
}

// ErrorPage shows an error to a person who cannot be sent back to an
// application. detail is a sentence for the application's developer, safe to
// show; it may be empty.
type ErrorPage interface {
	Error(w http.ResponseWriter, r *http.Request, status int, why flow.Trouble, detail string)
	// Over shows that a sign-in for a client is over, with a way to go on there;
	// clientID is empty where it is not known.
	Over(w http.ResponseWriter, r *http.Request, status int, why flow.Trouble, clientID string)
}

// page shows an error page and returns why, for the log.
func (p *Provider) page(w http.ResponseWriter, r *http.Request, status int, why flow.Trouble, cause error) error {
	p.ErrorPage.Error(w, r, status, why, "")
	if cause == nil {
		_, text := why.English()
		cause = errors.New("oidc: " + text)
	}
	return cause
}

// refused shows an error of the protocol that cannot be sent anywhere.
func (p *Provider) refused(w http.ResponseWriter, r *http.Request, e *fault.Error, cause error) error {
	p.ErrorPage.Error(w, r, e.HTTPStatus(), flow.Refused, e.Description)
	return cause
}

// current returns the live session of the browser, or nil.
func (p *Provider) current(ctx context.Context, r *http.Request) (*storage.Session, error) {
	cookie := p.Cookies.Session(r)
	if cookie == "" {
		return nil, nil // nobody is signed in, which is no error
	}
	s, err := p.Sessions.Resolve(ctx, cookie)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &s, nil
}

// suiting is the session where it suits the limits of an application, and nil
// otherwise: the person signs in again to come to one that is stricter.
func (p *Provider) suiting(c storage.Client, s *storage.Session) *storage.Session {
	idle, absolute := client.SessionLimits(c)
	if s == nil || !s.Suits(storage.Activity{At: p.Now(), IdleLimit: idle, AbsoluteLimit: absolute}) {
		return nil
	}
	return s
}

// facts is what the flow looks at in a session.
func facts(s *storage.Session) *flow.SessionFacts {
	if s == nil {
		return nil
	}
	return flow.FactsOf(*s)
}
