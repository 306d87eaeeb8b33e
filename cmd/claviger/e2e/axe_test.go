package e2e

import (
	"os"
	"strings"

	"github.com/chromedp/chromedp"
)

// violation is one barrier that axe-core found.
type violation struct {
	ID     string   `json:"id"`
	Impact string   `json:"impact"`
	Help   string   `json:"help"`
	Nodes  []string `json:"nodes"`
}

// axe runs the rules of WCAG 2.2 level AA and axe-core's own good practice.
const axe = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], ` + axeRest

// axeColors runs those of the rules that look at colors.
const axeColors = `axe.run(document, {runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block"]}, ` + axeRest

// axeRest is what both have. No rule of these reads style sheets, so none is fetched
// again.
const axeRest = `resultTypes: ["violations"], preload: false, elementRef: false})
  .then(r => r.violations.map(v => ({id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map(n => n.html + " " + n.failureSummary)})))`

// checkBarriers reports what would keep somebody from using the page.
func (b *browser) checkBarriers(page string) {
	b.t.Helper()
	b.runAxe(axe, page)
}

// runAxe reports what a run of axe-core finds.
func (b *browser) runAxe(run, page string) {
	b.t.Helper()
	script, err := os.ReadFile("node/node_modules/axe-core/axe.min.js")
	if err != nil {
		b.t.Fatalf("axe-core is not installed (%v): run the tests with make test or make e2e", err)
	}
	ctx, cancel := b.within()
	defer cancel()
	there, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`"axe" in window`))
	b.check(err, "looking for axe-core")
	if !there {
		// DevTools evaluates outside the page's content security policy.
		_, err = chromedp.Run(ctx, chromedp.Evaluate[chromedp.Void](string(script)+";0"))
		b.check(err, "loading axe-core")
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]violation](run, chromedp.EvalAwaitPromise))
	b.check(err, "running axe-core")
	for _, v := range found {
		b.t.Errorf("%s: %s (%s, %s)\n\t%s", page, v.Help, v.ID, v.Impact, strings.Join(v.Nodes, "\n\t"))
	}
}
