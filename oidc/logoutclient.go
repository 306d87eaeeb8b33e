package oidc

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/storage"
)

// ledgerClient returns the application that asks for its own lines of the logout
// ledger. It shows who it is as at the token endpoint, or with a token that it got
// there for itself; a GET has no body, and then what fits into the header and the
// connection is all there is.
func (p *Provider) ledgerClient(w http.ResponseWriter, r *http.Request) (storage.Client, error) {
	if scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, TypeBearer) || strings.EqualFold(scheme, TypeDPoP) {
		return p.ledgerToken(w, r)
	}
	form := url.Values{}
	if r.Method == http.MethodPost && r.Header.Get("Content-Type") != "" && r.ContentLength != 0 {
		var err error
		if form, err = clientForm(r); err != nil {
			return storage.Client{}, err
		}
	} else if id := r.URL.Query().Get("client_id"); id != "" {
		form.Set("client_id", id) // RFC 8705 section 2: the name that goes with a certificate
	}
	c, err := p.authenticate(r, form)
	if err != nil {
		return storage.Client{}, p.denied(r, err)
	}
	if client.Public(c) {
		return storage.Client{}, p.denied(r, &fault.Error{
			Code: fault.InvalidClient, Description: "A public client cannot show who it is.", ClientID: c.ID,
		})
	}
	return c, nil
}

// ledgerToken takes a token of the client credentials grant: its subject is the
// client (RFC 9068 section 2.2), it belongs to nobody's grant, and it is addressed
// to us or to nobody else than the client.
func (p *Provider) ledgerToken(w http.ResponseWriter, r *http.Request) (storage.Client, error) {
	token, err := presented(r)
	if err != nil {
		return storage.Client{}, err
	}
	access, err := p.Access.Access(r.Context(), token.text)
	if err != nil {
		return storage.Client{}, err
	}
	if access.Subject != access.ClientID || access.Session != "" || access.Grant != "" || access.Actor != nil {
		return storage.Client{}, badToken("The access token is not one of the client for itself.", nil)
	}
	if !slices.Contains(access.Audience, p.Issuer) && !slices.Equal(access.Audience, []string{access.ClientID}) {
		return storage.Client{}, badToken("The access token is meant for somebody else.", nil)
	}
	if err := p.holds(w, r, r.URL.EscapedPath(), token, access); err != nil {
		return storage.Client{}, err
	}
	c, ok := p.Clients.Get(access.ClientID)
	if !ok {
		return storage.Client{}, badToken("The client of the access token is not registered any more.", nil)
	}
	return c, nil
}
