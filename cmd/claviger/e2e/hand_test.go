package e2e

import (
	"strings"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// hand is how somebody uses pages: with a mouse, or with keys alone. visits, where there
// are any, learn which addresses were typed in.
type hand struct {
	*browser
	keys   bool
	visits *visits
}

// open types an address in.
func (d hand) open(address string) {
	d.t.Helper()
	if d.visits != nil {
		d.visits.types(address)
	}
	d.browser.open(address)
}

// at brings the focus to something.
func (d hand) at(selector string) {
	d.t.Helper()
	d.see(selector)
	if !d.is(`document.activeElement.matches(` + quote(selector) + `)`) {
		d.tabTo(selector) // where it has the focus to be seen
		return
	}
	d.hasFocus(selector)
}

// is says whether something holds in the page.
func (d hand) is(condition string) bool {
	d.t.Helper()
	return d.script(`(`+condition+`) ? "yes" : ""`) != ""
}

// enter types into a field, in the place of what it holds.
func (d hand) enter(selector, text string) {
	d.t.Helper()
	if !d.keys {
		d.fill(selector, text)
		return
	}
	d.at(selector)
	if held := d.script(`document.activeElement.value`); held != "" {
		d.browser.keys(kb.End + strings.Repeat(kb.Backspace, len(held)))
	}
	d.browser.keys(text)
}

// day enters a date, part by part as the field asks for it.
func (d hand) day(selector string, day time.Time) {
	d.t.Helper()
	const asAsked = "01022006" // in the language of the browser, which is American
	if d.keys {
		d.at(selector)
		d.browser.keys(day.Format(asAsked))
	} else {
		d.fill(selector, day.Format(asAsked))
	}
	if got := d.script(`document.querySelector(` + quote(selector) + `).value`); got != day.Format(time.DateOnly) {
		d.t.Errorf("%s at %s holds %q, for %s", selector, d.location(), got, day.Format(time.DateOnly))
	}
}

// tick presses what leads to no other page, follows what does.
func (d hand) tick(selector string) {
	d.t.Helper()
	if !d.keys {
		d.press(selector)
		return
	}
	d.at(selector)
	d.browser.keys(" ")
}

// picks chooses one of several, which have one stop for Tab together.
func (d hand) picks(selector string) {
	d.t.Helper()
	if !d.keys {
		d.press(selector)
		return
	}
	d.see(selector)
	group := `input[type=radio][name=` + d.script(`document.querySelector(`+quote(selector)+`).name`) + `]`
	d.at(group)
	for range 10 {
		if d.is(`document.activeElement.matches(` + quote(selector) + `)`) {
			break
		}
		d.browser.keys(kb.ArrowDown)
	}
	if !d.is(`document.querySelector(` + quote(selector) + `).checked`) {
		d.browser.keys(" ")
	}
	d.hasFocus(selector + ":checked")
}

// follows presses what leads to another page.
func (d hand) follows(selector string) {
	d.t.Helper()
	if !d.keys {
		d.click(selector)
		return
	}
	d.at(selector)
	if d.is(`document.activeElement.matches("button")`) {
		d.spaces()
		return
	}
	d.enters()
}

// saves presses what leads to a file, and returns its text. A browser does not tell that
// it asks for one.
func (d hand) saves(selector string) string {
	d.t.Helper()
	text := d.downloads(func() {
		if !d.keys {
			d.press(selector)
			return
		}
		d.at(selector)
		d.browser.keys(kb.Enter)
	})
	d.visits.saved(d.script(`document.querySelector(` + quote(selector) + `).href`))
	return text
}

// mends checks that what is wrong is said, and where it is.
func (d hand) mends(selector string) {
	d.t.Helper()
	d.see("#alert")
	if !d.is(`(document.querySelector(` + quote(selector) + `).getAttribute("aria-describedby") || "").split(" ").some((id) => id === "alert" || id.endsWith("-problem"))`) {
		d.t.Errorf("%s at %s does not say what is wrong", selector, d.location())
	}
	if d.keys {
		d.hasFocus(selector)
	}
}

// withoutScripts turns off the scripts of pages.
func (b *browser) withoutScripts() {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.check(err, "turning scripts off")
}
