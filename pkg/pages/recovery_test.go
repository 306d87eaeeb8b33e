package pages_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/mail"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/recovery"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

// mailbag keeps what would have been mailed.
type mailbag struct{ bodies []string }

func (m *mailbag) Deliver(_ context.Context, p outbox.Opened) outbox.Outcome {
	m.bodies = append(m.bodies, string(p.Body))
	return outbox.Outcome{State: storage.ParcelSent}
}

func (m *mailbag) Settled(context.Context, storage.Tx, outbox.Opened) error { return nil }

// withMail serves the pages for who has forgotten something. What it returns
// delivers, and gives the path and the secret of the newest link.
func (g *rig) withMail() func() (path, link string) {
	g.t.Helper()
	c := g.pages.Credentials
	box, bag := outbox.Box{Keys: c.Keys}, &mailbag{}
	service := &recovery.Service{
		Store: g.store, Attempts: c.Attempts, Keys: c.Keys, People: g.people, Credentials: c, Box: box, Post: &mail.Post{Box: box},
		Issuer: origin, Now: c.Now,
		Log: g.pages.Log,
		EndSessions: func(ctx context.Context, id string, upTo time.Time) error {
			return g.pages.Sessions.EndUpTo(ctx, id, upTo, session.ReasonPasswordChanged)
		},
	}
	g.pages.Recovery, g.pages.Links = service, service
	g.mux = web.NewBrowserMux(web.BrowserOptions{Log: g.pages.Log, Now: c.Now, Fault: g.pages.Fault, Secure: true})
	g.pages.Routes(g.mux)
	worker := &outbox.Worker{Box: box, Store: g.store, Now: c.Now, Log: g.pages.Log, Carriers: map[string]outbox.Carrier{recovery.Carrier: service, mail.Carrier: bag}}
	return func() (string, string) {
		g.t.Helper()
		for range 2 {
			if err := worker.Deliver(g.t.Context()); err != nil {
				g.t.Fatal(err)
			}
		}
		var m struct{ Variables struct{ Link string } }
		if len(bag.bodies) == 0 {
			return "", ""
		}
		if err := json.Unmarshal([]byte(bag.bodies[len(bag.bodies)-1]), &m); err != nil {
			g.t.Fatal(err)
		}
		path := strings.TrimPrefix(m.Variables.Link, origin)
		_, link, _ := strings.Cut(path, "=")
		return path, link
	}
}

// member adds somebody with a personal password and an address.
func (g *rig) member(userID string) (id string) {
	g.t.Helper()
	id, temporary := g.enroll(userID)
	ctx := g.t.Context()
	if err := g.store.Tx(ctx, func(tx storage.Tx) error {
		who, err := tx.People().Get(ctx, id)
		if err != nil {
			return err
		}
		if err := g.people.Seal(&who, person.Profile{UserID: userID, GivenName: "Jordan", FamilyName: "Smith", Email: userID + "@example.org"}); err != nil {
			return err
		}
		return tx.People().Update(ctx, who)
	}); err != nil {
		g.t.Fatal(err)
	}
	v, err := g.pages.Credentials.Verify(ctx, credential.SignIn{UserID: userID, Password: temporary})
	if err != nil {
		g.t.Fatal(err)
	}
	if err := g.pages.Credentials.ChoosePersonal(ctx, id, v.Version, personal); err != nil {
		g.t.Fatal(err)
	}
	return id
}

// session begins one, in this browser when it is to.
func (g *rig) session(id string, here bool) storage.Session {
	g.t.Helper()
	cookie, s, err := g.pages.Sessions.Begin(g.t.Context(), session.Beginning{PersonID: id, Subject: "s", AuthTime: g.at})
	if err != nil {
		g.t.Fatal(err)
	}
	if here {
		g.jar["__Host-claviger-session"] = cookie
	}
	return s
}

func (g *rig) alive(s storage.Session) bool {
	_, err := g.pages.Sessions.Alive(g.t.Context(), s.ID)
	return err == nil
}

func (g *rig) works(userID, password string) bool {
	_, err := g.pages.Credentials.Verify(g.t.Context(), credential.SignIn{UserID: userID, Password: password})
	return err == nil
}

func TestNobodyHelpsWithoutMail(t *testing.T) {
	g := newRig(t)
	for _, path := range []string{"/forgot-password", "/forgot-user-id", "/recover?link=x", "/temporary-password?link=x"} {
		g.want(path, g.get(path), http.StatusNotFound, "")
	}
	if page := g.get("/interaction/" + g.begin(nil) + "/sign-in"); strings.Contains(page.text, "/forgot") {
		t.Error("the sign-in page leads to help that there is not")
	}
}

// TestForgotPassword is the whole way, with a program in between that opens links,
// and a new password chosen in another browser.
func TestForgotPassword(t *testing.T) {
	g := newRig(t)
	deliver := g.withMail()
	id := g.member("jsmith")
	elsewhere := g.session(id, false)
	g.shows("the sign-in page", g.get("/interaction/"+g.begin(nil)+"/sign-in"), `href="/forgot-password"`, `href="/forgot-user-id"`)
	g.shows("the question", g.get("/forgot-password"), `autocomplete="username"`, `href="/forgot-user-id"`)

	known := g.post("/forgot-password", url.Values{"userid": {"jsmith"}})
	unknown := g.post("/forgot-password", url.Values{"userid": {"nobody"}})
	g.want("a known User ID", known, http.StatusSeeOther, "/asked")
	g.want("an unknown one", unknown, http.StatusSeeOther, "/asked")
	if known.text != unknown.text {
		t.Error("the answers differ")
	}
	for _, name := range []string{"Content-Length", "Cache-Control", "Set-Cookie"} {
		if known.Header.Get(name) != unknown.Header.Get(name) {
			t.Errorf("%s differs", name)
		}
	}
	g.shows("the answer", g.get("/asked"), "We say the same to everybody")
	g.want("nothing", g.post("/forgot-password", url.Values{"userid": {" "}}), http.StatusUnprocessableEntity, "")

	path, link := deliver()
	for range 3 {
		page := g.get(path)
		g.want("the link", page, http.StatusOK, "")
		if page.Header.Get("Referrer-Policy") != "no-referrer" || page.Header.Get("Cache-Control") != "no-store" {
			t.Error("the page with the link may be kept, or tells where it was")
		}
	}
	if !g.works("jsmith", personal) || !g.alive(elsewhere) {
		t.Fatal("looking at the link changed something")
	}
	g.jar = map[string]string{} // another device
	const next = "a phrase of several words"
	g.want("a choice that differs", g.post("/recover", url.Values{"link": {link}, "new-password": {next}, "confirm": {"x"}}), http.StatusUnprocessableEntity, "")
	refused := g.post("/recover", url.Values{"link": {link}, "new-password": {"short"}, "confirm": {"short"}})
	g.want("a choice that is refused", refused, http.StatusUnprocessableEntity, "")
	g.shows("a choice that is refused", refused, "you entered: very weak.")
	differs := g.post("/recover", url.Values{"link": {link}, "new-password": {next}, "confirm": {"x"}})
	g.shows("a choice that differs", differs, "you entered: strong.")
	if strings.Contains(differs.text, next) {
		t.Error("the page shows the password")
	}
	g.want("a choice without a link", g.post("/recover", url.Values{"link": {"x"}, "new-password": {next}, "confirm": {"x"}}), http.StatusNotFound, "")
	g.want("the choice", g.post("/recover", url.Values{"link": {link}, "new-password": {next}, "confirm": {next}}), http.StatusSeeOther, "/recover/done")
	g.want("the end", g.get("/recover/done"), http.StatusOK, "")
	if g.works("jsmith", personal) || !g.works("jsmith", next) {
		t.Error("the new password is not the password")
	}
	if g.alive(elsewhere) {
		t.Error("a session goes on")
	}
	over := g.get(path)
	g.want("the link again", over, http.StatusNotFound, "")
	g.shows("the link again", over, "This link does not work")
	g.want("a second choice", g.post("/recover", url.Values{"link": {link}, "new-password": {next}, "confirm": {next}}), http.StatusNotFound, "")
	g.want("two links", g.get(path+"&link=x"), http.StatusBadRequest, "")
	if strings.Contains(g.log.String(), link) || strings.Contains(g.log.String(), next) {
		t.Error("the log holds the link or the password")
	}
}

// TestForgottenThingsNeedAPageOfOurs: no other site asks in somebody's name.
func TestForgottenThingsNeedAPageOfOurs(t *testing.T) {
	g := newRig(t)
	deliver := g.withMail()
	g.member("jsmith")
	for _, path := range []string{"/forgot-password", "/forgot-user-id", "/recover", "/temporary-password", "/account/password"} {
		r := formPost(path, url.Values{"userid": {"jsmith"}, "email": {"jsmith@example.org"}})
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		g.want(path, g.do(r), http.StatusForbidden, "")
	}
	if path, _ := deliver(); path != "" {
		t.Error("something was mailed")
	}
}

func TestForgotUserID(t *testing.T) {
	g := newRig(t)
	g.withMail()
	g.member("jsmith")
	g.shows("the question", g.get("/forgot-user-id"), `type="email"`)
	for _, address := range []string{"jsmith@example.org", "stranger@example.org", "no address at all"} {
		g.want(address, g.post("/forgot-user-id", url.Values{"email": {address}}), http.StatusSeeOther, "/asked")
	}
}

func TestTemporaryPasswordByLink(t *testing.T) {
	g := newRig(t)
	deliver := g.withMail()
	id, _ := g.enroll("jsmith")
	ctx := t.Context()
	if err := g.store.Tx(ctx, func(tx storage.Tx) error {
		who, err := tx.People().Get(ctx, id)
		if err != nil {
			return err
		}
		if err := g.people.Seal(&who, person.Profile{UserID: "jsmith", GivenName: "Jordan", FamilyName: "Smith", Email: "j@example.org"}); err != nil {
			return err
		}
		if err := tx.People().Update(ctx, who); err != nil {
			return err
		}
		return g.pages.Links.HandOut(ctx, tx, recovery.Handout{PersonID: id, Channel: recovery.ByMail, Known: true, ValidFor: 24 * time.Hour, By: audit.Actor{Type: "operator"}})
	}); err != nil {
		t.Fatal(err)
	}
	path, link := deliver()
	for range 2 {
		g.want("the link", g.get(path), http.StatusOK, "")
	}
	shown := g.post("/temporary-password", url.Values{"link": {link}})
	g.want("the password", shown, http.StatusOK, "")
	_, after, _ := strings.Cut(shown.text, `id="temporary">`)
	temporary, _, _ := strings.Cut(after, "<")
	if !g.works("jsmith", temporary) {
		t.Errorf("%q does not sign in", temporary)
	}
	if strings.Contains(shown.text, "jsmith") {
		t.Error("the User ID stands beside the password")
	}
	g.want("a second time", g.post("/temporary-password", url.Values{"link": {link}}), http.StatusNotFound, "")
}

func TestChangePassword(t *testing.T) {
	g := newRig(t)
	id := g.member("jsmith")
	g.asksToSignIn("nobody", g.get("/account/password"), "/account/password")

	here, other := g.session(id, true), g.session(id, false)
	g.shows("the page", g.get("/account/password"), `value="jsmith"`, `autocomplete="current-password"`, `id="others"`)
	const next, third = "a phrase of several words", "another phrase of some words"
	form := func(current, chosen, confirm string) url.Values {
		return url.Values{"current-password": {current}, "new-password": {chosen}, "confirm": {confirm}}
	}
	for what, wrong := range map[string]url.Values{
		"no current password": form("", next, next), "no new one": form(personal, "", ""), "two that differ": form(personal, next, third),
		"a wrong current password": form("not the password at all", next, next), "a short one": form(personal, "short", "short"), "the same": form(personal, personal, personal),
	} {
		g.want(what, g.post("/account/password", wrong), http.StatusUnprocessableEntity, "")
	}
	g.want("the change", g.post("/account/password", form(personal, next, next)), http.StatusSeeOther, "/account/password/done")
	if !g.works("jsmith", next) || g.works("jsmith", personal) || !g.alive(here) || !g.alive(other) {
		t.Error("the password, or a session, is not as it should be")
	}
	g.at = g.at.Add(10 * time.Minute)
	again := form(next, third, third)
	again.Set("others", "1")
	g.want("another change", g.post("/account/password", again), http.StatusSeeOther, "/account/password/done")
	if !g.alive(here) || g.alive(other) {
		t.Error("the other session goes on, or this one does not")
	}
}

// TestStrengthAtALinkIsBounded: each estimate costs something, so that a link is
// good for ten within a while. The rest of the page goes on.
func TestStrengthAtALinkIsBounded(t *testing.T) {
	g := newRig(t)
	deliver := g.withMail()
	g.member("jsmith")
	g.post("/forgot-password", url.Values{"userid": {"jsmith"}})
	_, link := deliver()
	const next = "a phrase of several words"
	for i := range 12 {
		page := g.post("/recover", url.Values{"link": {link}, "new-password": {next}, "confirm": {"x"}})
		g.want("a choice that differs", page, http.StatusUnprocessableEntity, "")
		if said := strings.Contains(page.text, "you entered: strong."); said != (i < 10) {
			t.Errorf("attempt %d: the strength is told: %v", i+1, said)
		}
	}
	g.at = g.at.Add(61 * time.Second)
	g.shows("a minute later", g.post("/recover", url.Values{"link": {link}, "new-password": {next}, "confirm": {"x"}}), "you entered: strong.")
	g.want("a choice", g.post("/recover", url.Values{"link": {link}, "new-password": {next}, "confirm": {next}}), http.StatusSeeOther, "/recover/done")
}
