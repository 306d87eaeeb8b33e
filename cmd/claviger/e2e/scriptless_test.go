package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// TestWithoutScripts is one clinician whose browser runs no scripts, from the first
// sign-in to the last page; and one at a shared computer.
func TestWithoutScripts(t *testing.T) {
	t.Parallel()
	h := newHosted(t, "embedded", 2, true, map[string]string{"enroll.form": "true"})
	t.Run("everything", func(t *testing.T) { h.withoutScripts(t) })
	t.Run("shared computer", func(t *testing.T) { h.sharedComputer(t) })
	h.server.stop()
	h.claviger("audit", "verify")
}

// scriptless is a window in which pages run no scripts.
func (h *hosted) scriptless(t *testing.T) *browser {
	t.Helper()
	b := h.browser(t)
	ctx, cancel := b.within()
	defer cancel()
	_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.check(err, "turning scripts off")
	return b
}

func (h *hosted) withoutScripts(t *testing.T) {
	ada := h.person()
	b := h.scriptless(t)

	// Somebody without an account.
	b.open(h.issuer + "/apply")
	b.fill("#given_name", "Jordan")
	b.click("#submit")
	b.see("#alert")
	b.fill("#family_name", "Reyes")
	b.fill("#npi", "1234567893")
	b.fill("#email", "jordan.reyes@example.org")
	b.click("#submit")
	b.waitText("received")

	// The first sign-in.
	b.open(h.plain)
	b.click("#login")
	if b.has(".reveal button") {
		t.Error("scripts run")
	}
	b.signsIn(ada, "not this one")
	b.click("#submit")
	b.see("#alert")
	b.signsIn(ada, ada.temporary)
	b.click("#submit")
	b.accepts()
	b.fill("#new-password", "short")
	b.fill("#confirm", "short")
	b.click("#submit")
	b.see("#alert")
	b.choosesPersonal()
	b.click("#submit")
	b.see("#facts")

	// Somebody else's application, which wants two factors and consent.
	b.open(h.strict)
	b.click("#login")
	b.signsIn(ada, personal)
	b.click("#submit")
	b.click("#totp")
	b.fill("#code", totp(t, b.see("#secret"), time.Now()))
	b.click("#submit")
	b.see("#codes")
	b.click("#continue")
	b.see("#shares")
	b.see("#another")
	b.click("#submit")
	b.see("#facts")

	// A device.
	_, address := h.deviceCode(t, "television")
	b.open(address)
	b.click("#submit")
	b.see("#shares")
	b.click("#submit")
	b.waitText("The device is connected")

	h.ownPages(t, b, ada)

	// The last page says what became of the applications.
	b.open(h.plain + "/home")
	b.waitText("Your sign-in has ended") // with the session before the second factor
	b.click("main .button")
	b.see("#facts")
	b.open(h.issuer + "/sign-out")
	b.click("#submit")
	b.waitText("Leaving a shared computer?")
	if text := b.text(); !strings.Contains(text, "Sign out there yourself") || !strings.Contains(text, "Application plain") { // it cannot be told
		t.Errorf("the last page says:\n%s", text)
	}
}

// ownPages walks the pages of an account, each by the way to it.
func (h *hosted) ownPages(t *testing.T, b *browser, who account) {
	t.Helper()
	b.open(h.issuer + "/account")
	if said := b.see("#person"); said != who.userID {
		t.Errorf("signed in as %q", said)
	}
	for _, path := range []string{"/account/profile", "/account/password", "/account/factors", "/account/sessions", "/account/activity", "/account/applications", "/account/agreements"} {
		b.open(h.issuer + "/account")
		if status := b.click(`.places a[href="` + path + `"]`); status != 200 {
			t.Errorf("%s: %d", path, status)
		}
		b.see("#title")
		if where := b.location(); where != h.issuer+path {
			t.Errorf("%s led to %s", path, where)
		}
	}
	b.open(h.issuer + "/account/profile")
	b.waitText(who.userID)
	b.open(h.issuer + "/account/agreements")
	b.waitText("version 1")

	// Where else they are signed in, and no more.
	second := h.browser(t)
	second.open(h.issuer + "/account")
	second.signsIn(who, personal)
	second.click("#submit")
	second.see("#code")
	b.open(h.issuer + "/account/sessions")
	b.see("#alone")

	// An application loses its access, and asks anew.
	b.open(h.issuer + "/account/applications")
	b.waitText("Strict Labs")
	b.click(`a[href="/account/applications/strict/withdraw"]`)
	b.click("#submit")
	if text := b.text(); strings.Contains(text, "Strict Labs") {
		t.Errorf("the application has access still:\n%s", text)
	}

	// What happened, and what to do when it was somebody else.
	b.open(h.issuer + "/account/activity")
	text := b.text()
	for _, said := range []string{"You signed in", "The password was changed", "A second factor was added", "The Use Agreement was accepted", "The access of an application was taken away", "A sign-in was refused", "127.0.0.1"} {
		if !strings.Contains(text, said) {
			t.Errorf("the activity has no %q:\n%s", said, text)
		}
	}
	if !strings.Contains(text, "nobody got in") { // in the second window, whose code is missing
		t.Errorf("the activity does not tell of a password without a code:\n%s", text)
	}
	b.click("#not-you")
	b.waitText("Something happened that was not you?")
	if where := b.location(); !strings.HasSuffix(where, "/security#not-you") {
		t.Errorf("it leads to %s", where)
	}

	// Somebody else sits down, looks, and leaves.
	b.open(h.issuer + "/account")
	b.click("#another")
	b.see("#person")
	b.click("#another")
	b.see("#password")
	b.open(h.issuer + "/account")
	b.see("#person")
}

// sharedComputer is a sign-in at one: nothing is offered to be kept, and nothing is.
func (h *hosted) sharedComputer(t *testing.T) {
	mary := h.person()
	b := h.browser(t)
	b.open(h.plain)
	b.click("#login")
	b.press("#shared")
	b.signsIn(mary, "not this one")
	b.click("#submit")
	b.see("#alert")
	off := func(fields ...string) {
		t.Helper()
		for _, field := range fields {
			if got := b.script(`document.querySelector(` + quote(field) + `).autocomplete`); got != "off" {
				t.Errorf("%s at %s: autocomplete is %q", field, b.location(), got)
			}
		}
	}
	off("#userid", "#password", "form")
	b.signsIn(mary, mary.temporary)
	b.click("#submit")
	b.accepts()
	off("#new-password", "#confirm", "form")
	b.choosesPersonal()
	b.click("#submit")
	b.see("#facts")
	for _, name := range b.cookies(h.issuer) {
		if strings.HasSuffix(name, "claviger-device") {
			t.Error("the computer is known from now on")
		}
	}
	b.open(h.issuer + "/account")
	b.see("#person")
	b.open(h.issuer + "/sign-out")
	b.click("#submit")
	b.waitText("Leaving a shared computer?")
	for _, name := range b.cookies(h.issuer) {
		if strings.HasSuffix(name, "claviger-session") || strings.HasSuffix(name, "claviger-browser") {
			t.Errorf("the browser keeps %s", name)
		}
	}
	b.open(h.issuer + "/account")
	b.see("#password")
	if text := b.text(); strings.Contains(text, mary.userID) {
		t.Errorf("the next one reads who was here:\n%s", text)
	}
}

// cookies are the names of those that a browser sends to an address.
func (b *browser) cookies(address string) (names []string) {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	found, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{address}})
	b.check(err, "reading the cookies")
	for _, c := range found.Cookies {
		names = append(names, c.Name)
	}
	return names
}
