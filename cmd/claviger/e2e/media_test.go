package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// medium is a way to have a page that is not the screen as it usually is.
type medium struct {
	name     string
	print    bool
	features map[string]string
	// before runs in the page, such as to turn it around.
	before string
	width  int64
}

// The pages that are looked at in all media: a form with a fault, a list with places
// and actions, what people print, and what they read from a letter.
var inMedia = []string{"sign-in-wrong", "account-factors", "recovery-codes", "account-agreement", "temporary-shown"}

// media looks at pages with more contrast, with the reader's own colors, on paper,
// without motion, and from right to left.
func (b *browser) media(t *testing.T, origin, axeScript string) {
	for _, name := range inMedia {
		for _, m := range []medium{
			{name: "contrast-light", features: map[string]string{"prefers-contrast": "more", "prefers-color-scheme": "light"}, width: 1280},
			{name: "contrast-dark", features: map[string]string{"prefers-contrast": "more", "prefers-color-scheme": "dark"}, width: 375},
			{name: "forced", features: map[string]string{"forced-colors": "active", "prefers-color-scheme": "dark"}, width: 640},
			{name: "print", print: true, features: map[string]string{"prefers-color-scheme": "dark"}, width: 794},
			{name: "rtl", before: `document.documentElement.dir = "rtl"; ""`, features: map[string]string{"prefers-color-scheme": "light"}, width: 1280},
			{name: "rtl-narrow", before: `document.documentElement.dir = "rtl"; ""`, features: map[string]string{"prefers-color-scheme": "light"}, width: 320},
		} {
			if err := b.inMedium(t, origin, name, m, axeScript); err != nil {
				t.Errorf("%s, %s: %v", name, m.name, err)
			}
		}
	}
	if t.Failed() {
		return
	}
	// Ten codes are one sheet, to be kept with other papers.
	ctx, cancel := b.within()
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(origin+"/en/recovery-codes.html")); err != nil {
		t.Fatal(err)
	}
	paper, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{})
	if err != nil {
		t.Fatal(err)
	}
	if sheets := len(regexp.MustCompile(`/Type\s*/Page\b[^s]`).FindAll(paper.Data, -1)); sheets != 1 {
		t.Errorf("the recovery codes are printed on %d sheets", sheets)
	}
}

// what is asked of a page in a medium: a script that names what is wrong.
const (
	wrongForced = `[
		...[...document.querySelectorAll("button, .next, input:not([type=checkbox]), .note, .alert")].filter(e => e.checkVisibility() && (getComputedStyle(e).borderTopStyle === "none" || getComputedStyle(e).borderTopWidth === "0px")).map(e => "no edge: " + e.outerHTML),
		...[...document.querySelectorAll(".places [aria-current], [aria-invalid=true]")].filter(e => getComputedStyle(e).outlineStyle === "none").map(e => "not marked: " + e.outerHTML),
		...(getComputedStyle(document.querySelector(".panel")).borderBottomStyle === "none" ? ["the panel has no edge"] : []),
	].join("\n")`
	wrongPrint = `[
		...[...document.querySelectorAll("button, form, nav, .next, .tongues, #back, .skip")].filter(e => e.checkVisibility()).map(e => "printed: " + e.outerHTML),
		...[...document.querySelectorAll("h1, .brand, .address, #codes li, #agreement, #temporary, footer")].filter(e => !e.closest("form") && !e.checkVisibility()).map(e => "not printed: " + e.outerHTML),
		...[...document.querySelectorAll("h1, p, li, code")].filter(e => e.checkVisibility() && getComputedStyle(e).color !== "rgb(0, 0, 0)").map(e => getComputedStyle(e).color + ": " + e.outerHTML),
		...(getComputedStyle(document.querySelector(".panel")).backgroundColor === "rgba(0, 0, 0, 0)" ? [] : ["the panel takes ink"]),
	].join("\n")`
	wrongRTL = `[
		...(document.documentElement.scrollWidth > document.documentElement.clientWidth ? ["it has to be scrolled sideways"] : []),
		...[...document.querySelectorAll(".panel, .stage, main, main *")].filter(e => e.checkVisibility() && (e.getBoundingClientRect().left < 0 || e.getBoundingClientRect().right > innerWidth)).map(e => "outside of the window: " + e.outerHTML),
		...(innerWidth > 1000 && document.querySelector(".panel").getBoundingClientRect().left < document.querySelector(".stage").getBoundingClientRect().left ? ["the panel is where lines end"] : []),
		...[...document.querySelectorAll(".note, .alert")].filter(e => parseFloat(getComputedStyle(e).borderRightWidth) <= parseFloat(getComputedStyle(e).borderLeftWidth)).map(e => "marked where lines end: " + e.outerHTML),
		...[...document.querySelectorAll("main h1, main p, footer p")].filter(e => e.checkVisibility() && !["start", "right"].includes(getComputedStyle(e).textAlign)).map(e => "not aligned: " + e.outerHTML),
	].join("\n")`
	wrongMotion   = `[...document.querySelectorAll("*")].filter(e => getComputedStyle(e).transitionDuration.split(", ").some(d => d !== "0s") || getComputedStyle(e).animationName !== "none").map(e => "moves: " + e.outerHTML).join("\n")`
	wrongContrast = `axe.run(document, {runOnly: {type: "rule", values: ["color-contrast", "color-contrast-enhanced"]}, resultTypes: ["violations"], preload: false, elementRef: false})
		.then(r => r.violations.flatMap(v => v.nodes.map(n => n.html + " " + n.failureSummary)).join("\n"))`
)

func (b *browser) inMedium(t *testing.T, origin, name string, m medium, axeScript string) error {
	ctx, cancel := b.within()
	defer cancel()
	params := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}}
	if m.print {
		params.Media = "print"
	}
	for feature, value := range m.features {
		params.Features = append(params.Features, &emulation.MediaFeature{Name: feature, Value: value})
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, params); err != nil {
		return err
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(m.width, 800), chromedp.Navigate(origin+"/en/"+name+".html")); err != nil {
		return err
	}
	asked := []string{wrongMotion}
	switch {
	case m.print:
		asked = append(asked, wrongPrint)
	case m.before != "":
		asked = append(asked, wrongRTL)
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[string](m.before)); err != nil {
			return err
		}
	case m.features["forced-colors"] != "":
		asked = append(asked, wrongForced)
	default:
		asked = append(asked, wrongContrast)
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[chromedp.Void](axeScript+";0")); err != nil {
			return fmt.Errorf("loading axe-core: %w", err)
		}
	}
	for _, script := range asked {
		wrong, err := chromedp.Run(ctx, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
		if err != nil {
			return err
		}
		if wrong != "" {
			t.Errorf("%s, %s:\n%s", name, m.name, wrong)
		}
	}
	return m.keep(ctx, name)
}

// keep takes a picture, where pictures are asked for.
func (m medium) keep(ctx context.Context, name string) error {
	dir := os.Getenv("CLAVIGER_GALLERY")
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Join(dir, "media"), 0o750); err != nil {
		return err
	}
	return picture(ctx, m.width, filepath.Join(dir, "media", name+"-"+m.name+".png"))
}
