package oidc_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// refresh redeems a refresh token and insists that it works.
func (w *world) refresh(clientID string, token any, change ...string) map[string]any {
	w.t.Helper()
	text, _ := token.(string)
	status, out, _ := w.redeem(clientID, refreshing(text, change...))
	if status != http.StatusOK {
		w.t.Fatalf("refresh: %d %v", status, out)
	}
	return out
}

// refused redeems a refresh token and insists that it does not.
func (w *world) refused(what, clientID string, token any, want string, change ...string) {
	w.t.Helper()
	text, _ := token.(string)
	status, out, _ := w.redeem(clientID, refreshing(text, change...))
	if status != http.StatusBadRequest || out["error"] != want {
		w.t.Errorf("%s: %d %v, want %s", what, status, out, want)
	}
}

func TestRefresh(t *testing.T) { onEveryStore(t, testRefresh) }

func testRefresh(t *testing.T, w *world) {
	first := w.browser().tokens("portal")
	before, _ := w.claimsOf(first["id_token"])
	w.clock.add(5 * time.Minute)
	second := w.refresh("portal", first["refresh_token"])
	if second["refresh_token"] == first["refresh_token"] || second["access_token"] == first["access_token"] {
		t.Error("a token came again")
	}
	after, _ := w.claimsOf(second["id_token"])
	for _, name := range []string{"iss", "sub", "aud", "auth_time", "sid", "acr"} {
		if before[name] != after[name] {
			t.Errorf("%s was %v and is %v", name, before[name], after[name])
		}
	}
	if after["nonce"] != nil || after["iat"].(float64) <= before["iat"].(float64) {
		t.Errorf("refreshed ID token: %v", after)
	}
	if a := w.userinfo(second["access_token"]); a.status != http.StatusOK {
		t.Errorf("the refreshed access token: %d %s", a.status, a.body)
	}
	third := w.refresh("portal", second["refresh_token"])
	if third["refresh_token"] == second["refresh_token"] {
		t.Error("no rotation")
	}
	if w.count("grant.refreshed") != 2 {
		t.Errorf("events %v", w.events())
	}
}

func TestRefreshWithinGraceBringsTheSameSuccessor(t *testing.T) {
	onEveryStore(t, testRefreshWithinGraceBringsTheSameSuccessor)
}

func testRefreshWithinGraceBringsTheSameSuccessor(t *testing.T, w *world) {
	first := w.browser().tokens("portal")
	second := w.refresh("portal", first["refresh_token"])
	w.clock.add(30 * time.Second)
	again := w.refresh("portal", first["refresh_token"])
	if again["refresh_token"] != second["refresh_token"] {
		t.Error("another successor")
	}
	w.refresh("portal", second["refresh_token"])
}

func TestRefreshReuseEndsTheGrant(t *testing.T) { onEveryStore(t, testRefreshReuseEndsTheGrant) }

func testRefreshReuseEndsTheGrant(t *testing.T, w *world) {
	for name, steal := range map[string]func(w *world, first, second map[string]any){
		"after the grace": func(w *world, _, _ map[string]any) { w.clock.add(31 * time.Second) },
		"two generations": func(w *world, _, second map[string]any) { w.refresh("portal", second["refresh_token"]) },
	} {
		t.Run(name, func(t *testing.T) {
			w := w.another(t)
			first := w.browser().tokens("portal")
			second := w.refresh("portal", first["refresh_token"])
			steal(w, first, second)
			w.refused("reused", "portal", first["refresh_token"], "invalid_grant")
			w.refused("the newest", "portal", second["refresh_token"], "invalid_grant")
			if a := w.userinfo(second["access_token"]); a.status != http.StatusUnauthorized {
				t.Errorf("the access token: %d", a.status)
			}
			if w.count("grant.refresh_reused") != 1 || w.count("grant.ended") != 1 {
				t.Errorf("events %v", w.events())
			}
		})
	}
}

// TestRefreshReuseEndsTheSession: who has a copy of a refresh token may have more than
// that. A grant that outlives sessions ends alone.
func TestRefreshReuseEndsTheSession(t *testing.T) { onEveryStore(t, testRefreshReuseEndsTheSession) }

func testRefreshReuseEndsTheSession(t *testing.T, w *world) {
	l := newListener(t)
	register(t, w, l.client("told"))
	b := w.browser()
	offline := b.tokens("night", "scope", "openid offline_access", "prompt", "consent")
	first, other := b.tokens("portal"), b.tokens("told")
	id, _ := w.claimsOf(other["id_token"])

	w.refresh("night", offline["refresh_token"])
	w.clock.add(31 * time.Second)
	w.refused("reused", "night", offline["refresh_token"], "invalid_grant")
	if to := b.get(ask("portal", "prompt", "none")).location(t); to.Query().Get("code") == "" {
		t.Fatalf("the session ended with a grant that outlives it: %s", to)
	}

	w.refresh("portal", first["refresh_token"])
	w.clock.add(31 * time.Second)
	for range 2 { // what was reused can come again
		w.refused("reused", "portal", first["refresh_token"], "invalid_grant")
	}
	w.refused("another application", "told", other["refresh_token"], "invalid_grant")
	if to := b.get(ask("portal", "prompt", "none")).location(t); to.Query().Get("error") != "login_required" {
		t.Errorf("still signed in: %s", to)
	}
	if got := ledgerOf(w, id["sid"], "told"); got.Reason != "refresh_reuse" {
		t.Errorf("ledger = %+v", got)
	}
	ends := w.ends()
	if len(ends) != 1 || !strings.Contains(ends[0], `"reason":"refresh_reuse","actor":{"type":"system"}`) {
		t.Errorf("ended = %s", ends)
	}
}

// TestRefreshReuseEndsTheSessionLater: who could not end the session does it when the
// token comes again.
func TestRefreshReuseEndsTheSessionLater(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		b := w.browser()
		first := b.tokens("portal")
		w.refresh("portal", first["refresh_token"])
		w.clock.add(31 * time.Second)
		end := w.Grants.EndSession
		w.Grants.EndSession = func(context.Context, string) error { return storage.ErrUnavailable }
		w.expectDown = true
		if status, out, _ := w.redeem("portal", refreshing(first["refresh_token"].(string))); status != http.StatusServiceUnavailable {
			t.Errorf("%d %v", status, out)
		}
		w.Grants.EndSession = end
		w.refused("reused", "portal", first["refresh_token"], "invalid_grant")
		if to := b.get(ask("portal", "prompt", "none")).location(t); to.Query().Get("error") != "login_required" {
			t.Errorf("still signed in: %s", to)
		}
	})
}

func TestRefreshIsNoActivity(t *testing.T) { onEveryStore(t, testRefreshIsNoActivity) }

func testRefreshIsNoActivity(t *testing.T, w *world) {
	out := w.browser().tokens("portal")
	for range 7 {
		w.clock.add(2 * time.Minute)
		out = w.refresh("portal", out["refresh_token"])
	}
	w.clock.add(time.Minute) // 15 minutes since anybody did anything
	w.refused("idle", "portal", out["refresh_token"], "invalid_grant")
}

func TestActivityKeepsTheSession(t *testing.T) { onEveryStore(t, testActivityKeepsTheSession) }

func testActivityKeepsTheSession(t *testing.T, w *world) {
	b := w.browser()
	out := b.tokens("portal")
	w.clock.add(14 * time.Minute)
	b.code("post") // a person visits an application
	w.clock.add(14 * time.Minute)
	out = w.refresh("portal", out["refresh_token"])
	// What no person did does not count.
	if b.get(ask("portal", "prompt", "none")).location(t).Query().Get("code") == "" {
		t.Error("prompt=none with a session")
	}
	w.clock.add(time.Minute)
	w.refused("idle", "portal", out["refresh_token"], "invalid_grant")
}

func TestRefreshEndsWithTheSessionAndTheGrant(t *testing.T) {
	onEveryStore(t, testRefreshEndsWithTheSessionAndTheGrant)
}

func testRefreshEndsWithTheSessionAndTheGrant(t *testing.T, w *world) {
	out := w.browser().tokens("portal")
	id, _ := w.claimsOf(out["id_token"])
	if err := w.Sessions.End(t.Context(), id["sid"].(string), session.ReasonOperator); err != nil {
		t.Fatal(err)
	}
	w.refused("after the session", "portal", out["refresh_token"], "invalid_grant")
	if a := w.userinfo(out["access_token"]); a.status != http.StatusUnauthorized {
		t.Errorf("userinfo after the session: %d", a.status)
	}

	out = w.browser().tokens("portal")
	at, _ := w.claimsOf(out["access_token"])
	if err := w.Store.Tx(t.Context(), func(tx storage.Tx) error {
		_, err := tx.Grants().End(t.Context(), at["gid"].(string), "operator", tx.Now())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	w.refused("after the grant", "portal", out["refresh_token"], "invalid_grant")
}

func TestRefreshScope(t *testing.T) { onEveryStore(t, testRefreshScope) }

func testRefreshScope(t *testing.T, w *world) {
	out := w.browser().tokens("portal", "scope", "openid profile email")
	w.refused("more than granted", "portal", out["refresh_token"], "invalid_scope", "scope", "openid api:read")
	narrow := w.refresh("portal", out["refresh_token"], "scope", "openid email")
	if at, _ := w.claimsOf(narrow["access_token"]); narrow["scope"] != "openid email" || at["scope"] != "openid email" {
		t.Errorf("narrowed to %v", narrow["scope"])
	}
	if body := w.userinfo(narrow["access_token"]).body; strings.Contains(body, "Ada") || !strings.Contains(body, "ada@example.org") {
		t.Errorf("userinfo of a narrowed token: %s", body)
	}
	// Narrowing is for the one token.
	if wide := w.refresh("portal", narrow["refresh_token"]); wide["scope"] != "openid profile email" {
		t.Errorf("afterwards %v", wide["scope"])
	}
	plain := w.refresh("portal", w.browser().tokens("portal", "scope", "api:read profile")["refresh_token"])
	if plain["id_token"] != nil {
		t.Error("an ID token without openid")
	}
}

func TestRefreshFollowsTheRegistration(t *testing.T) {
	onEveryStore(t, testRefreshFollowsTheRegistration)
}

func testRefreshFollowsTheRegistration(t *testing.T, w *world) {
	out := w.browser().tokens("portal", "scope", "openid profile email")
	change := func(spoil func(*storage.Client)) {
		t.Helper()
		c, _ := w.Clients.Get("portal")
		spoil(&c)
		c.UpdatedAt = c.UpdatedAt.Add(time.Second)
		if err := w.Store.Tx(t.Context(), func(tx storage.Tx) error { return tx.Clients().Update(t.Context(), c) }); err != nil {
			t.Fatal(err)
		}
		if err := w.Clients.Poll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	change(func(c *storage.Client) { c.Scopes = []string{"openid", "email"} })
	out = w.refresh("portal", out["refresh_token"])
	if out["scope"] != "openid email" {
		t.Errorf("scope %v", out["scope"])
	}
	out = w.refresh("portal", out["refresh_token"], "scope", "email email profile")
	if out["scope"] != "email" {
		t.Errorf("scope %v", out["scope"])
	}
	change(func(c *storage.Client) { c.GrantTypes = []string{"authorization_code"} })
	w.refused("no longer registered", "portal", out["refresh_token"], "unauthorized_client")
}

func TestRefreshIsRefused(t *testing.T) { onEveryStore(t, testRefreshIsRefused) }

func testRefreshIsRefused(t *testing.T, w *world) {
	out := w.browser().tokens("portal")
	token := out["refresh_token"].(string)
	parts := strings.Split(token, ".")
	w.refused("another client's", "post", token, "invalid_grant")
	w.refused("empty", "portal", "", "invalid_request")
	w.refused("garbage", "portal", "garbage", "invalid_grant")
	w.refused("an access token", "portal", "a.b.c", "invalid_grant")
	w.refused("next generation", "portal", strings.Join([]string{parts[0], parts[1], "2", parts[3]}, "."), "invalid_grant")
	w.refused("same generation, spelt anew", "portal", strings.Join([]string{parts[0], parts[1], "01", parts[3]}, "."), "invalid_grant")
	w.refused("another session", "portal", strings.Join([]string{parts[0], parts[0], parts[2], parts[3]}, "."), "invalid_grant")
	w.refused("cut", "portal", token[:len(token)-1], "invalid_grant")
	w.refused("a client that may not", "legacy", token, "unauthorized_client")
	w.refresh("portal", token) // none of these did it any harm
}

func TestOneRefreshTokenUsedByMany(t *testing.T) { onEveryStore(t, testOneRefreshTokenUsedByMany) }

func testOneRefreshTokenUsedByMany(t *testing.T, w *world) {
	first := w.browser().tokens("portal")
	const n = 100
	var (
		all sync.WaitGroup
		mu  sync.Mutex
		got = map[any]int{}
	)
	for range n {
		all.Go(func() {
			a := w.post("/token", "portal", refreshing(first["refresh_token"].(string)))
			mu.Lock()
			defer mu.Unlock()
			if a.status != http.StatusOK {
				t.Errorf("%d %s", a.status, a.body)
				return
			}
			got[parse(t, a)["refresh_token"]]++
		})
	}
	all.Wait()
	if len(got) != 1 {
		t.Fatalf("%d different refresh tokens", len(got))
	}
	at, _ := w.claimsOf(first["access_token"])
	if err := w.Store.View(t.Context(), func(tx storage.Tx) error {
		g, err := tx.Grants().Get(t.Context(), at["gid"].(string))
		if g.Generation != 2 {
			t.Errorf("generation %d", g.Generation)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for token := range got {
		w.refresh("portal", token)
	}
}

func TestClientAuthentication(t *testing.T) { onEveryStore(t, testClientAuthentication) }

func testClientAuthentication(t *testing.T, w *world) {
	b := w.browser()
	b.code("portal")
	// A refresh token that is nonsense is looked at only after the client was
	// authenticated.
	form := refreshing("nonsense")
	try := func(prepare func(*http.Request, url.Values)) answer {
		t.Helper()
		body := copied(form)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.Issuer+"/token", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		prepare(req, body)
		text := body.Encode()
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		return w.send(http.DefaultClient, req)
	}
	escaped := url.QueryEscape(clientSecret)
	for name, tc := range map[string]struct {
		prepare func(*http.Request, url.Values)
		want    string
	}{
		"basic":                 {func(r *http.Request, _ url.Values) { r.SetBasicAuth("portal", escaped) }, "invalid_grant"},
		"basic, id in the body": {func(r *http.Request, f url.Values) { r.SetBasicAuth("portal", escaped); f.Set("client_id", "portal") }, "invalid_grant"},
		"the old secret":        {func(r *http.Request, _ url.Values) { r.SetBasicAuth("portal", "old+secret") }, "invalid_grant"},
		"post":                  {func(_ *http.Request, f url.Values) { f.Set("client_id", "post"); f.Set("client_secret", clientSecret) }, "invalid_grant"},
		"none":                  {func(_ *http.Request, f url.Values) { f.Set("client_id", "spa") }, "invalid_grant"},
		"nothing":               {func(*http.Request, url.Values) {}, "invalid_client"},
		"wrong secret":          {func(r *http.Request, _ url.Values) { r.SetBasicAuth("portal", "x") }, "invalid_client"},
		"empty secret":          {func(r *http.Request, _ url.Values) { r.SetBasicAuth("portal", "") }, "invalid_client"},
		"unknown client":        {func(r *http.Request, _ url.Values) { r.SetBasicAuth("nobody", escaped) }, "invalid_client"},
		"not base64":            {func(r *http.Request, _ url.Values) { r.Header.Set("Authorization", "Basic !!") }, "invalid_client"},
		"bad escape":            {func(r *http.Request, _ url.Values) { r.SetBasicAuth("portal", "%zz") }, "invalid_client"},
		"another scheme":        {func(r *http.Request, _ url.Values) { r.Header.Set("Authorization", "Bearer abc") }, "invalid_client"},
		"basic instead of post": {func(r *http.Request, _ url.Values) { r.SetBasicAuth("post", escaped) }, "invalid_client"},
		"post instead of basic": {func(_ *http.Request, f url.Values) {
			f.Set("client_id", "portal")
			f.Set("client_secret", clientSecret)
		}, "invalid_client"},
		"none instead of basic": {func(_ *http.Request, f url.Values) { f.Set("client_id", "portal") }, "invalid_client"},
		"a secret of a public":  {func(_ *http.Request, f url.Values) { f.Set("client_id", "spa"); f.Set("client_secret", "x") }, "invalid_client"},
		"basic and post": {func(r *http.Request, f url.Values) {
			r.SetBasicAuth("portal", escaped)
			f.Set("client_secret", clientSecret)
		}, "invalid_request"},
		"two clients": {func(r *http.Request, f url.Values) { r.SetBasicAuth("portal", escaped); f.Set("client_id", "post") }, "invalid_request"},
		"two headers": {func(r *http.Request, _ url.Values) {
			r.SetBasicAuth("portal", escaped)
			r.Header.Add("Authorization", "Basic x")
		}, "invalid_request"},
		"an assertion":            {func(_ *http.Request, f url.Values) { f.Set("client_id", "portal"); f.Set("client_assertion", "x") }, "invalid_client"},
		"secret in the query too": {func(r *http.Request, _ url.Values) { r.URL.RawQuery = "client_id=post&client_secret=" + escaped }, "invalid_client"},
	} {
		a := try(tc.prepare)
		out := parse(t, a)
		status := http.StatusBadRequest
		if tc.want == "invalid_client" {
			status = http.StatusUnauthorized
			if !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic ") {
				t.Errorf("%s: no challenge", name)
			}
		}
		if a.status != status || out["error"] != tc.want {
			t.Errorf("%s: %d %v, want %s", name, a.status, out, tc.want)
		}
	}
	w.clock.add(time.Hour)
	if a := try(func(r *http.Request, _ url.Values) { r.SetBasicAuth("portal", "old+secret") }); a.status != http.StatusUnauthorized {
		t.Errorf("the old secret after its time: %d %s", a.status, a.body)
	}
}
