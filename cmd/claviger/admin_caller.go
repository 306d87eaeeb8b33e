package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/claviger-id/claviger/oidc/proof"
	"github.com/claviger-id/claviger/pkg/outbound"
)

const (
	// callTime is how long one request of a caller may take: an import is handed in, a part
	// of the audit log is proven.
	callTime = 2 * time.Minute
	// mostAnswered is the largest answer that is read, in bytes.
	mostAnswered = 64 << 20
	// beforeEnd is how long before its end a token is not used any more.
	beforeEnd = 20 * time.Second
	// assertionType: RFC 7523 section 2.2.
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// caller calls the admin API of an installation as an application: with a token of the
// grant client_credentials, bound to a key that lives as long as the caller.
type caller struct {
	send *outbound.Client
	now  func() time.Time
	// issuer is where tokens come from, url the origin of the API, to which they are
	// addressed.
	issuer, url string
	clientID    string
	// key authenticates the application, held is what its tokens are bound to.
	key, held proof.Key
	// scope is what tokens are asked for; empty: all that the application is registered
	// for.
	scope string

	endpoint string
	token    string
	until    time.Time
	// nonces are the last that each server gave (RFC 9449 section 8.2).
	nonces map[string]string
}

// newCaller returns a caller of an API, which is at an address of this installation, or
// one that the operator named.
func newCaller(now func() time.Time, issuer, api, clientID string, key proof.Key) (*caller, error) {
	held, err := proof.NewKey()
	if err != nil {
		return nil, err
	}
	for _, address := range []string{issuer, api} {
		if err := confidential(address); err != nil {
			return nil, usageError{err}
		}
	}
	return &caller{
		send: outbound.New(outbound.Options{
			Allow:   []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")},
			Timeout: callTime,
		}),
		now: now, issuer: issuer, url: strings.TrimSuffix(api, "/"), clientID: clientID, key: key, held: held, nonces: map[string]string{},
	}, nil
}

// confidential refuses an address at which others could read along: it is https, or
// loopback.
func confidential(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%q is no address such as https://id.example.org", address)
	}
	if u.Scheme == "https" || u.Scheme == "http" && outbound.ThisMachine(u.Hostname()) {
		return nil
	}
	return fmt.Errorf("%s is neither https nor on this machine: others could read along", address)
}

// discover finds the token endpoint (OpenID Connect Discovery section 4).
func (c *caller) discover(ctx context.Context) error {
	address := strings.TrimSuffix(c.issuer, "/") + "/.well-known/openid-configuration"
	answer, err := c.exchange(ctx, outbound.Request{Method: http.MethodGet, Address: address})
	if err != nil {
		return err
	}
	var found struct {
		Issuer        string `json:"issuer"`
		TokenEndpoint string `json:"token_endpoint"`
	}
	if answer.Status != http.StatusOK || json.Unmarshal(answer.Body, &found) != nil {
		return fmt.Errorf("at %s is no issuer of tokens (status %d); name it with --issuer, or public.issuer of the configuration", c.issuer, answer.Status)
	}
	if found.Issuer != c.issuer { // section 4.3
		return fmt.Errorf("at %s answers another issuer, %s", c.issuer, cells(found.Issuer))
	}
	if err := confidential(found.TokenEndpoint); err != nil {
		return err
	}
	c.endpoint = found.TokenEndpoint
	return nil
}

// authorize gets a token, unless there is one that still works.
func (c *caller) authorize(ctx context.Context) error {
	if c.token != "" && c.now().Before(c.until) {
		return nil
	}
	if c.endpoint == "" {
		if err := c.discover(ctx); err != nil {
			return err
		}
	}
	answer, err := c.proven(ctx, func() (outbound.Request, error) {
		assertion, err := c.key.Assertion(c.clientID, c.issuer, c.now())
		if err != nil {
			return outbound.Request{}, err
		}
		form := url.Values{
			"grant_type": {"client_credentials"}, "resource": {c.url}, // RFC 8707 section 2
			"client_id": {c.clientID}, "client_assertion_type": {assertionType}, "client_assertion": {assertion},
		}
		if c.scope != "" {
			form.Set("scope", c.scope)
		}
		return outbound.Request{
			Method: http.MethodPost, Address: c.endpoint, Body: []byte(form.Encode()),
			Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}},
		}, nil
	}, "")
	if err != nil {
		return err
	}
	var got struct {
		Token       string `json:"access_token"`
		Type        string `json:"token_type"`
		ExpiresIn   int64  `json:"expires_in"`
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(answer.Body, &got) != nil {
		return fmt.Errorf("the token endpoint %s answered with status %d, and not with what one answers", c.endpoint, answer.Status)
	}
	switch {
	case got.Error == "invalid_client":
		return fmt.Errorf("the issuer does not take the key for one of %s: %s", c.clientID, cells(got.Description))
	case got.Error == "invalid_target":
		return fmt.Errorf("%s gets no tokens for %s: %s", c.clientID, c.url, cells(got.Description))
	case got.Error != "":
		return fmt.Errorf("%s gets no token: %s: %s", c.clientID, cells(got.Error), cells(got.Description))
	case answer.Status != http.StatusOK || got.Token == "" || !strings.EqualFold(got.Type, "DPoP"): // RFC 9449 section 5
		return fmt.Errorf("the token endpoint %s answered with status %d and no token that is bound", c.endpoint, answer.Status)
	}
	c.token, c.until = got.Token, c.now().Add(time.Duration(got.ExpiresIn)*time.Second-beforeEnd)
	return nil
}

// call sends a request to the API.
func (c *caller) call(ctx context.Context, method, target string, header http.Header, body []byte) (outbound.Response, error) {
	if err := c.authorize(ctx); err != nil {
		return outbound.Response{}, err
	}
	return c.proven(ctx, func() (outbound.Request, error) {
		h := header.Clone()
		h.Set("Authorization", "DPoP "+c.token) // RFC 9449 section 7.1
		return outbound.Request{Method: method, Address: c.url + target, Header: h, Body: body}, nil
	}, c.token)
}

// proven sends a request with a proof, and once more with another where the server wants
// a nonce of its own in it (RFC 9449 sections 8 and 9).
func (c *caller) proven(ctx context.Context, prepare func() (outbound.Request, error), token string) (outbound.Response, error) {
	for again := false; ; again = true {
		r, err := prepare()
		if err != nil {
			return outbound.Response{}, err
		}
		server := origin(r.Address)
		text, err := c.held.Proof(proof.Request{Method: r.Method, URL: r.Address, Token: token, Nonce: c.nonces[server], Now: c.now()})
		if err != nil {
			return outbound.Response{}, err
		}
		r.Header.Set("DPoP", text)
		answer, err := c.exchange(ctx, r)
		if err != nil {
			return outbound.Response{}, err
		}
		if nonce := answer.Header.Get("DPoP-Nonce"); nonce != "" {
			c.nonces[server] = nonce
		}
		if again || !wantsNonce(answer) {
			return answer, nil
		}
	}
}

// wantsNonce says that a request was refused for the nonce of its proof, by a token
// endpoint or by a resource.
func wantsNonce(answer outbound.Response) bool {
	const code = "use_dpop_nonce"
	switch answer.Status {
	case http.StatusBadRequest:
		var refused struct{ Error string }
		return json.Unmarshal(answer.Body, &refused) == nil && refused.Error == code
	case http.StatusUnauthorized:
		return strings.Contains(strings.Join(answer.Header.Values("WWW-Authenticate"), " "), `error="`+code+`"`)
	}
	return false
}

// unanswered is a request that was not answered, or not to the end.
type unanswered struct{ error }

func (e unanswered) Unwrap() error { return e.error }

// exchange sends a request.
func (c *caller) exchange(ctx context.Context, r outbound.Request) (outbound.Response, error) {
	r.Most = mostAnswered
	answer, err := c.send.Exchange(ctx, r)
	switch {
	case errors.Is(err, context.Canceled):
		return answer, err
	case err != nil:
		return answer, unanswered{fmt.Errorf("there is no answer from %s: is the server running? (%w)", origin(r.Address), err)}
	}
	return answer, nil
}

// origin is an address without its path.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
