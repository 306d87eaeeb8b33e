package oidc_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// letAct registers an application for acting and lets Ada act there for somebody,
// for an hour.
func (w *world) letAct(principal storage.Person, clients ...string) storage.Delegation {
	w.t.Helper()
	for i, id := range clients {
		w.change(id, func(c *storage.Client) {
			c.Acting, c.UpdatedAt = true, c.UpdatedAt.Add(time.Duration(i+1)*10*time.Second)
		})
	}
	d, err := w.organizations().GrantDelegation(w.t.Context(), access.NewDelegation{
		PrincipalID: principal.ID, DelegateID: w.person.ID, Clients: clients, Purpose: access.PurposePayment, EndsAt: w.clock.now().Add(time.Hour),
	}, anOperator)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// asks says that a request leads to the question for whom to act, after signing in
// where that is needed.
func (b *browser) asks(what, clientID string, change ...string) {
	b.w.t.Helper()
	a := b.get(ask(clientID, change...))
	for range 6 {
		to := a.location(b.w.t)
		switch {
		case strings.HasSuffix(to.Path, "/act-for"):
			return
		case strings.HasSuffix(to.Path, "/sign-in"), strings.HasSuffix(to.Path, "/choose-account"):
			a = b.do(http.MethodPost, to.String(), url.Values{})
		case to.IsAbs():
			b.w.t.Errorf("%s: nobody was asked: %s", what, to)
			return
		default:
			a = b.get(to.String())
		}
	}
	b.w.t.Errorf("%s: round and round", what)
}

func TestActingForSomebody(t *testing.T) { onEveryStore(t, testActingForSomebody) }

func testActingForSomebody(t *testing.T, w *world) {
	bea := w.somebodyElse()
	w.change("portal", func(c *storage.Client) {
		c.Scopes, c.UpdatedAt = append(c.Scopes, "offline_access"), c.UpdatedAt.Add(100*time.Millisecond)
	})
	d := w.letAct(bea, "portal", "discreet")
	by := map[string]any{"id": d.ID, "purpose": "payment", "exp": float64(d.EndsAt.Unix())}

	// Who may act chooses, and nobody is anybody before that.
	b := w.browser()
	b.asks("at a sign-in", "portal")
	b.actsFor = d.ID
	out := b.tokens("portal", "scope", "openid profile email offline_access", "claims", `{"userinfo":{"email":null},"id_token":{"given_name":null,"email":null}}`)
	id, _ := w.claimsOf(out["id_token"])
	at, _ := w.claimsOf(out["access_token"])
	for name, got := range map[string]map[string]any{"ID token": id, "access token": at, "introspection": parse(t, w.post("/introspect", "portal", about(out["access_token"])))} {
		want := map[string]any{"sub": bea.Subject, "act": map[string]any{"sub": w.person.Subject}, "delegation": by}
		if diff := cmp.Diff(want, map[string]any{"sub": got["sub"], "act": got["act"], "delegation": got["delegation"]}); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if id["given_name"] != "Bea" || id["email"] != nil || id["sid"] == nil || at["sid"] != id["sid"] {
		t.Errorf("ID token: %v", id)
	}
	if out["scope"] != "openid profile" {
		t.Errorf("scope: %v", out["scope"])
	}
	info := parse(t, w.userinfo(out["access_token"]))
	want := map[string]any{"sub": bea.Subject, "act": map[string]any{"sub": w.person.Subject}, "delegation": by, "name": "Bea Wren", "given_name": "Bea",
		"family_name": "Wren", "preferred_username": "bwren", "updated_at": info["updated_at"]}
	if diff := cmp.Diff(want, info); diff != "" {
		t.Errorf("userinfo: %s", diff)
	}

	// Remembered for this application in this session, and for no other one.
	if at, _ := w.claimsOf(b.tokens("portal", "prompt", "none")["access_token"]); at["sub"] != bea.Subject {
		t.Errorf("prompt=none after the choice: %v", at)
	}
	if back := b.get(ask("discreet", "prompt", "none")).location(t); back.Query().Get("error") != "account_selection_required" {
		t.Errorf("prompt=none before the choice: %s", back)
	}
	b.asks("another application", "discreet")
	b.asks("when asked to choose anew", "portal", "prompt", "select_account")
	// An application that is not registered for acting knows nothing of it.
	if at, _ := w.claimsOf(b.tokens("post")["access_token"]); at["sub"] != w.person.Subject || at["act"] != nil || at["delegation"] != nil {
		t.Errorf("an application that is not registered: %v", at)
	}
	// Pairwise subjects for both.
	at, _ = w.claimsOf(b.tokens("discreet")["access_token"])
	c, _ := w.Clients.Get("discreet")
	if act, _ := at["act"].(map[string]any); at["sub"] != w.Subjects.Of(c, bea.Subject) || act["sub"] != w.Subjects.Of(c, w.person.Subject) {
		t.Errorf("pairwise: %v", at)
	}
	// The hint of such a token is met by the same choice, and by no other one.
	hint, _ := out["id_token"].(string)
	if back := b.get(ask("portal", "prompt", "none", "id_token_hint", hint)).location(t); back.Query().Get("code") == "" {
		t.Errorf("a hint that is met: %s", back)
	}
	b.actsFor = "self"
	if at, _ := w.claimsOf(b.tokens("portal", "prompt", "select_account")["access_token"]); at["sub"] != w.person.Subject || at["act"] != nil {
		t.Errorf("as oneself: %v", at)
	}
	if back := b.get(ask("portal", "prompt", "none", "id_token_hint", hint)).location(t); back.Query().Get("error") != "login_required" {
		t.Errorf("a hint that is not met: %s", back)
	}
	if back := b.follow(b.get(ask("portal", "prompt", "none"))); back.Query().Get("code") == "" {
		t.Errorf("prompt=none as oneself: %s", back)
	}

	// Whoever wants to choose again does so without the application's help.
	session, err := w.Sessions.Resolve(t.Context(), b.cookie("/", "claviger-session"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Delegations.Forget(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	if back := b.get(ask("portal", "prompt", "none")).location(t); back.Query().Get("error") != "account_selection_required" {
		t.Errorf("prompt=none after forgetting: %s", back)
	}
	// Signing out goes by the session, whoever the hint is about.
	if to := b.get("/end-session?id_token_hint=" + url.QueryEscape(hint)).location(t); to.Path != "/signed-out" {
		t.Errorf("signing out: %s", to)
	}
	if back := b.get(ask("portal", "prompt", "none")).location(t); back.Query().Get("error") != "login_required" {
		t.Errorf("after signing out: %s", back)
	}

	// Every act names both.
	for kind, n := range map[string]int{"delegation.granted": 1, "delegation.used": 3} {
		if got := w.count(kind); got != n {
			t.Errorf("%s: %d, want %d", kind, got, n)
		}
	}
	for _, e := range w.records("userinfo.read", "delegation.used") {
		if !strings.Contains(e, `"subject":"`+bea.ID+`"`) || !strings.Contains(e, `"delegate":"`+w.person.ID+`"`) {
			t.Error(e)
		}
	}
	acted := 0
	for _, e := range w.records("grant.created") {
		if strings.Contains(e, `"principal":"`+bea.ID+`"`) && strings.Contains(e, `"subject":"`+w.person.ID+`"`) {
			acted++
		}
	}
	if acted != 3 {
		t.Errorf("%d grants say for whom", acted)
	}
}

// durably runs a change in a transaction.
func (w *world) durably(fn func(ctx context.Context, tx storage.Tx) error) {
	w.t.Helper()
	if err := w.Store.Tx(w.t.Context(), func(tx storage.Tx) error { return fn(w.t.Context(), tx) }); err != nil {
		w.t.Fatal(err)
	}
}

// records returns the audit events of some kinds, whole.
func (w *world) records(kinds ...string) []string {
	w.t.Helper()
	var found []string
	if err := w.Store.View(w.t.Context(), func(tx storage.Tx) error {
		all, err := tx.Audit().Pending(w.t.Context(), 10_000)
		for _, e := range all {
			for _, k := range kinds {
				if e.Kind == k {
					found = append(found, string(e.Body))
				}
			}
		}
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return found
}

func TestActingEnds(t *testing.T) { onEveryStore(t, testActingEnds) }

func testActingEnds(t *testing.T, w *world) {
	var mu sync.Mutex
	var told []string
	rp := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, r.PostFormValue("logout_token"))
	}))
	t.Cleanup(rp.Close)
	bea := w.somebodyElse()
	w.change("portal", func(c *storage.Client) {
		c.BackchannelLogoutURI, c.UpdatedAt = rp.URL, c.UpdatedAt.Add(time.Millisecond)
	})
	d := w.letAct(bea, "portal")
	b := w.browser()
	b.actsFor = d.ID
	out, mine := b.tokens("portal"), b.tokens("post")
	late := b.code("portal")
	s := w.organizations()
	if err := s.EndDelegation(t.Context(), d.ID, audit.Actor{Type: "person", ID: bea.ID}); err != nil {
		t.Fatal(err)
	}
	if a := w.userinfo(out["access_token"]); a.status != http.StatusUnauthorized {
		t.Errorf("userinfo: %d %s", a.status, a.body)
	}
	for _, name := range []string{"access_token", "refresh_token"} {
		if got := parse(t, w.post("/introspect", "portal", about(out[name]))); got["active"] != false {
			t.Errorf("introspection of the %s: %v", name, got)
		}
	}
	w.refused("refresh", "portal", out["refresh_token"], "invalid_grant")
	if status, got, _ := w.redeem("portal", exchange(late)); status != http.StatusBadRequest || got["error"] != "invalid_grant" {
		t.Errorf("a code of before: %d %v", status, got)
	}
	// What the delegate has as themselves goes on.
	if a := w.userinfo(mine["access_token"]); a.status != http.StatusOK {
		t.Errorf("their own: %d %s", a.status, a.body)
	}
	// The application hears of the end of its part, by the session alone.
	if err := w.Logouts.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	if len(told) != 1 {
		t.Fatalf("%d logout tokens", len(told))
	}
	got, _ := w.claimsOf(told[0])
	mu.Unlock()
	at, _ := w.claimsOf(out["access_token"])
	if got["sid"] != at["sid"] || got["sub"] != nil {
		t.Errorf("logout token: %v", got)
	}
	// Nobody becomes themselves unawares.
	if back := b.get(ask("portal", "prompt", "none")).location(t); back.Query().Get("error") != "account_selection_required" {
		t.Errorf("prompt=none afterwards: %s", back)
	}
	b.asks("afterwards", "portal")
	if e := w.records("delegation.ended"); len(e) != 1 || !strings.Contains(e[0], `"reason":"withdrawn"`) || !strings.Contains(e[0], `"id":"`+bea.ID+`"`) {
		t.Errorf("%v", e)
	}
}

func TestActingToTheSecond(t *testing.T) { onEveryStore(t, testActingToTheSecond) }

func testActingToTheSecond(t *testing.T, w *world) {
	bea := w.somebodyElse()
	d := w.letAct(bea, "portal")
	w.clock.add(time.Hour - 3*time.Minute)
	b := w.browser()
	b.actsFor = d.ID
	out := b.tokens("portal")
	if out["expires_in"] != float64(180) {
		t.Errorf("expires_in: %v", out["expires_in"])
	}
	for _, name := range []string{"access_token", "id_token"} {
		if told, _ := w.claimsOf(out[name]); told["exp"] != float64(d.EndsAt.Unix()) {
			t.Errorf("the %s outlives the delegation: %v", name, told["exp"])
		}
	}
	w.clock.add(3*time.Minute - time.Second)
	if a := w.userinfo(out["access_token"]); a.status != http.StatusOK {
		t.Errorf("userinfo a second before: %d %s", a.status, a.body)
	}
	status, again, _ := w.redeem("portal", refreshing(out["refresh_token"].(string)))
	if told, _ := w.claimsOf(again["access_token"]); status != http.StatusOK || told["exp"] != float64(d.EndsAt.Unix()) || told["sub"] != bea.Subject {
		t.Errorf("refresh a second before: %d %v", status, again)
	}
	w.clock.add(2 * time.Second)
	if a := w.userinfo(again["access_token"]); a.status != http.StatusUnauthorized {
		t.Errorf("userinfo a second after: %d %s", a.status, a.body)
	}
	w.refused("refresh a second after", "portal", again["refresh_token"], "invalid_grant")
	b.asks("a second after", "portal")
	if err := w.organizations().Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e := w.records("delegation.ended"); len(e) != 1 || !strings.Contains(e[0], `"reason":"expired"`) {
		t.Errorf("%v", e)
	}
}

func TestActingIsRefused(t *testing.T) { onEveryStore(t, testActingIsRefused) }

// testActingIsRefused has everything change under a grant that its delegation rests
// on, one at a time.
func testActingIsRefused(t *testing.T, w *world) {
	bea := w.somebodyElse()
	d := w.letAct(bea, "portal", "post")
	state := func(who storage.Person, to storage.PersonState) func() {
		return func() {
			w.durably(func(ctx context.Context, tx storage.Tx) error {
				now, err := tx.People().Get(ctx, who.ID)
				if err != nil {
					return err
				}
				now.State = to
				return tx.People().Update(ctx, now)
			})
		}
	}
	bump := time.Minute
	acting := func(yes bool) func() {
		return func() {
			bump += time.Second
			w.change("portal", func(c *storage.Client) { c.Acting, c.UpdatedAt = yes, c.UpdatedAt.Add(bump) })
		}
	}
	roles := func(all ...string) func() {
		return func() {
			bump += time.Second
			w.change("portal", func(c *storage.Client) { c.Roles, c.UpdatedAt = all, c.UpdatedAt.Add(bump) })
		}
	}
	b := w.browser()
	b.actsFor = d.ID
	for _, tc := range []struct {
		what       string
		change, up func()
	}{
		{"the principal is suspended", state(bea, storage.PersonSuspended), state(bea, storage.PersonActive)},
		{"the principal is closed", state(bea, storage.PersonClosed), state(bea, storage.PersonActive)},
		{"the delegate is suspended", state(w.person, storage.PersonSuspended), state(w.person, storage.PersonActive)},
		{"the client is not registered", acting(false), acting(true)},
		{"the application is for a role that the principal does not have", roles("surgeon"), roles()},
	} {
		out := b.tokens("portal")
		late := b.code("portal")
		tc.change()
		if !strings.Contains(tc.what, "role") {
			if a := w.userinfo(out["access_token"]); a.status != http.StatusUnauthorized {
				t.Errorf("%s: userinfo: %d %s", tc.what, a.status, a.body)
			}
			if status, got, _ := w.redeem("portal", exchange(late)); status != http.StatusBadRequest {
				t.Errorf("%s: a code: %d %v", tc.what, status, got)
			}
		}
		w.refused(tc.what+": refresh", "portal", out["refresh_token"], "invalid_grant")
		tc.up()
	}
	// A delegation of somebody else, for another application, or of nobody.
	other := w.somebodyNamed("cray", "Cleo", "Ray")
	foreign, err := w.organizations().GrantDelegation(t.Context(), access.NewDelegation{
		PrincipalID: bea.ID, DelegateID: other.ID, Clients: []string{"portal"}, Purpose: access.PurposeTreatment, EndsAt: w.clock.now().Add(time.Hour),
	}, anOperator)
	if err != nil {
		t.Fatal(err)
	}
	for _, choice := range []string{foreign.ID, "nonsense", ""} {
		fresh := w.browser()
		a := fresh.get(ask("portal"))
		for !strings.HasSuffix(a.location(t).Path, "/act-for") {
			if to := a.location(t); strings.HasSuffix(to.Path, "/sign-in") {
				a = fresh.do(http.MethodPost, to.String(), url.Values{})
			} else {
				a = fresh.get(to.String())
			}
		}
		if got := fresh.do(http.MethodPost, a.location(t).String(), url.Values{"choice": {choice}}); got.status != http.StatusConflict {
			t.Errorf("choosing %q: %d %s", choice, got.status, got.header.Get("Location"))
		}
	}
	// Devices let nobody act.
	if got := w.count("delegation.used"); got != 5 {
		t.Errorf("%d uses", got)
	}
}
