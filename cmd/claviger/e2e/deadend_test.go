package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// TestNoDeadEnd goes through every step of a sign-in as people do: each page is
// loaded again, opened in a second tab, sent from both, and gone back to.
func TestNoDeadEnd(t *testing.T) {
	t.Parallel()
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			h := newHosted(t, backend, 4, true, nil)
			t.Run("first sign-in", func(t *testing.T) { h.firstSignInTwice(t) })
			t.Run("device", func(t *testing.T) { h.deviceTwice(t) })
			t.Run("signed out elsewhere", func(t *testing.T) { h.signedOutElsewhere(t) })
			t.Run("overnight", func(t *testing.T) { h.overnight(t, backend) })
			h.server.stop()
			h.claviger("audit", "verify")
		})
	}
}

// step is one page of a sign-in: what only it has, what is filled in, what sends it,
// and what only the page after it has.
type step struct {
	name, here string
	form       func(*browser)
	send, next string
}

// twice does a step as impatient and forgetful people do.
func (b *browser) twice(s step) {
	b.t.Helper()
	b.see(s.here)
	b.reload()
	b.see(s.here)
	second := b.tab()
	second.open(b.location())
	second.see(s.here)
	s.form(b)
	b.click(s.send)
	b.see(s.next)
	// The second press of the button, or the second tab.
	s.form(second)
	second.click(s.send)
	second.arrives(s.name+", in a second tab", s.next)
	b.back()
	if b.has(s.here) { // as it was left, with what was filled in
		b.leaves(`document.querySelector(` + quote(s.send) + `).click()`)
	}
	b.arrives(s.name+", gone back to", s.next)
}

// arrives checks that a browser is where it should be, or is shown the way there.
func (b *browser) arrives(doing, next string) {
	b.t.Helper()
	for range 2 {
		b.see("h1")
		if b.has(next) {
			return
		}
		if !b.has("#application") {
			break
		}
		b.click("#application")
		if b.has("#login") { // the front page of the portal
			b.click("#login")
		}
		if b.has(`a[href="/home"]`) && !b.has(next) {
			b.click(`a[href="/home"]`)
		}
	}
	if !b.has(next) {
		b.shot("dead-end")
		b.t.Fatalf("%s: a dead end at %s:\n%s", doing, b.location(), b.text())
	}
}

// firstSignInTwice is a newcomer with an application that asks for everything.
func (h *hosted) firstSignInTwice(t *testing.T) {
	ada := h.person()
	b := h.browser(t)
	b.open(h.strict)
	b.click("#login")
	password := ada.temporary
	signsIn := func(b *browser) { b.signsIn(ada, password) }
	b.twice(step{"sign-in", "#password", signsIn, "#submit", "#accept"})
	b.twice(step{"agreement", "#accept", func(b *browser) { b.press("#accept") }, "#submit", "#new-password"})
	b.twice(step{"choose password", "#new-password", func(b *browser) { b.choosesPersonal() }, "#submit", "#totp"})
	b.twice(step{"set up a second factor", "#totp", func(*browser) {}, "#totp", "#secret"})
	second := b.tab()
	second.open(b.location())
	secret := b.see("#secret")
	b.fill("#code", totp(t, secret, time.Now()))
	b.click("#submit")
	codes := b.see("#codes")
	second.fill("#code", "000000")
	second.click("#submit")
	second.arrives("set up an app, in a second tab", "#shares")
	b.reload()
	if again := b.see("#codes"); again != codes {
		t.Errorf("the recovery codes, loaded again, are others:\n%s\n%s", again, codes)
	}
	b.click("#continue")
	b.twice(step{"consent", "#shares", func(*browser) {}, "#submit", "#facts"})

	// Once more, now with a code.
	b.open(h.strict + "/home")
	b.click("#logout")
	b.waitText("You have signed out")
	b.open(h.strict)
	b.click("#login")
	password = personal
	b.twice(step{"sign-in again", "#password", signsIn, "#submit", "#code"})
	code := totp(t, secret, time.Now().Add(30*time.Second)) // that of a clock which is fast
	b.twice(step{"second factor", "#code", func(b *browser) { b.fill("#code", code) }, "#submit", "#facts"})
}

// signsIn fills in the sign-in page.
func (b *browser) signsIn(who account, password string) {
	b.t.Helper()
	b.fill("#userid", who.userID)
	b.fill("#password", password)
}

// choosesPersonal fills in the page for a personal password.
func (b *browser) choosesPersonal() {
	b.t.Helper()
	b.fill("#new-password", personal)
	b.fill("#confirm", personal)
}

// accepts accepts the agreement.
func (b *browser) accepts() {
	b.t.Helper()
	b.see("#accept")
	b.press("#accept")
	b.click("#submit")
}

// deviceTwice lets a device in, twice in two tabs, with a person who is new.
func (h *hosted) deviceTwice(t *testing.T) {
	grace := h.person()
	b := h.browser(t)
	code, address := h.deviceCode(t, "television")
	b.open(address)
	b.twice(step{"device code", "#user_code", func(b *browser) { b.fill("#user_code", code) }, "#submit", "#password"})
	b.signsIn(grace, grace.temporary)
	b.click("#submit")
	b.accepts()
	b.choosesPersonal()
	b.click("#submit")
	b.see("#shares")
	second := b.tab()
	second.open(b.location())
	second.see("#shares")
	b.click("#submit")
	b.waitText("The device is connected")
	second.click("#submit")
	second.waitText("The device is connected")
	b.back()
	b.waitText("The device is connected")
	// The same code once more is over, and the page says what to do.
	b.open(address)
	b.click("#submit")
	b.waitText("start again there")
	b.see("#user_code")
}

// signedOutElsewhere has a sign-in page in one tab while another signs out, which
// takes the cookies of the browser.
func (h *hosted) signedOutElsewhere(t *testing.T) {
	mary := h.person()
	b := h.browser(t)
	b.open(h.plain)
	b.click("#login")
	other := b.tab()
	other.open(h.issuer + "/signed-out")
	other.waitText("signed out")
	b.signsIn(mary, mary.temporary)
	b.click("#submit")
	b.see("#accept")
	// In the middle of it, too.
	other.open(h.issuer + "/signed-out")
	b.accepts()
	b.waitText("please sign in once more")
	b.signsIn(mary, mary.temporary)
	b.click("#submit")
	b.accepts()
	b.choosesPersonal()
	b.click("#submit")
	b.see("#facts")
}

// overnight leaves pages open until everything short-lived is over.
func (h *hosted) overnight(t *testing.T, backend string) {
	ada := h.person()
	at := h.browser(t) // at the sign-in page
	at.open(h.plain + "/home")
	at.see("#password")
	reloaded := at.tab()
	reloaded.open(h.plain + "/home")
	reloaded.see("#password")
	choosing := h.browser(t) // further
	choosing.open(h.plain)
	choosing.click("#login")
	choosing.signsIn(ada, ada.temporary)
	choosing.click("#submit")
	choosing.see("#accept")

	h.server.stop()
	h.forgetEphemeral(t, backend)
	h.server = h.serve()

	at.signsIn(ada, ada.temporary)
	at.click("#submit")
	at.accepts() // what was typed counted
	at.choosesPersonal()
	at.click("#submit")
	at.see("#facts")
	if where := at.location(); !strings.HasPrefix(where, h.plain+"/home") {
		t.Errorf("the person wanted to see %s/home and is at %s", h.plain, where)
	}
	reloaded.reload()
	reloaded.see("#facts") // the session of the other tab
	choosing.accepts()
	choosing.waitText("please sign in once more")
	choosing.signsIn(ada, personal)
	choosing.click("#submit")
	choosing.see("#facts")
}

// forgetEphemeral ends everything that lives for hours at most, as a night does.
// The server does not run.
func (h *hosted) forgetEphemeral(t *testing.T, backend string) {
	t.Helper()
	if backend == "embedded" {
		files, err := filepath.Glob(filepath.Join(h.dir, "data", "ephemeral*"))
		if err != nil || len(files) == 0 {
			t.Fatalf("there is no ephemeral store: %v", err)
		}
		for _, f := range files {
			if err := os.Remove(f); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	options, err := redis.ParseURL(strings.TrimSpace(readFile(t, filepath.Join(h.dir, "redis.url"))))
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	if err := client.FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
}
