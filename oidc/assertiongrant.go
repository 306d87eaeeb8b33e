package oidc

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/claviger-id/claviger/oidc/assertion"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/clientkeys"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// maxGrantAssertionLife is the most that the exp of such an assertion may be
// ahead.
const maxGrantAssertionLife = time.Hour

// maxAssertedSubject bounds the sub of an assertion, in bytes.
const maxAssertedSubject = 128

// AssertionGrants judges the assertions of RFC 7523 section 2.1: what an issuer
// whom an operator trusts says of a principal of its own. They never speak for a
// person who has an account here: that is what signing in is for.
type AssertionGrants struct {
	Issuer, TokenEndpoint string
	Keys                  *clientkeys.Cache
	Marks                 storage.Marks
	Now                   func() time.Time
}

// Verify returns the subject that the tokens are for, and how long the assertion
// still lives. What is wrong with it is a *fault.Error.
func (g AssertionGrants) Verify(ctx context.Context, c storage.Client, text string) (subject string, left time.Duration, err error) {
	t, err := assertion.Parse(text, client.AssertionAlgs(c))
	if err != nil {
		return "", 0, badAssertion(c, err)
	}
	// RFC 8725 section 3.11: an issuer signs more than this.
	if !t.Is("authorization-grant+jwt") {
		return "", 0, badAssertion(c, errors.New("its typ is that of something else"))
	}
	i := slices.IndexFunc(c.AssertionIssuers, func(i storage.AssertionIssuer) bool { return i.Issuer == t.Claims.Issuer })
	if i < 0 || t.Claims.Issuer == "" {
		return "", 0, badAssertion(c, errors.New("its iss is not trusted for this client"))
	}
	trusted := c.AssertionIssuers[i]
	// Keys belong to the issuer, whichever client brings the assertion.
	keys, err := g.Keys.Keys(ctx, storage.Client{ID: "issuer " + trusted.Issuer + " " + trusted.JWKSURI, JWKS: trusted.JWKS, JWKSURI: trusted.JWKSURI}, t.KeyID)
	if errors.Is(err, clientkeys.ErrUnavailable) {
		return "", 0, fault.Unavailable(err)
	}
	if err != nil {
		return "", 0, fmt.Errorf("oidc: assertion: %w", err)
	}
	if err := t.Verify(keys); err != nil {
		return "", 0, badAssertion(c, errors.New("no key of its issuer verifies its signature"))
	}
	now := g.Now()
	// RFC 7523 section 3, items 1 to 7.
	if err := t.Check(assertion.Rules{
		Now: now, Audiences: []string{g.Issuer, g.TokenEndpoint}, MaxLife: maxGrantAssertionLife, NeedID: true,
	}); err != nil {
		return "", 0, badAssertion(c, err)
	}
	sub := t.Claims.Subject
	if sub == "" || len(sub) > maxAssertedSubject || strings.ContainsFunc(sub, func(r rune) bool { return r <= ' ' || r > '~' || r == '#' }) {
		return "", 0, badAssertion(c, errors.New("its sub is missing, too long, or not printable"))
	}
	mark := "grant-assertion:" + base64.RawURLEncoding.EncodeToString(secret.Hash(trusted.Issuer+"\x00"+t.Claims.ID))
	fresh, err := g.Marks.Set(ctx, mark, now, t.Claims.Expiry.Time)
	if err != nil {
		return "", 0, fmt.Errorf("oidc: assertion: %w", err)
	}
	if !fresh {
		return "", 0, badAssertion(c, errors.New("it has been used before"))
	}
	// The name of the issuer is part of the subject: no issuer can name a
	// principal of another one, or a person of ours.
	return trusted.Issuer + "#" + sub, t.Claims.Expiry.Sub(now), nil
}

func badAssertion(c storage.Client, cause error) error {
	return &fault.Error{Code: fault.InvalidGrant, Description: "The assertion is refused: " + cause.Error() + ".", ClientID: c.ID, Cause: cause}
}
