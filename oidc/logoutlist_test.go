package oidc_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// TestLedgerOfAnApplication: an application reads its own lines, page by page, and
// asks to be told again; nobody else does.
func TestLedgerOfAnApplication(t *testing.T) { onEveryStore(t, testLedgerOfAnApplication) }

func testLedgerOfAnApplication(t *testing.T, w *world) {
	mine, other := newListener(t), newListener(t)
	one := mine.client("mine")
	one.AuthMethod, one.GrantTypes = "client_secret_post", []string{"client_credentials"}
	basic := other.client("basic")
	basic.AuthMethod = "client_secret_basic"
	secrets := []storage.ClientSecret{{SHA256: hash(clientSecret)}}
	one.Secrets, basic.Secrets = secrets, secrets
	register(t, w, one)
	register(t, w, basic)
	register(t, w, newListener(t).client("public"))
	enrol(t, w, "m", "mine", 5)
	enrol(t, w, "b", "basic", 1)
	mine.answer(http.StatusBadRequest)
	if err := w.Logouts.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}

	_, out, _ := w.redeem("mine", alone())
	token, _ := out["access_token"].(string)
	read := func(query string, change func(*http.Request)) answer {
		t.Helper()
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, w.Issuer+"/logouts"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		change(req)
		return w.send(http.DefaultClient, req)
	}
	asMine := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	asBasic := func(r *http.Request) { r.SetBasicAuth("basic", url.QueryEscape(clientSecret)) }

	seen, cursor := map[string]bool{}, ""
	for range 3 {
		a := read("?limit=2&cursor="+url.QueryEscape(cursor), asMine)
		if a.status != http.StatusOK || a.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %s", a.status, a.body)
		}
		page := parse(t, a)
		for _, l := range page["logouts"].([]any) {
			line := l.(map[string]any)
			seen[line["sid"].(string)] = true
			if line["state"] != "refused" || line["last_status"] != 400.0 || line["attempts"] != 1.0 || line["reason"] != "idle" || line["next_at"] != nil {
				t.Errorf("%v", line)
			}
		}
		cursor, _ = page["cursor"].(string)
	}
	if len(seen) != 5 || cursor != "" {
		t.Errorf("saw %v, and then %q", seen, cursor)
	}
	if a := read("", asBasic); a.status != http.StatusOK || len(parse(t, a)["logouts"].([]any)) != 1 {
		t.Errorf("basic: %d %s", a.status, a.body)
	}
	certificate, _ := bankKey.certificate(begun)
	if a := read("?client_id=mesh", func(r *http.Request) { r.Header.Set("Client-Cert", certificate) }); a.status != http.StatusOK {
		t.Errorf("with a certificate: %d %s", a.status, a.body)
	}
	if a := read("?client_id=mesh", func(*http.Request) {}); a.status != http.StatusUnauthorized {
		t.Errorf("without one: %d %s", a.status, a.body)
	}
	if a := read("?state=pending", asMine); len(parse(t, a)["logouts"].([]any)) != 0 {
		t.Errorf("pending: %s", a.body)
	}

	// Who shows nothing, or less than who they are, sees nothing.
	person, _ := w.browser().tokens("portal")["access_token"].(string)
	for name, change := range map[string]func(*http.Request){
		"nobody":       func(*http.Request) {},
		"wrong secret": func(r *http.Request) { r.SetBasicAuth("basic", "wrong") },
		"a person":     func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+person) },
		"no token":     func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") },
		"a public client": func(r *http.Request) {
			r.URL.RawQuery = "client_id=public"
		},
	} {
		if a := read("", change); a.status != http.StatusUnauthorized && a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	for _, query := range []string{"?limit=0", "?limit=201", "?limit=x", "?state=lost", "?cursor=b-0.basic", "?cursor=nothing", "?limit=1&limit=2"} {
		if a := read(query, asMine); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}

	// It is told again when it asks, of its own lines only.
	mine.answer(http.StatusOK)
	if a := w.post("/logouts/b-0.basic/redeliver", "mine", url.Values{}); a.status != http.StatusNotFound || parse(t, a)["error"] != "not_found" {
		t.Errorf("another's: %d %s", a.status, a.body)
	}
	a := w.post("/logouts/m-3.mine/redeliver", "mine", url.Values{})
	if a.status != http.StatusAccepted || parse(t, a)["state"] != "pending" || w.count("logout.ordered") != 1 {
		t.Errorf("%d %s", a.status, a.body)
	}
	heard := len(mine.heard())
	if err := w.Logouts.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if l := ledgerOf(w, "m-3", "mine"); l.State != storage.LogoutDelivered || len(mine.heard()) != heard+1 {
		t.Errorf("%+v, told %d times", l, len(mine.heard())-heard)
	}
}

// TestLedgerOutlivesAccess: what an application is told does not hang on a token or
// a grant that is alive; and of a session that lives, nobody hears.
func TestLedgerOutlivesAccess(t *testing.T) { onEveryStore(t, testLedgerOutlivesAccess) }

func testLedgerOutlivesAccess(t *testing.T, w *world) {
	l := newListener(t)
	register(t, w, l.client("app"))
	ending, living := w.browser(), w.browser()
	out := ending.tokens("app")
	over, _ := w.claimsOf(out["id_token"])
	alive, _ := w.claimsOf(living.tokens("app")["id_token"])
	if a := w.post("/revoke", "app", url.Values{"token": {out["refresh_token"].(string)}}); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if err := w.Sessions.End(t.Context(), over["sid"].(string), session.ReasonIdle); err != nil {
		t.Fatal(err)
	}
	if err := w.Logouts.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	heard := l.heard()
	if len(heard) != 1 {
		t.Fatalf("heard %d times", len(heard))
	}
	if told, _ := w.claimsOf(heard[0]); told["sid"] != over["sid"] || told["sid"] == alive["sid"] {
		t.Errorf("%v", told)
	}
}
