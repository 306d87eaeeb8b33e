package oidc_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/session"
)

func TestCodeFlow(t *testing.T) { onEveryStore(t, testCodeFlow) }

func testCodeFlow(t *testing.T, w *world) {
	b := w.browser()
	first := b.get(ask("portal"))
	if first.status != http.StatusSeeOther || !strings.HasSuffix(first.location(t).Path, "/sign-in") {
		t.Fatalf("who is not signed in gets %d %s", first.status, first.header)
	}
	w.clock.add(2500 * time.Millisecond)
	back := b.follow(first)
	q := back.Query()
	if q.Get("state") != "st-portal" || q.Get("iss") != w.Issuer || len(q.Get("code")) != 70 || len(q) != 3 || !strings.HasPrefix(back.String(), callback+"?") {
		t.Errorf("came back to %s", back)
	}
	w.clock.add(time.Second)
	status, out, header := w.redeem("portal", exchange(q.Get("code")))
	if status != http.StatusOK || header.Get("Cache-Control") != "no-store" || header.Get("Content-Type") != "application/json" {
		t.Fatalf("%d %v %v", status, out, header)
	}
	if out["token_type"] != "Bearer" || out["expires_in"] != 300.0 || out["scope"] != "openid profile" || out["refresh_token"] == "" {
		t.Errorf("answer %v", out)
	}
	now := w.clock.now()
	signedIn := now.Add(-time.Second).Truncate(time.Second)
	id, head := w.claimsOf(out["id_token"])
	if head["alg"] != "ES256" || head["kid"] == "" {
		t.Errorf("header of the ID token: %v", head)
	}
	sid := id["sid"]
	access := out["access_token"].(string)
	want := map[string]any{
		"iss": w.Issuer, "sub": w.person.Subject, "aud": "portal", "exp": float64(now.Unix() + 300), "iat": float64(now.Unix()),
		"auth_time": float64(signedIn.Unix()), "nonce": "n-0", "acr": flow.ACRPassword, "amr": []any{"pwd"}, "sid": sid, "jti": id["jti"],
		"at_hash": base64.RawURLEncoding.EncodeToString(hash(access)[:16]),
	}
	if diff := cmp.Diff(want, id); diff != "" {
		t.Errorf("ID token: %s", diff)
	}
	at, head := w.claimsOf(access)
	if head["typ"] != "at+jwt" {
		t.Errorf("header of the access token: %v", head)
	}
	want = map[string]any{
		"iss": w.Issuer, "sub": w.person.Subject, "aud": []any{"portal", w.Issuer}, "exp": float64(now.Unix() + 300), "iat": float64(now.Unix()),
		"auth_time": float64(signedIn.Unix()), "acr": flow.ACRPassword, "amr": []any{"pwd"}, "sid": sid, "jti": at["jti"], "gid": at["gid"],
		"client_id": "portal", "scope": "openid profile",
	}
	if diff := cmp.Diff(want, at); diff != "" {
		t.Errorf("access token: %s", diff)
	}
	if got := w.events(); !slices.Equal(got, []string{"session.created", "grant.created"}) {
		t.Errorf("events %v", got)
	}
	// Who is signed in is not asked again.
	if got := b.get(ask("post")).location(t); got.Host != "rp.example" || got.Query().Get("code") == "" {
		t.Errorf("with a session: %s", got)
	}
}

func TestTemporaryPasswordLeadsOnlyToAPersonalOne(t *testing.T) {
	onEveryStore(t, testTemporaryPasswordLeadsOnlyToAPersonalOne)
}

func testTemporaryPasswordLeadsOnlyToAPersonalOne(t *testing.T, w *world) {
	b := w.browser()
	page := b.get(ask("portal")).location(t).String()
	resume := b.do(http.MethodPost, page, url.Values{"temporary": {"1"}}).location(t).String()
	for range 2 {
		if got := b.get(resume).location(t).Path; !strings.HasSuffix(got, "/choose-password") {
			t.Fatalf("went on to %s", got)
		}
	}
	// Asking again from the start does not help either.
	if got := b.get(ask("portal")).location(t).Path; !strings.HasSuffix(got, "/sign-in") {
		t.Errorf("a new request went on to %s", got)
	}
	if b.get(ask("portal", "prompt", "none")).location(t).Query().Get("error") != "login_required" {
		t.Error("there is a session")
	}
	b.do(http.MethodPost, resume+"/choose-password", url.Values{})
	if b.get(resume).location(t).Query().Get("code") == "" {
		t.Error("no code after choosing")
	}
}

func TestCodeIsSpentOnce(t *testing.T) { onEveryStore(t, testCodeIsSpentOnce) }

func testCodeIsSpentOnce(t *testing.T, w *world) {
	b := w.browser()
	code := b.code("portal")
	_, out, _ := w.redeem("portal", exchange(code))
	w.clock.add(30 * time.Second)
	if status, again, _ := w.redeem("portal", exchange(code)); status != http.StatusBadRequest || again["error"] != "invalid_grant" {
		t.Errorf("second redemption: %d %v", status, again)
	}
	if a := w.userinfo(out["access_token"]); a.status != http.StatusUnauthorized {
		t.Errorf("the access token of a code that was used twice: %d %s", a.status, a.body)
	}
	if status, again, _ := w.redeem("portal", refreshing(out["refresh_token"].(string))); status != http.StatusBadRequest || again["error"] != "invalid_grant" {
		t.Errorf("its refresh token: %d %v", status, again)
	}
	if w.count("grant.code_reused") != 1 || w.count("grant.ended") != 1 || w.count("token.denied") != 2 {
		t.Errorf("events %v", w.events())
	}
}

func TestCodeIsRefused(t *testing.T) { onEveryStore(t, testCodeIsRefused) }

func testCodeIsRefused(t *testing.T, w *world) {
	b := w.browser()
	b.code("portal")
	for name, tc := range map[string]struct {
		clientID string
		change   []string
		wait     time.Duration
		want     string
	}{
		"wrong verifier":       {"portal", []string{"code_verifier", strings.Repeat("x", 43)}, 0, "invalid_grant"},
		"no verifier":          {"portal", []string{"code_verifier", ""}, 0, "invalid_grant"},
		"short verifier":       {"portal", []string{"code_verifier", "x"}, 0, "invalid_grant"},
		"another redirect URI": {"portal", []string{"redirect_uri", callback + "?tenant=a"}, 0, "invalid_grant"},
		"no redirect URI":      {"portal", []string{"redirect_uri", ""}, 0, "invalid_grant"},
		"another client":       {"post", nil, 0, "invalid_grant"},
		"too late":             {"portal", nil, time.Minute, "invalid_grant"},
	} {
		code := b.code("portal")
		w.clock.add(tc.wait)
		status, out, _ := w.redeem(tc.clientID, exchange(code, tc.change...))
		if status != http.StatusBadRequest || out["error"] != tc.want {
			t.Errorf("%s: %d %v", name, status, out)
		}
		// It is burnt: the right request comes too late.
		if status, out, _ := w.redeem("portal", exchange(code)); status != http.StatusBadRequest || out["error"] != "invalid_grant" {
			t.Errorf("%s, then right: %d %v", name, status, out)
		}
	}
}

func TestPKCE(t *testing.T) { onEveryStore(t, testPKCE) }

func testPKCE(t *testing.T, w *world) {
	b := w.browser()
	b.code("portal")
	failure := func(change ...string) string {
		return b.get(ask(change[0], change[1:]...)).location(t).Query().Get("error")
	}
	for name, change := range map[string][]string{
		"no challenge":        {"portal", "code_challenge", "", "code_challenge_method", ""},
		"plain":               {"portal", "code_challenge_method", "plain"},
		"no method":           {"portal", "code_challenge_method", ""},
		"unknown method":      {"portal", "code_challenge_method", "S512"},
		"not a challenge":     {"portal", "code_challenge", "short"},
		"no hash":             {"portal", "code_challenge", strings.Repeat("=", 43)},
		"public, none":        {"spa", "code_challenge", "", "code_challenge_method", ""},
		"exempt, but plain":   {"legacy", "code_challenge_method", "plain"},
		"method alone":        {"legacy", "code_challenge", ""},
		"before the sign-in":  {"portal", "code_challenge", "", "prompt", "login"},
		"exempt, bad content": {"legacy", "code_challenge", "short"},
	} {
		if got := failure(change...); got != "invalid_request" {
			t.Errorf("%s: %q", name, got)
		}
	}
	// A client that is exempted may go without, but not half-way (RFC 9700
	// section 4.8.2).
	without := []string{"code_challenge", "", "code_challenge_method", ""}
	if status, out, _ := w.redeem("legacy", exchange(b.code("legacy", without...), "code_verifier", "")); status != http.StatusOK || out["refresh_token"] != nil {
		t.Errorf("exempted: %d %v", status, out)
	}
	if status, out, _ := w.redeem("legacy", exchange(b.code("legacy", without...))); status != http.StatusBadRequest || out["error"] != "invalid_grant" {
		t.Errorf("verifier without a challenge: %d %v", status, out)
	}
	if status, out, _ := w.redeem("legacy", exchange(b.code("legacy"), "code_verifier", "")); status != http.StatusBadRequest || out["error"] != "invalid_grant" {
		t.Errorf("challenge without a verifier: %d %v", status, out)
	}
}

func TestOneCodeRedeemedByMany(t *testing.T) { onEveryStore(t, testOneCodeRedeemedByMany) }

func testOneCodeRedeemedByMany(t *testing.T, w *world) {
	code := w.browser().code("portal")
	const n = 100
	var (
		all  sync.WaitGroup
		mu   sync.Mutex
		good []map[string]any
	)
	for range n {
		all.Go(func() {
			a := w.post("/token", "portal", exchange(code))
			mu.Lock()
			defer mu.Unlock()
			switch out := parse(t, a); {
			case a.status == http.StatusOK:
				good = append(good, out)
			case a.status != http.StatusBadRequest || out["error"] != "invalid_grant":
				t.Errorf("%d %v", a.status, out)
			}
		})
	}
	all.Wait()
	// One is answered; the others, wherever they came in between, end the grant.
	if len(good) != 1 {
		t.Fatalf("%d of %d got tokens", len(good), n)
	}
	for _, out := range good {
		if status, again, _ := w.redeem("portal", refreshing(out["refresh_token"].(string))); status != http.StatusBadRequest || again["error"] != "invalid_grant" {
			t.Errorf("the grant lives: %d %v", status, again)
		}
		if a := w.userinfo(out["access_token"]); a.status != http.StatusUnauthorized {
			t.Errorf("its access token works: %d", a.status)
		}
	}
}

func TestWhoSignedOutGetsNoTokensForACode(t *testing.T) {
	onEveryStore(t, testWhoSignedOutGetsNoTokensForACode)
}

func testWhoSignedOutGetsNoTokensForACode(t *testing.T, w *world) {
	b := w.browser()
	before, after := b.code("portal"), b.code("portal")
	if status, out, _ := w.redeem("portal", exchange(before)); status != http.StatusOK {
		t.Fatalf("while signed in: %d %v", status, out)
	}
	id, _, _ := strings.Cut(after, ".")
	if err := w.Sessions.End(t.Context(), id, session.ReasonLogout); err != nil {
		t.Fatal(err)
	}
	if status, out, _ := w.redeem("portal", exchange(after)); status != http.StatusBadRequest || out["error"] != "invalid_grant" {
		t.Errorf("after the session ended: %d %v", status, out)
	}
}
