package relying

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// clockSkew is how far the clocks of provider and application may differ.
const clockSkew = 30 * time.Second

// Audience is the aud claim: one name, or several.
type Audience []string

// UnmarshalJSON implements json.Unmarshaler.
func (a *Audience) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*a = Audience{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(a))
}

// Time is a NumericDate of a token: seconds since 1970, perhaps with a fraction
// (RFC 7519 section 2).
type Time struct{ time.Time }

// MarshalJSON implements json.Marshaler.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, t.Unix(), 10), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *Time) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		t.Time = time.Time{}
		return nil
	}
	var seconds float64
	if err := json.Unmarshal(data, &seconds); err != nil {
		return err
	}
	const lastSecond = 253402300799 // of the year 9999
	if seconds < 0 || seconds > lastSecond {
		return fmt.Errorf("%v is not a time", seconds)
	}
	t.Time = time.Unix(int64(seconds), 0).UTC()
	return nil
}

// IDToken is what the provider says about a sign-in (OpenID Connect Core 1.0
// section 2).
type IDToken struct {
	Issuer          string   `json:"iss"`
	Subject         string   `json:"sub"`
	Audience        Audience `json:"aud"`
	AuthorizedParty string   `json:"azp"`
	Expiry          Time     `json:"exp"`
	IssuedAt        Time     `json:"iat"`
	AuthTime        Time     `json:"auth_time"`
	Nonce           string   `json:"nonce"`
	ACR             string   `json:"acr"`
	AMR             []string `json:"amr"`
	SessionID       string   `json:"sid"`
	// Actor is who has signed in and acts for the subject, by the Delegation; both are
	// nil where the subject has signed in.
	Actor      *Actor      `json:"act"`
	Delegation *Delegation `json:"delegation"`

	// Raw is the token as it was received, for the hint at logout.
	Raw string `json:"-"`
	// Claims are all its claims.
	Claims map[string]any `json:"-"`
}

// verifyIDToken checks a token as OpenID Connect Core 1.0 section 3.1.3.7 lays
// down. An empty nonce means that none was sent.
func (a *Application) verifyIDToken(ctx context.Context, raw, nonce string) (IDToken, error) {
	payload, _, err := a.Provider.keys.verify(ctx, raw, a.Provider.IDTokenAlgorithms)
	if err != nil {
		return IDToken{}, fmt.Errorf("ID token: %w", err)
	}
	token := IDToken{Raw: raw}
	if err := errors.Join(json.Unmarshal(payload, &token), json.Unmarshal(payload, &token.Claims)); err != nil {
		return IDToken{}, fmt.Errorf("ID token: %w", err)
	}
	now := a.Provider.env.Now()
	switch {
	case token.Issuer != a.Provider.Issuer: // rule 2
		return IDToken{}, fmt.Errorf("ID token: issued by %q", token.Issuer)
	case !slices.Contains(token.Audience, a.ID): // rule 3
		return IDToken{}, fmt.Errorf("ID token: meant for %q", token.Audience)
	case len(token.Audience) > 1 && token.AuthorizedParty == "", // rule 4
		token.AuthorizedParty != "" && token.AuthorizedParty != a.ID: // rule 5
		return IDToken{}, fmt.Errorf("ID token: issued to %q", token.AuthorizedParty)
	case !now.Before(token.Expiry.Add(clockSkew)): // rule 9
		return IDToken{}, errors.New("ID token: expired")
	case token.IssuedAt.IsZero() || token.IssuedAt.After(now.Add(clockSkew)): // rule 10
		return IDToken{}, errors.New("ID token: not issued yet")
	case nonce != "" && subtle.ConstantTimeCompare([]byte(nonce), []byte(token.Nonce)) != 1: // rule 11
		return IDToken{}, errors.New("ID token: made for another sign-in")
	case token.Subject == "":
		return IDToken{}, errors.New("ID token: names nobody")
	}
	return token, nil
}
