package oidc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"time"

	"github.com/claviger-id/claviger/oidc/assertion"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/clientkeys"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/storage"
)

// maxRequestLife is the most that exp may be ahead, and nbf behind (FAPI 2.0
// Message Signing section 5.3.1).
const maxRequestLife = time.Hour

// requestObject verifies the request object of a request (RFC 9101) and returns
// the parameters that it holds. Nothing that stands beside it counts (section
// 6.3).
func (p *Provider) requestObject(ctx context.Context, c storage.Client, form url.Values) (url.Values, error) {
	t, err := assertion.Parse(form.Get("request"), client.RequestObjectAlgs(c))
	if err != nil {
		return nil, badObject(err)
	}
	// RFC 9101 section 10.8, RFC 8725 section 3.11.
	if !t.Is("oauth-authz-req+jwt") {
		return nil, badObject(errors.New("its typ is that of something else"))
	}
	keys, err := p.ClientKeys.Keys(ctx, c, t.KeyID)
	if errors.Is(err, clientkeys.ErrUnavailable) {
		return nil, &fault.Error{Code: fault.InvalidRequestObject, Description: "The keys of the client could not be fetched from its jwks_uri.", Cause: err}
	}
	if err != nil {
		return nil, err
	}
	if err := t.Verify(keys); err != nil {
		return nil, badObject(err)
	}
	rules := assertion.Rules{Now: p.Now()}
	if client.IsFAPI2(c) {
		rules.Issuer, rules.Audiences, rules.MaxLife, rules.MaxAge = c.ID, []string{p.Issuer}, maxRequestLife, maxRequestLife
	}
	// Where they are there they have to be right (section 5.2).
	if t.Claims.Issuer != "" {
		rules.Issuer = c.ID
	}
	if len(t.Claims.Audience.Values) > 0 {
		rules.Audiences = []string{p.Issuer}
	}
	if err := t.Check(rules); err != nil {
		return nil, badObject(err)
	}
	params, err := objectParameters(t.Payload)
	if err != nil {
		return nil, badObject(err)
	}
	// Section 5: the client_id inside is the one outside, and nothing is nested
	// (section 4).
	if params.Get("client_id") != c.ID || form.Get("client_id") != c.ID {
		return nil, badObject(errors.New("its client_id is not the client's"))
	}
	if params.Get("request") != "" || params.Get("request_uri") != "" {
		return nil, badObject(errors.New("it holds another one"))
	}
	return params, nil
}

// registered are the claims of the JWT itself, which are no parameters.
var registered = map[string]bool{"iss": true, "sub": true, "aud": true, "exp": true, "nbf": true, "iat": true, "jti": true}

// objectParameters makes parameters of claims: numbers and truth values as they
// are written, arrays (of resources) as several, objects (the claims parameter)
// as JSON.
func objectParameters(payload []byte) (url.Values, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(payload, &all); err != nil {
		return nil, errors.New("its claims cannot be read")
	}
	params := url.Values{}
	for name, text := range all {
		if registered[name] {
			continue
		}
		values, err := parameter(text)
		if err != nil {
			return nil, errors.New("its claim " + name + " is no parameter")
		}
		params[name] = values
	}
	return params, nil
}

func parameter(text json.RawMessage) ([]string, error) {
	text = bytes.TrimSpace(text)
	switch {
	case len(text) == 0 || string(text) == "null":
		return []string{""}, nil
	case text[0] == '"':
		one := make([]string, 1)
		return one, json.Unmarshal(text, &one[0])
	case text[0] == '[':
		var several []string
		return several, json.Unmarshal(text, &several)
	}
	return []string{string(text)}, nil
}

func badObject(why error) *fault.Error {
	return fault.New(fault.InvalidRequestObject, "The request object is refused: "+why.Error()+".")
}
