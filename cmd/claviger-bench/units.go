package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"strings"
)

// What each worker does, against the program and against the reference. A unit
// that comes back without an error has checked that it got what it asked for.

func basic(id, secret string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

func (in *installation) asService() string { return basic(serviceClient, in.secrets[serviceClient]) }

func (in *installation) asPortal() string { return basic(portalClient, in.secrets[portalClient]) }

// fixed does the same request over and over.
func fixed(request []byte, contains string) unit {
	return func(ctx context.Context, c *connection) error {
		a, err := c.expect(ctx, http.StatusOK, request)
		if err == nil && !strings.Contains(string(a.body), contains) {
			err = fmt.Errorf("there is no %s in %.200s", contains, a.body)
		}
		return err
	}
}

var clientCredentials = url.Values{"grant_type": {"client_credentials"}, "scope": {"records.read"}}

func (in *installation) clientCredentials() unit {
	return fixed(post(in.public, "/token", clientCredentials, in.asService()), `"access_token"`)
}

// serviceToken asks for an access token.
func (in *installation) serviceToken(ctx context.Context) (string, error) {
	c := &connection{address: in.public}
	defer c.close()
	a, err := c.expect(ctx, http.StatusOK, post(in.public, "/token", clientCredentials, in.asService()))
	return tokensOf(a, err).access(err)
}

type issued struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"id_token"`
	bad     error
}

func tokensOf(a answer, err error) issued {
	var out issued
	if err == nil {
		out.bad = json.Unmarshal(a.body, &out)
	}
	return out
}

func (i issued) access(err error) (string, error) {
	if err == nil && i.Access == "" {
		err = errors.New("there is no access token")
	}
	return i.Access, errors.Join(err, i.bad)
}

// introspect asks about a token of the service's own.
func (in *installation) introspect(token string) unit {
	return fixed(post(in.public, "/introspect", url.Values{"token": {token}}, in.asService()), `"active":true`)
}

// codeFlow is the authorization code flow of a person who is signed in: one
// visit, one exchange, an access token and an ID token.
func codeFlow(host, clientAuth string, cookies []string, each func(issued)) unit {
	return func(ctx context.Context, c *connection) error {
		cookie := cookies[mathrand.IntN(len(cookies))] //nolint:gosec // which one is no secret
		proof := verifier()
		a, err := c.expect(ctx, http.StatusSeeOther, get(host, "/authorize?"+authorization(proof), "Cookie: claviger-session="+cookie))
		if err != nil {
			return err
		}
		to, err := url.Parse(a.header.Get("Location"))
		if err != nil || to.Query().Get("code") == "" {
			return fmt.Errorf("there is no code in %q (%w)", a.header.Get("Location"), err)
		}
		a, err = c.expect(ctx, http.StatusOK, post(host, "/token", url.Values{
			"grant_type": {"authorization_code"}, "code": {to.Query().Get("code")}, "redirect_uri": {redirectTo}, "code_verifier": {proof},
		}, clientAuth))
		out := tokensOf(a, err)
		if err == nil && (out.Access == "" || out.ID == "") {
			err = errors.New("a token is missing")
		}
		if each != nil {
			each(out)
		}
		return err
	}
}

func authorization(proof string) string {
	sum := sha256.Sum256([]byte(proof))
	return url.Values{
		"client_id": {portalClient}, "redirect_uri": {redirectTo}, "response_type": {"code"}, "scope": {"openid profile"},
		"state": {rand.Text()}, "nonce": {rand.Text()}, "code_challenge_method": {"S256"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])},
	}.Encode()
}

// refreshTokens gets one refresh token from each of the sessions.
func (in *installation) refreshTokens(ctx context.Context, cookies []string) ([]string, error) {
	var tokens []string
	c := &connection{address: in.public}
	defer c.close()
	for _, cookie := range cookies {
		err := codeFlow(in.public, in.asPortal(), []string{cookie}, func(i issued) { tokens = append(tokens, i.Refresh) })(ctx, c)
		if err != nil {
			return nil, err
		}
	}
	return tokens, nil
}

// refreshers are workers who have the tokens among them.
func (in *installation) refreshers(n int, tokens []string) []unit {
	var all []unit
	for i := range n {
		all = append(all, in.refresh(tokens[i*len(tokens)/n:(i+1)*len(tokens)/n]))
	}
	return all
}

// refresh refreshes the tokens in turn. They belong to this worker.
func (in *installation) refresh(tokens []string) unit {
	next := 0
	return func(ctx context.Context, c *connection) error {
		at := next % len(tokens)
		next++
		a, err := c.expect(ctx, http.StatusOK, post(in.public, "/token", url.Values{
			"grant_type": {"refresh_token"}, "refresh_token": {tokens[at]},
		}, in.asPortal()))
		if err != nil {
			return err
		}
		out := tokensOf(a, err)
		if out.Refresh == "" {
			return errors.New("there is no refresh token")
		}
		tokens[at] = out.Refresh
		return nil
	}
}

// signIn is a person without a session: the authorization request, the page,
// the form, and the way back to the application. Who is told that too many sign
// in at once begins again, as part of the same unit.
func (in *installation) signIn(users []string) unit {
	return func(ctx context.Context, c *connection) error {
		user := users[mathrand.IntN(len(users))] //nolint:gosec // who is no secret
		for {
			arrived, err := attempt(ctx, in.public, c, user, wordOfAll)
			status, location := arrived.status, arrived.header.Get("Location")
			switch {
			case err != nil:
				return err
			case status == http.StatusServiceUnavailable:
				continue
			case status != http.StatusSeeOther || !strings.HasPrefix(location, redirectTo+"?code="):
				return fmt.Errorf("%s arrived at %q with status %d", user, location, status)
			}
			return nil
		}
	}
}

// attempt signs in and follows the way to its end. It returns the answer to the
// form where the form was refused.
func attempt(ctx context.Context, address string, c *connection, user, word string) (a answer, err error) {
	from := fmt.Sprintf("X-Forwarded-For: 10.%d.%d.%d", mathrand.IntN(250), mathrand.IntN(250), 1+mathrand.IntN(250)) //nolint:gosec // from where is no secret
	a, err = c.expect(ctx, http.StatusSeeOther, get(address, "/authorize?"+authorization(verifier()), from))
	if err != nil {
		return a, err
	}
	page := a.header.Get("Location")
	cookie := "Cookie: " + strings.SplitN(a.header.Get("Set-Cookie"), ";", 2)[0]
	if _, err = c.expect(ctx, http.StatusOK, get(address, page, from, cookie)); err != nil {
		return a, err
	}
	a, err = c.do(ctx, post(address, page, url.Values{"userid": {user}, "password": {word}}, from, cookie, "Sec-Fetch-Site: same-origin"))
	if err != nil || a.status != http.StatusSeeOther {
		return a, err
	}
	return c.expect(ctx, http.StatusSeeOther, get(address, a.header.Get("Location"), from, cookie))
}
