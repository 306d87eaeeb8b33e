package pages_test

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// elsewhereAddress is where the other browsers are.
const elsewhereAddress = "192.0.2.77"

// elsewhere begins a session of a person in another browser.
func (g *rig) elsewhere(id, userAgent string) storage.Session {
	g.t.Helper()
	ctx := request.With(g.t.Context(), request.Info{UserAgent: userAgent, Address: netip.MustParseAddr(elsewhereAddress)})
	_, s, err := g.pages.Sessions.Begin(ctx, session.Beginning{PersonID: id, Subject: "s", AuthTime: g.at})
	if err != nil {
		g.t.Fatal(err)
	}
	return s
}

func TestAPersonSeesAndEndsTheirSessions(t *testing.T) {
	const page = "/account/sessions"
	g := newRig(t)
	g.pages.ApplicationName = func(id string) string { return "The " + id }
	id, _ := g.enroll("jsmith2")
	stranger, _ := g.enroll("mlee")
	g.asksToSignIn("nobody is signed in", g.get(page), page)

	here := g.session(id, true)
	g.shows("alone", g.get(page), "this browser", "You are signed in nowhere else.")
	phone := g.elsewhere(id, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1")
	desk := g.elsewhere(id, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0")
	odd := g.elsewhere(id, "<b>curl</b>")
	others := g.elsewhere(stranger, "Firefox/1")
	if _, err := g.pages.Sessions.Join(t.Context(), desk.ID, "portal", 0, 0); err != nil {
		t.Fatal(err)
	}
	got := g.get(page)
	g.want("sessions", got, 200, "")
	g.shows("sessions", got, "Safari, iPhone", "Edge, Windows", "The portal", "Unknown browser", phone.ID, desk.ID, odd.ID)
	if strings.Contains(got.text, "curl") || strings.Contains(got.text, others.ID) || strings.Contains(got.text, "Firefox") {
		t.Errorf("shows what it must not: %s", got.text)
	}

	g.want("another person's", g.post(page, url.Values{"session": {others.ID}}), 303, page)
	if !g.alive(others) {
		t.Error("a person ended the session of another one")
	}
	g.want("one", g.post(page, url.Values{"session": {phone.ID}}), 303, page)
	g.want("the same again", g.post(page, url.Values{"session": {phone.ID}}), 303, page)
	if g.alive(phone) || !g.alive(desk) || !g.alive(here) {
		t.Error("not the one session that was chosen ended")
	}
	g.want("this one", g.post(page, url.Values{"session": {here.ID}}), 303, "/sign-out")
	g.want("nothing", g.post(page, nil), 303, page)
	if !g.alive(here) || !g.alive(desk) {
		t.Error("a session ended that nobody chose")
	}
	g.want("all others", g.post(page, url.Values{"others": {"1"}}), 303, page)
	if g.alive(desk) || g.alive(odd) || !g.alive(here) || !g.alive(others) {
		t.Error("not all others ended, or more than those")
	}
}
