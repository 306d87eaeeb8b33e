package pages_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestTheSecurityNoticeIsForEverybody: it leads who sees something strange to what
// ends it.
func TestTheSecurityNoticeIsForEverybody(t *testing.T) {
	g := newRig(t)
	page := g.get("/security")
	g.want("nobody is signed in", page, http.StatusOK, "")
	g.shows("the notice", page, `id="not-you"`, `href="/account/password"`, `href="/account/sessions"`, `href="/account/factors"`, "Never share", "shared or public computer")
	g.shows("in Spanish", g.asked("/security", "es"), "No comparta nunca", "computadora compartida")
}

// TestTheBareAddressLeadsOn: everybody to their account and to the notice, who is
// signed in out of it, and who manages access to that.
func TestTheBareAddressLeadsOn(t *testing.T) {
	g := newRig(t)
	chief, _ := g.enroll("mjones")
	nurse, _ := g.enroll("jsmith2")
	g.manages(chief)
	lead := func(what string, signOut, manage bool) {
		t.Helper()
		page := g.get("/")
		g.shows(what, page, `href="/account"`, `href="/security"`)
		if got := strings.Contains(page.text, `href="/sign-out"`); got != signOut {
			t.Errorf("%s: leads to signing out: %t", what, got)
		}
		if got := strings.Contains(page.text, `href="/manage"`); got != manage {
			t.Errorf("%s: leads to managing access: %t", what, got)
		}
	}
	lead("nobody", false, false)
	s := g.session(nurse, true)
	lead("a nurse", true, false)
	if err := g.pages.Sessions.End(t.Context(), s.ID, "logout"); err != nil {
		t.Fatal(err)
	}
	lead("after signing out elsewhere", false, false)
	g.session(chief, true)
	lead("an administrator", true, true)
}
