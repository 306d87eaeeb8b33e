package oidc_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
)

// own goes to the page of ours, through whatever it asks for, and returns what it
// asked for and the page.
func (b *browser) own() (steps []string, page answer) {
	b.w.t.Helper()
	a := b.get("/own")
	for range 12 {
		if a.status == http.StatusOK {
			return steps, a
		}
		to := a.location(b.w.t).Path
		if step := to[strings.LastIndex(to, "/")+1:]; step == "sign-in" || step == "second-factor" {
			steps = append(steps, step)
			a = b.do(http.MethodPost, to, url.Values{})
			continue
		}
		a = b.get(to)
	}
	b.w.t.Fatal("round and round")
	return nil, a
}

// TestWhoAuthenticatesAnewStaysSignedIn: a page of ours that wants to know who it is
// asks, leads back, and no application hears of it.
func TestWhoAuthenticatesAnewStaysSignedIn(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		b := w.browser()
		set := b.tokens("portal", "scope", "openid offline_access")
		id, _ := w.claimsOf(set["id_token"])
		sid := id["sid"].(string)
		if steps, _ := b.own(); len(steps) != 0 {
			t.Errorf("a fresh sign-in is asked for %v", steps)
		}
		before, err := w.Sessions.Alive(t.Context(), sid)
		if err != nil {
			t.Fatal(err)
		}
		w.clock.add(10*time.Minute + time.Second)
		root, _ := url.Parse(w.Issuer)
		old := b.client.Jar.Cookies(root)

		steps, page := b.own()
		if strings.Join(steps, " ") != "sign-in" || !strings.Contains(page.body, w.person.ID) {
			t.Errorf("after ten minutes: %v %s", steps, page.body)
		}
		after, err := w.Sessions.Alive(t.Context(), sid)
		if err != nil {
			t.Fatalf("the session of the applications is over: %v", err)
		}
		if !after.AuthTime.Equal(w.clock.now().Truncate(time.Second)) || !after.AbsoluteDeadline.Equal(before.AbsoluteDeadline) {
			t.Errorf("authenticated %s, until %s; before until %s", after.AuthTime, after.AbsoluteDeadline, before.AbsoluteDeadline)
		}
		if w.count("session.ended") != 0 || w.count("session.renewed") != 1 {
			t.Errorf("%d sessions ended, %d renewed", w.count("session.ended"), w.count("session.renewed"))
		}
		w.refresh("portal", set["refresh_token"])
		now, _ := w.claimsOf(b.tokens("portal", "prompt", "none")["id_token"])
		if now["sid"] != sid {
			t.Errorf("another session: %v", now["sid"])
		}
		for _, c := range old {
			if strings.HasSuffix(c.Name, "session") {
				if _, err := w.Sessions.Resolve(t.Context(), c.Value); err == nil {
					t.Error("ASVS 7.2.4: the cookie of before works")
				}
			}
		}

		// A second factor that was set up meanwhile is asked for, with the session's
		// password as the first.
		w.has = flow.Bound{TOTP: true}
		if steps, _ := b.own(); strings.Join(steps, " ") != "second-factor" {
			t.Errorf("with a second factor: %v", steps)
		}
		raised, err := w.Sessions.Alive(t.Context(), sid)
		if err != nil || raised.ACR != flow.ACRMFA {
			t.Errorf("acr %q, %v", raised.ACR, err)
		}
	})
}

// TestOwnSignIn: who is not signed in gets a session, and the page.
func TestOwnSignIn(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		b := w.browser()
		if steps, page := b.own(); strings.Join(steps, " ") != "sign-in" || !strings.Contains(page.body, w.person.ID) {
			t.Errorf("%v %s", steps, page.body)
		}
		if w.count("session.created") != 1 || w.count("grant.created") != 0 {
			t.Error("not one session and no grant")
		}
		// Who does not want to goes to what needs no proof.
		w.clock.add(11 * time.Minute)
		resume := b.get("/own").location(t).Path
		page := b.get(resume).location(t).Path
		in, err := w.Interactions.Load(t.Context(), strings.Split(page, "/")[2], b.secret())
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Interactions.RecordRefusal(t.Context(), &in); err != nil {
			t.Fatal(err)
		}
		if to := b.get(resume).location(t).Path; to != "/account" {
			t.Errorf("who said no goes to %s", to)
		}

		// Policy asks for more by now, of the account too.
		w.Strictest, w.has = flow.ACRMFA, flow.Bound{TOTP: true, Required: flow.ACRMFA}
		resume = b.get("/own").location(t).Path
		if in, err = w.Interactions.Load(t.Context(), strings.Split(resume, "/")[2], b.secret()); err != nil {
			t.Fatal(err)
		}
		if err := w.Interactions.RecordRefusal(t.Context(), &in); err != nil {
			t.Fatal(err)
		}
		if to := b.get(resume).location(t).Path; to != "/" {
			t.Errorf("who said no to what the account asks for, too, goes to %s", to)
		}
	})
}

// secret is the cookie that binds interactions to the browser.
func (b *browser) secret() string {
	root, _ := url.Parse(b.w.Issuer)
	for _, c := range b.client.Jar.Cookies(root) {
		if strings.HasSuffix(c.Name, "browser") {
			return c.Value
		}
	}
	return ""
}
