package e2e

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestKeyboard is a newcomer without a mouse: each field and button is reached with
// Tab, shows that it has the focus, and works with Enter or Space; where something is
// wrong, the focus is there.
func TestKeyboard(t *testing.T) {
	h := newHosted(t, "embedded", 1, true, nil)
	ada := h.person()
	b := h.browser(t)
	b.open(h.plain)
	b.tabTo("#login")
	b.enters()

	b.see("#password")
	b.hasFocus("#userid")
	b.keys(ada.userID)
	b.tabTo("#password")
	b.keys("not the temporary password")
	b.enters()
	b.see("#alert")
	b.hasFocus("#password")
	b.keys(ada.temporary)
	b.tabTo("#submit")
	b.spaces()

	b.see("#accept")
	b.tabTo("#submit")
	b.enters() // without the tick
	b.see("#alert")
	b.tabTo("#accept")
	b.keys(" ")
	b.tabTo("#submit")
	b.spaces()

	b.see("#new-password")
	b.hasFocus("#new-password")
	b.keys("short")
	b.tabTo("#confirm")
	b.keys("short")
	b.enters()
	b.see("#alert")
	b.hasFocus("#new-password")
	b.keys(personal)
	b.tabTo("#confirm")
	b.keys(personal)
	b.enters()
	b.see("#facts")
	b.tabTo("#logout")
	b.enters()
	b.waitText("You have signed out")
}

// tabTo presses Tab until something has the focus.
func (b *browser) tabTo(selector string) {
	b.t.Helper()
	for range 40 {
		b.keys(kb.Tab)
		if b.script(`document.activeElement.matches(`+quote(selector)+`) ? "yes" : ""`) != "" {
			b.hasFocus(selector)
			return
		}
	}
	b.t.Fatalf("Tab does not lead to %s at %s", selector, b.location())
}

// hasFocus checks that something has the focus, and that this is to be seen.
func (b *browser) hasFocus(selector string) {
	b.t.Helper()
	got := b.script(`(() => {
  const e = document.activeElement, s = getComputedStyle(e);
  if (!e.matches(` + quote(selector) + `)) return "the focus is on " + e.outerHTML.slice(0, 80);
  if (!e.matches(":focus-visible") || (s.outlineStyle === "none" || parseFloat(s.outlineWidth) === 0) && s.boxShadow === "none") return "the focus is not to be seen";
  return "";
})()`)
	if got != "" {
		b.t.Errorf("%s at %s: %s", selector, b.location(), got)
	}
}

// enters presses Enter, and spaces Space, and waits for the page that follows.
func (b *browser) enters() {
	b.t.Helper()
	b.pressKey(kb.Enter)
}

func (b *browser) spaces() {
	b.t.Helper()
	b.pressKey(" ")
}

func (b *browser) pressKey(key string) {
	b.t.Helper()
	b.script(`window.leaving = "yes"; ""`)
	b.keys(key)
	b.left("pressing a key")
}
