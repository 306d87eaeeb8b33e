package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

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
	b.entersShared(mary)
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

// entersShared signs somebody in for the first time, at a computer that was called shared
// by now: no field is one that a browser keeps.
func (b *browser) entersShared(who account) {
	b.t.Helper()
	keepsNone := func(fields ...string) {
		b.t.Helper()
		for _, field := range fields {
			if got := b.script(`document.querySelector(` + quote(field) + `).autocomplete`); got != "off" {
				b.t.Errorf("%s at %s: autocomplete is %q", field, b.location(), got)
			}
		}
	}
	keepsNone("#userid", "#password", "form")
	b.signsIn(who, who.temporary)
	b.click("#submit")
	b.accepts()
	keepsNone("#new-password", "#confirm", "form")
	b.choosesPersonal()
	b.click("#submit")
	b.see("#facts")
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
