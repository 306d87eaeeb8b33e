package e2e

import "github.com/chromedp/chromedp/kb"

// tabTo presses Tab until something has the focus. Each stop on the way is to be seen,
// too.
func (b *browser) tabTo(selector string) {
	b.t.Helper()
	for range 40 {
		b.keys(kb.Tab)
		switch b.script(`(() => {
  const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
  if (e === document.body) return "";
  if (e.type === "date" && !e.matches(":focus")) return ""; // its button, on which browsers show it themselves
  if (!e.matches(":focus-visible") || !r.width || !r.height || (s.outlineStyle === "none" || parseFloat(s.outlineWidth) === 0) && s.boxShadow === "none") return "unseen";
  return e.matches(` + quote(selector) + `) ? "there" : "";
})()`) {
		case "there":
			return
		case "unseen":
			b.t.Errorf("at %s the focus is not to be seen on %s", b.location(), b.script(`document.activeElement.outerHTML.slice(0, 80)`))
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
