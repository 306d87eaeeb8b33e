package e2e

import "github.com/chromedp/chromedp/kb"

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
