package fositeop

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/ory/fosite"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// authenticator authenticates clients at the token endpoint (RFC 6749 section
// 2.3): by the one method that each is registered for.
type authenticator struct{ o Options }

// presented is how a request says which client it comes from.
type presented struct{ method, id, secret string }

// authenticate is fosite's ClientAuthenticationStrategy.
func (a *authenticator) authenticate(ctx context.Context, r *http.Request, form url.Values) (fosite.Client, error) {
	p, err := present(r.Header.Get("Authorization"), form)
	if err != nil {
		return nil, err
	}
	c, known := a.o.Clients.Get(p.id)
	if !known {
		return nil, unauthenticated("")
	}
	if p.method != client.AuthMethod(c) {
		e := unauthenticated(c.ID)
		e.Description = "The client is registered for another way to authenticate: " + client.AuthMethod(c) + "."
		return nil, e
	}
	if p.method != client.AuthNone && !a.correct(c, p.secret) {
		return nil, unauthenticated(c.ID)
	}
	memoOf(ctx).client = c
	return view{c}, nil
}

// correct compares with every secret that is accepted now, whichever fits.
func (a *authenticator) correct(c storage.Client, presented string) bool {
	hash, now, fits := secret.Hash(presented), a.o.Now(), false
	for _, s := range c.Secrets {
		accepted := s.ExpiresAt.IsZero() || s.ExpiresAt.After(now)
		if secret.Equal(s.SHA256, hash) && accepted {
			fits = true
		}
	}
	return fits
}

func present(header string, form url.Values) (presented, error) {
	inBody := form.Get("client_secret") != ""
	switch {
	case form.Get("client_assertion") != "" || form.Get("client_assertion_type") != "":
		return presented{}, &oidc.Error{Code: oidc.InvalidClient, Description: "Client assertions are not supported."}
	case header != "" && inBody:
		// RFC 6749 section 2.3: not more than one method in a request.
		return presented{}, &oidc.Error{Code: oidc.InvalidRequest, Description: "The client authenticates in more than one way."}
	case header != "":
		p, ok := basic(header)
		if !ok {
			return presented{}, unauthenticated("")
		}
		if id := form.Get("client_id"); id != "" && id != p.id {
			return presented{}, &oidc.Error{Code: oidc.InvalidRequest, Description: "The client_id in the body is not the one in the header."}
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
func unauthenticated(clientID string) *oidc.Error {
	return &oidc.Error{Code: oidc.InvalidClient, Description: "The client could not be authenticated.", ClientID: clientID}
}
