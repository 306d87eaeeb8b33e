// Package clientauth authenticates clients: by the one method that each is
// registered for (RFC 6749 section 2.3, RFC 7521, RFC 7523, RFC 8705).
package clientauth

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"net/url"
	"strings"
	"time"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/clientkeys"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Clients is the registered clients.
type Clients interface {
	Get(id string) (storage.Client, bool)
}

// Authenticator authenticates clients. It is safe for concurrent use.
type Authenticator struct {
	// Issuer and TokenEndpoint are what the assertions of clients are addressed
	// to.
	Issuer, TokenEndpoint string
	// TokenAlias is the token endpoint for clients with certificates (RFC 8705
	// section 5); empty where it has no name of its own.
	TokenAlias string
	Clients    Clients
	Keys       *clientkeys.Cache
	// Marks remember which assertions were used.
	Marks storage.Marks
	// Roots are the authorities of tls_client_auth; nil means none.
	Roots *x509.CertPool
	Now   func() time.Time
}

// Request is how a request says which client it comes from.
type Request struct {
	// Form is the body; each parameter stands in it once.
	Form url.Values
	// Authorization is the header of this name, or empty.
	Authorization string
	// Certificates are those that the client brought with the connection, its
	// own first.
	Certificates []*x509.Certificate
}

// presented is what a request presents.
type presented struct{ method, id, secret string }

// assertionType is RFC 7523 section 2.2.
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// Authenticate returns the client that the request comes from.
func (a *Authenticator) Authenticate(ctx context.Context, r Request) (storage.Client, error) {
	p, err := present(r)
	if err != nil {
		return storage.Client{}, err
	}
	if p.method == client.AuthPrivateKey {
		return a.byAssertion(ctx, r.Form)
	}
	c, known := a.Clients.Get(p.id)
	if !known {
		return storage.Client{}, unauthenticated("")
	}
	method := client.AuthMethod(c)
	if p.method == client.AuthNone && (method == client.AuthTLS || method == client.AuthSelfSignedTLS) {
		// RFC 8705 section 2: the client_id says who it is, the connection
		// proves it.
		if err := a.byCertificate(ctx, c, r.Certificates); err != nil {
			return storage.Client{}, err
		}
		return c, nil
	}
	if p.method != method {
		e := unauthenticated(c.ID)
		e.Description = "The client is registered for another way to authenticate: " + method + "."
		return storage.Client{}, e
	}
	if p.method != client.AuthNone && !a.correct(c, p.secret) {
		return storage.Client{}, unauthenticated(c.ID)
	}
	return c, nil
}

// correct compares with every secret that is accepted now, whichever fits.
func (a *Authenticator) correct(c storage.Client, presented string) bool {
	hash, now, fits := secret.Hash(presented), a.Now(), false
	for _, s := range c.Secrets {
		accepted := s.ExpiresAt.IsZero() || s.ExpiresAt.After(now)
		if secret.Equal(s.SHA256, hash) && accepted {
			fits = true
		}
	}
	return fits
}

func present(r Request) (presented, error) {
	header, form := r.Authorization, r.Form
	inBody := form.Get("client_secret") != ""
	asserted := form.Get("client_assertion") != "" || form.Get("client_assertion_type") != ""
	ways := 0
	for _, used := range []bool{header != "", inBody, asserted} {
		if used {
			ways++
		}
	}
	switch {
	case ways > 1:
		// RFC 6749 section 2.3: not more than one method in a request.
		return presented{}, fault.New(fault.InvalidRequest, "The client authenticates in more than one way.")
	case asserted:
		return presented{method: client.AuthPrivateKey}, nil
	case header != "":
		p, ok := basic(header)
		if !ok {
			return presented{}, unauthenticated("")
		}
		if id := form.Get("client_id"); id != "" && id != p.id {
			return presented{}, fault.New(fault.InvalidRequest, "The client_id in the body is not the one in the header.")
		}
		return p, nil
	case form.Get("client_id") == "":
		return presented{}, unauthenticated("")
	case inBody:
		return presented{method: client.AuthPost, id: form.Get("client_id"), secret: form.Get("client_secret")}, nil
	}
	return presented{method: client.AuthNone, id: form.Get("client_id")}, nil
}

// basic reads the Authorization header: RFC 7617, with each part encoded as in
// a form before (RFC 6749 section 2.3.1).
func basic(header string) (presented, bool) {
	const scheme = "basic "
	if len(header) <= len(scheme) || !strings.EqualFold(header[:len(scheme)], scheme) {
		return presented{}, false
	}
	text, err := base64.StdEncoding.DecodeString(strings.TrimSpace(header[len(scheme):]))
	if err != nil {
		return presented{}, false
	}
	id, token, ok := strings.Cut(string(text), ":")
	if !ok {
		return presented{}, false
	}
	if id, err = url.QueryUnescape(id); err != nil {
		return presented{}, false
	}
	if token, err = url.QueryUnescape(token); err != nil {
		return presented{}, false
	}
	return presented{method: client.AuthBasic, id: id, secret: token}, true
}

// unauthenticated tells an unknown client and a wrong secret alike.
func unauthenticated(clientID string) *fault.Error {
	return &fault.Error{Code: fault.InvalidClient, Description: "The client could not be authenticated.", ClientID: clientID}
}
