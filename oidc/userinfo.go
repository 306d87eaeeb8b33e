package oidc

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/claviger-id/claviger/oidc/claims"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

// userinfo is the endpoint of OpenID Connect Core section 5.3.
func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) error {
	token, err := bearer(r)
	if err != nil {
		return err
	}
	access, err := p.accessToken(r.Context(), token)
	if err != nil {
		return err
	}
	if !access.Allows(claims.ScopeOpenID) {
		return &Error{
			Code: InsufficientScope, Description: "The access token does not carry the scope openid.",
			Challenge: `Bearer realm="claviger", error="insufficient_scope", scope="openid"`,
		}
	}
	told, err := p.about(r.Context(), access)
	if err != nil {
		return err
	}
	told["sub"] = access.Subject
	writeJSON(w, http.StatusOK, told)
	return nil
}

// about returns the claims that the token's scopes stand for. Reading personal
// data and the record that it was read are one transaction.
func (p *Provider) about(ctx context.Context, access AccessClaims) (map[string]any, error) {
	scopes := strings.Fields(access.Scope)
	var told map[string]any
	err := p.Store.Tx(ctx, func(tx storage.Tx) error {
		found, err := tx.People().BySubject(ctx, access.Subject)
		if err != nil {
			return err
		}
		if found.State != storage.PersonActive {
			return badToken("The account is not active.", nil)
		}
		profile, err := p.People.Open(found)
		if err != nil {
			return err
		}
		told = claims.Of(scopes, profile, found.UpdatedAt)
		if len(told) == 0 {
			return nil // nothing but the subject, which the client has
		}
		known := slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return !slices.Contains(claims.Scopes(), s) })
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.UserinfoRead, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "client", ID: access.ClientID},
			Subject: found.ID, ClientID: access.ClientID, SessionID: access.Session, GrantID: access.Grant,
			Detail: map[string]string{"scope": strings.Join(known, " ")},
		})
	})
	if errors.Is(err, storage.ErrNotFound) {
		return nil, badToken("The account does not exist any more.", err)
	}
	return told, err
}

// bearer returns the access token of a request: from the header (RFC 6750
// section 2.1) or the body (2.2), never from the address (2.3), and never from
// both.
func bearer(r *http.Request) (string, error) {
	const scheme = "bearer "
	headers := r.Header.Values("Authorization")
	var inHeader, inBody string
	switch {
	case len(headers) > 1:
		return "", malformed("There is more than one Authorization header.", nil)
	case len(headers) == 1 && len(headers[0]) > len(scheme) && strings.EqualFold(headers[0][:len(scheme)], scheme):
		inHeader = strings.TrimSpace(headers[0][len(scheme):])
	}
	// A POST may also have no body at all.
	if r.Method == http.MethodPost && r.Header.Get("Content-Type") != "" && r.ContentLength != 0 {
		form, err := web.Form(r)
		if err != nil {
			return "", malformed("The body cannot be read.", err)
		}
		if len(form["access_token"]) > 1 {
			return "", malformed("The parameter access_token occurs more than once.", nil)
		}
		inBody = form.Get("access_token")
	}
	switch {
	case inHeader != "" && inBody != "":
		return "", malformed("The access token is in the header and in the body.", nil)
	case inHeader != "":
		return inHeader, nil
	case inBody != "":
		return inBody, nil
	}
	// RFC 6750 section 3.1: who sent nothing is told nothing but the scheme.
	return "", &Error{Code: InvalidToken, Status: http.StatusUnauthorized, Challenge: `Bearer realm="claviger"`, Description: "There is no access token."}
}

func malformed(description string, cause error) *Error {
	return &Error{
		Code: InvalidRequest, Description: description, Cause: cause,
		Challenge: `Bearer realm="claviger", error="invalid_request"`,
	}
}
