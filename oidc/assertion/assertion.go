// Package assertion reads the JWTs that clients sign: their proof of who they
// are (RFC 7523), request objects (RFC 9101) and authorization grants.
//
// Everything is bounded, only algorithms that the caller names are accepted,
// never none and never a MAC, and nothing is believed before Verify: the claims
// of a Token that has not been verified serve to find the key alone.
package assertion

import (
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The bounds of what is read.
const (
	maxToken = 16 << 10 // bytes
	maxText  = 512      // bytes of a claim that names something
	maxList  = 10       // audiences
)

// Skew is how far the clock of a client may be ahead of ours.
const Skew = 10 * time.Second

// Token is a JWT that has been read. Nothing in it is believed until Verify.
type Token struct {
	Algorithm, KeyID, Type string
	Claims                 Claims
	Payload                []byte

	jws *jose.JSONWebSignature
}

// Claims are the registered claims (RFC 7519 section 4.1).
type Claims struct {
	Issuer  string `json:"iss"`
	Subject string `json:"sub"`
	// Audience is a string or an array of them.
	Audience  Audience `json:"aud"`
	Expiry    *Instant `json:"exp"`
	NotBefore *Instant `json:"nbf"`
	IssuedAt  *Instant `json:"iat"`
	ID        string   `json:"jti"`
}

// Audience is aud.
type Audience struct {
	Values []string
	// Single says that it was written as a string, not as an array.
	Single bool
}

// UnmarshalJSON reads a string or an array.
func (a *Audience) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		a.Values, a.Single = make([]string, 1), true
		return json.Unmarshal(text, &a.Values[0])
	}
	return json.Unmarshal(text, &a.Values)
}

// Instant is a NumericDate (RFC 7519 section 2).
type Instant struct{ time.Time }

// UnmarshalJSON reads a number of seconds, which may have a fraction.
func (i *Instant) UnmarshalJSON(text []byte) error {
	var seconds float64
	if err := json.Unmarshal(text, &seconds); err != nil {
		return err
	}
	// The year 9999; beyond it nothing is meant.
	if math.IsNaN(seconds) || seconds < 0 || seconds > 253402300799 {
		return errors.New("assertion: not an instant")
	}
	i.Time = time.Unix(int64(seconds), 0)
	return nil
}

// Parse reads a token signed with one of the algorithms, without believing it.
func Parse(text string, algorithms []string) (Token, error) {
	if len(text) > maxToken {
		return Token{}, fmt.Errorf("it is longer than %d bytes", maxToken)
	}
	accepted := make([]jose.SignatureAlgorithm, 0, len(algorithms))
	for _, a := range algorithms {
		accepted = append(accepted, jose.SignatureAlgorithm(a))
	}
	jws, err := jose.ParseSignedCompact(text, accepted)
	if err != nil || len(jws.Signatures) != 1 {
		return Token{}, errors.New("it is not a compact JWS with an algorithm that is accepted here")
	}
	h := jws.Signatures[0].Protected
	t := Token{Algorithm: h.Algorithm, KeyID: h.KeyID, Payload: jws.UnsafePayloadWithoutVerification(), jws: jws}
	t.Type, _ = h.ExtraHeaders[jose.HeaderType].(string)
	if len(t.KeyID) > maxText {
		return Token{}, errors.New("its kid is too long")
	}
	if err := json.Unmarshal(t.Payload, &t.Claims); err != nil {
		return Token{}, errors.New("its claims cannot be read")
	}
	c := t.Claims
	if len(c.Issuer) > maxText || len(c.Subject) > maxText || len(c.ID) > maxText || len(c.Audience.Values) > maxList {
		return Token{}, errors.New("one of its claims is too long")
	}
	return t, nil
}

// Is says that the header type of the token is the given one, or one that says
// nothing: none, or JWT. Types are media types without "application/", whose
// letters may be large (RFC 7515 section 4.1.9).
func (t Token) Is(typ string) bool {
	own := strings.TrimPrefix(strings.ToLower(t.Type), "application/")
	return own == "" || own == "jwt" || own == typ
}

// minRSA is the smallest RSA modulus, in bits (RFC 7518 section 3.3).
const minRSA = 2048

// Usable says that a key is a public one, sound, and not too weak.
func Usable(k *jose.JSONWebKey) bool {
	if k == nil || !k.IsPublic() || !k.Valid() {
		return false
	}
	weak, isRSA := k.Key.(*rsa.PublicKey)
	return !isRSA || weak.N.BitLen() >= minRSA
}

// Verify checks the signature with the first key that fits. A key that names
// its algorithm or its use serves no other (RFC 8725 section 3.1).
func (t Token) Verify(keys []jose.JSONWebKey) error {
	for _, k := range keys {
		if k.Algorithm != "" && k.Algorithm != t.Algorithm || k.Use != "" && k.Use != "sig" || !Usable(&k) {
			continue
		}
		if _, err := t.jws.Verify(k.Key); err == nil {
			return nil
		}
	}
	return errors.New("no key of the client verifies its signature")
}

// Rules are what the claims of a token have to be.
type Rules struct {
	Now time.Time
	// Issuer and Subject, where they are not empty.
	Issuer, Subject string
	// Audiences are the names that we go by: one of them must be among the
	// token's. Empty means that aud is not looked at.
	Audiences []string
	// SoleAudience has aud be one string (FAPI 2.0 Security Profile section
	// 5.3.2.1).
	SoleAudience bool
	// MaxLife is the most that exp may be ahead; then exp has to be there. 0
	// means that exp is checked only where it is.
	MaxLife time.Duration
	// MaxAge is the most that nbf may be behind; then nbf has to be there.
	MaxAge time.Duration
	// NeedID says that jti has to be there.
	NeedID bool
}

// Check judges the claims (RFC 7523 section 3, RFC 9101 section 6.3). The error
// says what is wrong in words for the client's developer.
func (t Token) Check(r Rules) error {
	c := t.Claims
	switch {
	case r.Issuer != "" && c.Issuer != r.Issuer:
		return errors.New("its iss is not the client")
	case r.Subject != "" && c.Subject != r.Subject:
		return errors.New("its sub is not the client")
	case len(r.Audiences) > 0 && !slices.ContainsFunc(c.Audience.Values, func(a string) bool { return slices.Contains(r.Audiences, a) }):
		return errors.New("its aud is not this server")
	case r.SoleAudience && !c.Audience.Single:
		return errors.New("its aud is not a single string")
	case r.MaxLife > 0 && c.Expiry == nil:
		return errors.New("it has no exp")
	case c.Expiry != nil && !r.Now.Before(c.Expiry.Time):
		return errors.New("it has expired")
	case r.MaxLife > 0 && c.Expiry.After(r.Now.Add(r.MaxLife+Skew)):
		return fmt.Errorf("its exp is more than %s ahead", r.MaxLife)
	case c.NotBefore != nil && c.NotBefore.After(r.Now.Add(Skew)):
		return errors.New("its nbf lies ahead")
	case r.MaxAge > 0 && c.NotBefore == nil:
		return errors.New("it has no nbf")
	case r.MaxAge > 0 && c.NotBefore.Before(r.Now.Add(-r.MaxAge)):
		return fmt.Errorf("its nbf is more than %s ago", r.MaxAge)
	case c.IssuedAt != nil && c.IssuedAt.After(r.Now.Add(Skew)):
		return errors.New("its iat lies ahead")
	case r.NeedID && c.ID == "":
		return errors.New("it has no jti")
	}
	return nil
}
