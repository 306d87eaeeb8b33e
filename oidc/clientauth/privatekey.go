package clientauth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/claviger-id/claviger/oidc/assertion"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/clientkeys"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// byAssertion is private_key_jwt: OpenID Connect Core section 9, RFC 7523
// section 3.
func (a *Authenticator) byAssertion(ctx context.Context, form url.Values) (storage.Client, error) {
	if form.Get("client_assertion_type") != assertionType || form.Get("client_assertion") == "" {
		return storage.Client{}, fault.New(fault.InvalidClient, "The client_assertion or its type ("+assertionType+") is missing.")
	}
	// Which client it is decides which algorithms and keys count: the claim is
	// read first, and believed last.
	t, err := assertion.Parse(form.Get("client_assertion"), append(client.AcceptedAlgorithms(), "ES384", "RS384"))
	if err != nil {
		return storage.Client{}, refused("", err)
	}
	if err := onlyAssertion(t); err != nil {
		return storage.Client{}, refused("", err)
	}
	if id := form.Get("client_id"); id != "" && id != t.Claims.Subject {
		// RFC 7521 section 4.2.
		return storage.Client{}, fault.New(fault.InvalidClient, "The client_id is not the sub of the client_assertion.")
	}
	c, known := a.Clients.Get(t.Claims.Subject)
	if !known || client.AuthMethod(c) != client.AuthPrivateKey {
		return storage.Client{}, unauthenticated(c.ID)
	}
	if t, err = assertion.Parse(form.Get("client_assertion"), client.AssertionAlgs(c)); err != nil {
		return storage.Client{}, refused(c.ID, err)
	}
	keys, err := a.Keys.Keys(ctx, c, t.KeyID)
	if errors.Is(err, clientkeys.ErrUnavailable) {
		return storage.Client{}, &fault.Error{
			Code: fault.InvalidClient, Description: "The keys of the client could not be fetched from its jwks_uri.", ClientID: c.ID, Cause: err,
		}
	}
	if err != nil {
		return storage.Client{}, fmt.Errorf("clientauth: %w", err)
	}
	if err := t.Verify(keys); err != nil {
		return storage.Client{}, refused(c.ID, err)
	}
	now := a.Now()
	rules := assertion.Rules{
		Now: now, Issuer: c.ID, Subject: c.ID, Audiences: []string{a.Issuer, a.TokenEndpoint}, MaxLife: client.AssertionLife(c), NeedID: true,
	}
	if a.TokenAlias != "" {
		rules.Audiences = append(rules.Audiences, a.TokenAlias)
	}
	if client.SoleIssuerAudience(c) {
		rules.Audiences, rules.SoleAudience = []string{a.Issuer}, true
	}
	if err := t.Check(rules); err != nil {
		return storage.Client{}, refused(c.ID, err)
	}
	// RFC 7523 section 3, item 7. The name of the client is part of the mark:
	// clients draw their identifiers apart from each other.
	mark := "assertion:" + c.ID + ":" + base64.RawURLEncoding.EncodeToString(secret.Hash(t.Claims.ID))
	fresh, err := a.Marks.Set(ctx, mark, now, t.Claims.Expiry.Time)
	if err != nil {
		return storage.Client{}, fmt.Errorf("clientauth: %w", err)
	}
	if !fresh {
		return storage.Client{}, refused(c.ID, errors.New("it has been used before"))
	}
	return c, nil
}

// onlyAssertion refuses what a client signs for another purpose, such as a request
// object, which passes through browsers (RFC 8725 sections 3.11 and 3.12, RFC 9101
// section 10.8): by its type, or where it has none of its own by what no assertion
// holds.
func onlyAssertion(t assertion.Token) error {
	if !t.Is("client-authentication+jwt") {
		return errors.New("its typ is that of something else")
	}
	var request struct {
		ResponseType json.RawMessage `json:"response_type"`
		RedirectURI  json.RawMessage `json:"redirect_uri"`
	}
	if err := json.Unmarshal(t.Payload, &request); err != nil {
		return errors.New("its claims cannot be read")
	}
	if request.ResponseType != nil || request.RedirectURI != nil {
		return errors.New("it is an authorization request")
	}
	return nil
}

// refused says what is wrong with an assertion.
func refused(clientID string, why error) *fault.Error {
	return &fault.Error{Code: fault.InvalidClient, Description: "The client_assertion is refused: " + why.Error() + ".", ClientID: clientID}
}
