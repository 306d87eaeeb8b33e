package relying

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// AccessToken is a verified access token (RFC 9068 section 2.2).
type AccessToken struct {
	Issuer    string   `json:"iss"`
	Subject   string   `json:"sub"`
	Audience  Audience `json:"aud"`
	ClientID  string   `json:"client_id"`
	Expiry    Time     `json:"exp"`
	IssuedAt  Time     `json:"iat"`
	NotBefore Time     `json:"nbf"`
	ID        string   `json:"jti"`
	Scope     string   `json:"scope"`
	AuthTime  Time     `json:"auth_time"`
	ACR       string   `json:"acr"`
	SessionID string   `json:"sid"`
	// Actor is who acts for the subject, nil where that is the subject; Delegation is by
	// what, where it is a person.
	Actor      *Actor      `json:"act"`
	Delegation *Delegation `json:"delegation"`
	// Confirmation is what the token is bound to, nil where whoever has it may use it
	// (RFC 7800 section 3.1).
	Confirmation *Confirmation `json:"cnf"`

	// Claims are all its claims.
	Claims map[string]any `json:"-"`
}

// Confirmation names the key that whoever sends a token has to hold.
type Confirmation struct {
	// KeyThumbprint is that of the key of a DPoP proof (RFC 9449 section 6.1).
	KeyThumbprint string `json:"jkt"`
	// CertificateThumbprint is that of a client's certificate (RFC 8705 section 3.1).
	CertificateThumbprint string `json:"x5t#S256"`
}

// Allows says whether the token carries a scope.
func (t AccessToken) Allows(scope string) bool {
	return slices.Contains(strings.Fields(t.Scope), scope)
}

// TokenVerifier verifies the access tokens that an API receives, offline, with
// the provider's public keys.
type TokenVerifier struct {
	Provider *Provider
	// Audience is the API's own name, which a token must carry.
	Audience string
	// Holds, when it is set, says whether who sent a request has proven to hold what the
	// token is bound to: its Confirmation (RFC 9449 section 7.1, RFC 8705 section 3). It
	// checks the proof or the certificate; nothing here does. Without it, tokens that are
	// bound are refused.
	Holds func(r *http.Request, raw string, token AccessToken) error
}

// errBound says that a token is bound to a key, and that nobody has looked whether its
// sender holds that.
var errBound = errors.New("access token: it is bound to a key, which is not checked here")

// Verify checks a token as RFC 9068 section 4 lays down. A token that is bound to a key is
// refused, because who has it may have stolen it: [TokenVerifier.Protect] sees the request,
// and with it the proof.
func (v *TokenVerifier) Verify(ctx context.Context, raw string) (AccessToken, error) {
	token, err := v.read(ctx, raw)
	if err == nil && token.Confirmation != nil {
		return AccessToken{}, errBound
	}
	return token, err
}

// read is Verify for tokens that may be bound.
func (v *TokenVerifier) read(ctx context.Context, raw string) (AccessToken, error) {
	payload, typ, err := v.Provider.keys.verify(ctx, raw, nil)
	if err != nil {
		return AccessToken{}, fmt.Errorf("access token: %w", err)
	}
	// An ID token is no access token, though the same keys sign both.
	if t := strings.ToLower(typ); t != "at+jwt" && t != "application/at+jwt" {
		return AccessToken{}, fmt.Errorf("access token: this is a token of type %q", typ)
	}
	var token AccessToken
	if err := errors.Join(json.Unmarshal(payload, &token), json.Unmarshal(payload, &token.Claims)); err != nil {
		return AccessToken{}, fmt.Errorf("access token: %w", err)
	}
	now := v.Provider.env.Now()
	switch {
	case token.Issuer != v.Provider.Issuer:
		return AccessToken{}, fmt.Errorf("access token: issued by %q", token.Issuer)
	case v.Audience == "" || !slices.Contains(token.Audience, v.Audience):
		return AccessToken{}, fmt.Errorf("access token: meant for %q", token.Audience)
	case !now.Before(token.Expiry.Time):
		return AccessToken{}, fmt.Errorf("access token: expired at %s", token.Expiry.Format(time.RFC3339))
	case token.NotBefore.After(now.Add(clockSkew)):
		return AccessToken{}, errors.New("access token: not valid yet")
	case token.Subject == "":
		return AccessToken{}, errors.New("access token: names nobody")
	}
	return token, nil
}

type accessTokenKey struct{}

// AccessTokenFrom returns the token that [TokenVerifier.Protect] verified for
// this request.
func AccessTokenFrom(ctx context.Context) (AccessToken, bool) {
	t, ok := ctx.Value(accessTokenKey{}).(AccessToken)
	return t, ok
}

// Protect lets a request through only with a valid access token that carries
// all scopes. Its refusals are those of RFC 6750 section 3; they do not say
// what was wrong with the token.
func (v *TokenVerifier) Protect(next http.Handler, scopes ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Authorization")
		kind, raw, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		kind, raw = strings.ToLower(kind), strings.TrimSpace(raw)
		if kind != "bearer" && (kind != "dpop" || v.Holds == nil) || raw == "" {
			challenge(w, http.StatusUnauthorized, "", "")
			return
		}
		token, err := v.read(r.Context(), raw)
		if err == nil {
			err = v.held(r, kind, raw, token)
		}
		if err != nil {
			challenge(w, http.StatusUnauthorized, "invalid_token", "")
			return
		}
		for _, s := range scopes {
			if !token.Allows(s) {
				challenge(w, http.StatusForbidden, "insufficient_scope", strings.Join(scopes, " "))
				return
			}
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), accessTokenKey{}, token)))
	})
}

// held says whether the sender of a token may use it.
func (v *TokenVerifier) held(r *http.Request, kind, raw string, token AccessToken) error {
	bound := token.Confirmation
	switch {
	case bound == nil && kind == "bearer":
		return nil
	case bound == nil:
		return errors.New("access token: it is not bound, and was sent as if it were")
	case v.Holds == nil, *bound == Confirmation{}: // or to something that is not known here
		return errBound
	case (bound.KeyThumbprint != "") != (kind == "dpop"): // RFC 9449 section 7.2
		return errors.New("access token: it was sent in the scheme of another kind")
	}
	return v.Holds(r, raw, token)
}

func challenge(w http.ResponseWriter, status int, code, scope string) {
	value := "Bearer"
	if code != "" {
		value += fmt.Sprintf(" error=%q", code)
	}
	if scope != "" {
		value += fmt.Sprintf(", scope=%q", scope)
	}
	w.Header().Set("WWW-Authenticate", value)
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, http.StatusText(status), status)
}
