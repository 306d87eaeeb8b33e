package e2e

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/claviger-id/claviger/storage/teststores"
)

// patience is how long a test waits for a page.
const patience = 30 * time.Second

// browser is a window of Chromium, with cookies and storage that only its own tabs
// share.
type browser struct {
	t   *testing.T
	ctx context.Context
}

// newBrowser opens a window as somebody has it who was never here.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	chrome, err := chromium.running(teststores.Given(t, teststores.Chromium))
	if err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	return openWindow(chrome, t, chromedp.WithNewBrowserContext())
}

// tab opens another tab of the same browser.
func (b *browser) tab() *browser {
	b.t.Helper()
	return openWindow(b.ctx, b.t)
}

// openWindow opens one of a usual size. Its pages believe that it is in front, as
// those of others do at the same time.
func openWindow(from context.Context, t *testing.T, options ...chromedp.ContextOption) *browser {
	t.Helper()
	ctx, cancel := chromedp.NewContext(from, options...)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1100, 850)); err != nil {
		t.Fatalf("opening a window: %v", err)
	}
	b := &browser{t: t, ctx: ctx}
	b.focused()
	return b
}

func (b *browser) within() (context.Context, context.CancelFunc) {
	return context.WithTimeout(b.ctx, patience)
}

// check ends the test with a picture of the page as it is.
func (b *browser) check(err error, doing string) {
	b.t.Helper()
	if err == nil {
		return
	}
	b.t.Helper()
	b.t.Errorf("%s: %v", doing, err)
	ctx, cancel := b.within()
	defer cancel()
	where, _ := chromedp.Run(ctx, chromedp.Location())
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
	b.t.Logf("the page is %s:\n%s", where, text)
	b.shot("failed")
	b.t.FailNow()
}

// open shows an address and returns the status of the page where that ends.
func (b *browser) open(address string) int {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	res, err := chromedp.RunResponse(ctx, chromedp.Navigate(address))
	b.check(err, "opening "+address)
	return int(res.Status)
}

// click presses something and waits for the page that follows.
func (b *browser) click(selector string) int {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	res, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(selector)))
	b.check(err, "clicking "+selector)
	return int(res.Status)
}

// fill types into a field as a person does, after emptying it.
func (b *browser) fill(selector, text string) {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	err := chromedp.Do(ctx, chromedp.Clear(chromedp.CSS(selector)), chromedp.SendKeys(chromedp.CSS(selector), text))
	b.check(err, "filling "+selector)
}

// see waits until something is visible and returns its text.
func (b *browser) see(selector string) string {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	err := chromedp.Do(ctx, chromedp.WaitVisible(chromedp.CSS(selector)))
	b.check(err, "waiting for "+selector)
	text, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS(selector)))
	b.check(err, "reading "+selector)
	return text
}

// waitText waits until the page shows a text, as when a script replaces it.
func (b *browser) waitText(text string) {
	b.t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		if strings.Contains(b.text(), text) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.check(context.DeadlineExceeded, "waiting for the text "+quote(text))
}

// text is what a person reads on the page.
func (b *browser) text() string {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
	if err != nil { // between two pages
		return ""
	}
	return text
}

func (b *browser) location() string {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	where, err := chromedp.Run(ctx, chromedp.Location())
	b.check(err, "reading the address")
	return where
}

// back presses the Back button, and waits for another page. One that the browser
// kept does not load, and one that leads on may end at the same address.
func (b *browser) back() {
	b.t.Helper()
	b.leaves(`history.back()`)
}

// leaves runs a script that leads to another page, and waits for that.
func (b *browser) leaves(script string) {
	b.t.Helper()
	b.script(`window.leaving = "yes"; setTimeout(() => { ` + script + ` }); ""`)
	b.left("running " + script)
}

// left waits until another page is there than the one that was marked.
func (b *browser) left(doing string) {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	for ctx.Err() == nil {
		// Between two pages there is nobody to ask.
		left, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(document.body && document.readyState === "complete" && window.leaving !== "yes") ? "yes" : ""`))
		if err == nil && left == "yes" {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.check(ctx.Err(), doing)
}

// scheme makes the page light or dark.
func (b *browser) scheme(name string) {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: name},
			// Colours that still fade are measured as what they pass through.
			{Name: "prefers-reduced-motion", Value: "reduce"},
		},
	})
	b.check(err, "choosing the colours")
}

// keepsPictures says that what tests leave behind is kept: go test -artifacts.
func keepsPictures() bool {
	f := flag.Lookup("test.artifacts")
	return f != nil && f.Value.String() == "true"
}

// shot puts a picture of the page among the test's artefacts, where they are kept:
// to take one is a good part of what a look costs.
func (b *browser) shot(name string) {
	b.t.Helper()
	if !keepsPictures() {
		return
	}
	ctx, cancel := b.within()
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Logf("no picture of %s: %v", name, err)
		return
	}
	if err := os.WriteFile(filepath.Join(b.t.ArtifactDir(), name+".png"), png, 0o600); err != nil {
		b.t.Errorf("keeping a picture: %v", err)
	}
}

// look takes pictures of the page in light and dark, small and large, and lets
// axe-core look for barriers in both colours.
func (b *browser) look(name string) {
	b.t.Helper()
	b.scheme("light")
	b.shot(name + "-light")
	b.checkBarriers(name + ", light")
	b.scheme("dark")
	b.shot(name + "-dark")
	b.runAxe(axeColors, name+", dark") // nothing else is different
	b.scheme("light")
	if keepsPictures() {
		b.viewport(360, 740)
		b.shot(name + "-small")
		b.viewport(1100, 850)
	}
}

func (b *browser) viewport(width, height int64) {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	b.check(chromedp.Do(ctx, chromedp.EmulateViewport(width, height)), "resizing")
}

// press presses something that leads to no other page.
func (b *browser) press(selector string) {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	b.check(chromedp.Do(ctx, chromedp.Click(chromedp.CSS(selector))), "pressing "+selector)
}

// waitGone waits until nothing on the page matches.
func (b *browser) waitGone(selector string) {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	b.check(chromedp.Do(ctx, chromedp.WaitNotPresent(chromedp.CSS(selector))), "waiting until there is no "+selector)
}

// script runs a script in the page and returns what it says.
func (b *browser) script(text string) string {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	said, err := chromedp.Run(ctx, chromedp.Evaluate[string](text))
	b.check(err, "running a script")
	return said
}

// keys presses keys, whatever has the focus.
func (b *browser) keys(text string) {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	b.check(chromedp.Do(ctx, chromedp.KeyEvent(text)), "pressing keys")
}
