package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/claviger-id/claviger/storage/teststores"
)

// TestRedisNodes runs the server on Redis as it runs where it must not fail: a
// primary that sentinels watch, and a cluster, both by TLS and as the user of
// docs/redis.md. People sign in, their applications refresh, who goes away is signed
// out and the application hears of it. Then the primary dies; nobody does anything,
// and it all goes on.
func TestRedisNodes(t *testing.T) {
	t.Parallel()
	t.Run("sentinels", func(t *testing.T) {
		t.Parallel()
		s := teststores.NewSentinels(t, true)
		testRedisNodes(t, s.URL, s.CAFile, s.Primary)
	})
	t.Run("cluster", func(t *testing.T) {
		t.Parallel()
		c := teststores.NewCluster(t, true)
		testRedisNodes(t, c.URL, c.CAFile, c.Nodes[0])
	})
}

func testRedisNodes(t *testing.T, address, authorities string, primary *teststores.RedisServer) {
	file := filepath.Join(t.TempDir(), "redis.url")
	if err := os.WriteFile(file, []byte(address+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	in := newInstallation(t, "postgres+redis", map[string]string{
		"data.redis_url_file": quote(file), "data.redis_ca_file": quote(authorities),
		"session.idle": quote("30m"), "session.shared_idle": quote("5s"), "outbound.allow": `["127.0.0.1"]`,
	})
	people := in.enroll(3)
	app := &told{}
	listener := httptest.NewServer(app)
	t.Cleanup(listener.Close)
	secret := in.register("app", redirectTo, goodbye, "--backchannel-logout-uri", listener.URL+"/logout")
	in.serve()
	provider, err := oidc.NewProvider(t.Context(), in.issuer)
	if err != nil {
		t.Fatal(err)
	}

	// Who stays.
	verifier := oauth2.GenerateVerifier()
	authorize := in.issuer + "/authorize?" + url.Values{
		"client_id": {"app"}, "redirect_uri": {redirectTo}, "response_type": {"code"}, "scope": {"openid profile"}, "state": {"s-0123456789"},
		"code_challenge": {challenge(verifier)}, "code_challenge_method": {"S256"},
	}.Encode()
	redeem := func(code string) string {
		t.Helper()
		status, out := in.token(secret, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirectTo}, "code_verifier": {verifier}})
		if status != http.StatusOK {
			t.Fatalf("the code: %d %+v", status, out)
		}
		return out.Refresh
	}
	stays := newPerson(t, redirectTo, nil)
	kept := redeem(stays.signIn(authorize, people[0].userID, people[0].temporary, personal).Query().Get("code"))
	refreshed := func() bool {
		t.Helper()
		status, out := in.token(secret, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {kept}})
		switch {
		case status == http.StatusOK:
			kept = out.Refresh
		case status != http.StatusServiceUnavailable:
			t.Fatalf("a refresh: %d %+v", status, out)
		}
		return status == http.StatusOK
	}
	if !refreshed() {
		t.Fatal("a refresh was refused while all was well")
	}

	// Who goes away from a shared computer.
	leaves := func(who account) {
		t.Helper()
		p := newPerson(t, redirectTo, nil)
		p.open(authorize)
		p.form.values.Set("shared", "1")
		p.submit(map[string]string{"userid": who.userID, "password": who.temporary})
		back := p.submit(map[string]string{"new-password": personal, "confirm": personal})
		if back == nil {
			t.Fatalf("not signed in, at %s:\n%s", p.page, p.text)
		}
		token := redeem(back.Query().Get("code"))
		sessions := in.sessionsOf(who.userID)
		if len(sessions) != 1 {
			t.Fatalf("%d sessions", len(sessions))
		}
		until(t, "the application has heard", func() bool { return app.sessions(t, provider, "app")[sessions[0]] > 0 })
		if status, out := in.token(secret, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}); out.Error != "invalid_grant" {
			t.Errorf("a refresh of who is signed out: %d %+v", status, out)
		}
	}
	leaves(people[1])

	primary.Kill()
	until(t, "the server calls itself unready", func() bool { return in.ready() != http.StatusOK })
	until(t, "the server is ready again, and works", func() bool { return in.ready() == http.StatusOK && refreshed() })
	leaves(people[2])
	if back := stays.open(authorize); back == nil || !back.Query().Has("code") {
		t.Errorf("who stays is signed out, at %s", stays.page)
	}
	if lives := in.sessionsOf(people[0].userID); len(lives) != 1 || app.sessions(t, provider, "app")[lives[0]] > 0 {
		t.Errorf("who stays has %d sessions, or the application was told otherwise", len(lives))
	}
}
