package oidc_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// described is the error_description of a refresh that is refused.
func (w *world) described(clientID string, token any, change ...string) string {
	w.t.Helper()
	text, _ := token.(string)
	status, out, _ := w.redeem(clientID, refreshing(text, change...))
	if status != http.StatusBadRequest || out["error"] != "invalid_grant" {
		w.t.Errorf("refresh: %d %v, want invalid_grant", status, out)
	}
	said, _ := out["error_description"].(string)
	return said
}

// TestApplicationsLearnWhyASessionEnded: a refresh that is refused, a question after
// the session and the ledger say the same word.
func TestApplicationsLearnWhyASessionEnded(t *testing.T) {
	onEveryStore(t, testApplicationsLearnWhyASessionEnded)
}

func testApplicationsLearnWhyASessionEnded(t *testing.T, w *world) {
	l := newListener(t)
	told := l.client("told")
	told.AuthMethod, told.Secrets = "client_secret_basic", []storage.ClientSecret{{SHA256: hash(clientSecret)}}
	register(t, w, told)
	for reason, want := range map[session.Reason]string{
		session.ReasonLogout: "logout", session.ReasonOperator: "operator", session.ReasonPasswordChanged: "password_changed",
		session.ReasonPasswordReset: "password_reset", session.ReasonConcurrent: "concurrent_limit", session.ReasonRoles: "roles_changed",
		// What is known of a stolen password, of an employment and of a help desk's
		// work stays here.
		session.ReasonCompromised: "password_must_change", session.ReasonSuspended: "account_inactive",
		session.ReasonClosed: "account_inactive", session.ReasonFactorReset: "factor_changed",
	} {
		w.clock.add(time.Second) // the newest line is first
		out := w.browser().tokens("told")
		id, _ := w.claimsOf(out["id_token"])
		sid, _ := id["sid"].(string)
		if err := w.Sessions.End(t.Context(), sid, reason); err != nil {
			t.Fatal(err)
		}
		if said := w.described("told", out["refresh_token"]); !strings.HasSuffix(said, " ("+want+").") {
			t.Errorf("%s: the refresh says %q", reason, said)
		}
		if a := w.left(out["access_token"]); a.status != http.StatusUnauthorized || !strings.Contains(a.header.Get("WWW-Authenticate"), " ("+want+").") {
			t.Errorf("%s: of the session it is said %d %q", reason, a.status, a.header.Get("WWW-Authenticate"))
		}
		a := w.bearer("GET", "/logouts?limit=1", "Basic "+base64.StdEncoding.EncodeToString([]byte("told:"+url.QueryEscape(clientSecret))), nil)
		if lines, _ := parse(t, a)["logouts"].([]any); len(lines) != 1 || lines[0].(map[string]any)["reason"] != want || lines[0].(map[string]any)["sid"] != sid {
			t.Errorf("%s: the ledger says %s", reason, a.body)
		}
	}
}

// TestApplicationsLearnOfLimits: also between a limit and the reaper.
func TestApplicationsLearnOfLimits(t *testing.T) { onEveryStore(t, testApplicationsLearnOfLimits) }

func testApplicationsLearnOfLimits(t *testing.T, w *world) {
	out := w.browser().tokens("portal")
	w.clock.add(14 * time.Minute)
	out = w.refresh("portal", out["refresh_token"])
	w.clock.add(time.Minute)
	for _, when := range []string{"before the reaper", "after it"} {
		if said := w.described("portal", out["refresh_token"]); said != "The session has ended (idle)." {
			t.Errorf("%s: %q", when, said)
		}
		if a := w.report(out["access_token"]); a.status != http.StatusUnauthorized || !strings.Contains(a.header.Get("WWW-Authenticate"), "(idle)") {
			t.Errorf("%s: %d %q", when, a.status, a.header.Get("WWW-Authenticate"))
		}
		if _, err := w.Sessions.Reap(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNobodyElseLearnsWhy: who has no token of the session, or not the key that it is
// bound to, reads what they read before.
func TestNobodyElseLearnsWhy(t *testing.T) { onEveryStore(t, testNobodyElseLearnsWhy) }

func testNobodyElseLearnsWhy(t *testing.T, w *world) {
	out := w.browser().tokens("portal")
	id, _ := w.claimsOf(out["id_token"])
	if err := w.Sessions.End(t.Context(), id["sid"].(string), session.ReasonOperator); err != nil {
		t.Fatal(err)
	}
	for what, said := range map[string]string{
		"another application": w.described("post", out["refresh_token"]),
		"a guess":             w.described("portal", "x"),
		"another issuer": w.left(w.sign("at+jwt", map[string]any{
			"iss": "https://evil.example", "sid": id["sid"], "exp": w.clock.now().Add(time.Hour).Unix(), "aud": []string{w.Issuer},
		})).header.Get("WWW-Authenticate"),
		"an ID token": w.left(out["id_token"]).header.Get("WWW-Authenticate"),
	} {
		if strings.Contains(said, "operator") {
			t.Errorf("%s reads %q", what, said)
		}
	}
	// A token that its application gave back says nothing of a session.
	given := w.browser().tokens("portal")
	if a := w.post("/revoke", "portal", url.Values{"token": {given["access_token"].(string)}}); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a := w.left(given["access_token"]); a.status != http.StatusUnauthorized || strings.Contains(a.header.Get("WWW-Authenticate"), "(") {
		t.Errorf("%d %q", a.status, a.header.Get("WWW-Authenticate"))
	}
}

// TestWordsOfEndsAreDocumented: each reason has a word, and each word stands in the
// contract.
func TestWordsOfEndsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/sessions.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range session.Reasons() {
		word := oidc.WordFor(string(reason))
		if reason == session.ReasonNotStarted {
			if word != "" {
				t.Errorf("%s: no application took part, and yet %q", reason, word)
			}
			continue
		}
		if word == "" || !strings.Contains(string(text), "| `"+word+"`") && !strings.Contains(string(text), ", `"+word+"`") {
			t.Errorf("%s is told as %q, which docs/sessions.md does not know", reason, word)
		}
	}
	if word := oidc.WordFor("made_up"); word != "" {
		t.Errorf("what nobody has decided about is told as %q", word)
	}
}
