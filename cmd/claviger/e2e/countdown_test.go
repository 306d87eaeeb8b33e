package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestTwoApplications is one person with two applications in two tabs, by keyboard: both
// count down, staying in one, with Enter or Escape, keeps both, and when nothing happens
// both end.
func TestTwoApplications(t *testing.T) {
	t.Parallel()
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel() // mostly they wait
			in := newInstallation(t, backend, map[string]string{
				"session.idle": quote("30s"), "session.shared_idle": quote("30s"), "outbound.allow": `["127.0.0.1", "::1"]`,
			})
			ada := in.enroll(3)[0]
			first, second := freeAddress(t), freeAddress(t)
			in.registerPortalAs("labs", "localhost", first, "--backchannel-logout-uri", "http://127.0.0.1:"+port(first)+"/backchannel-logout")
			in.registerPortalAs("claims", "127.0.0.1", second, "--backchannel-logout-uri", "http://127.0.0.1:"+port(second)+"/backchannel-logout")
			in.serve()
			labs := in.portalAs("labs", "localhost", first, "30s")
			claims := in.portalAs("claims", "127.0.0.1", second, "30s")

			b := newBrowser(t)
			b.open(labs + "/home")
			b.fill("#userid", ada.userID)
			b.fill("#password", ada.temporary)
			b.click("#submit")
			b.fill("#new-password", nextPersonal)
			b.fill("#confirm", nextPersonal)
			b.click("#submit")
			b.see("#facts")
			other := b.tab()
			other.open(claims + "/home") // signed in already
			other.see("#facts")

			for _, tab := range []*browser{b, other} {
				tab.script(`document.querySelector("#stay").focus(); "focused"`)
			}
			for _, tab := range []*browser{b, other} {
				tab.see("#claviger-session-stay")
			}
			for _, tab := range []*browser{b, other} {
				tab.counts("#claviger-session-text")
			}
			heard(t, b)
			for range 3 { // the page behind the dialog is out of reach
				b.keys(kb.Tab)
				if at := b.script(`document.activeElement === document.body || document.activeElement.closest("dialog") ? "" : document.activeElement.outerHTML`); at != "" {
					t.Errorf("Tab leads out of the dialog, to %s", at)
				}
			}
			b.look("countdown")
			key := kb.Escape
			if backend == "embedded" {
				b.script(`document.querySelector("#claviger-session-stay").focus(); "focused"`)
				key = kb.Enter
			}
			b.keys(key)
			b.waitGone("#claviger-session-stay")
			other.waitGone("#claviger-session-stay")
			b.hasFocus("#stay") // where it was

			stayed := time.Now()
			for _, tab := range []*browser{b, other} {
				tab.waitText("You have been signed out")
			}
			if took := time.Since(stayed); took < 20*time.Second {
				t.Errorf("signed out %v after somebody said that they stay", took)
			}
			for _, tab := range []*browser{b, other} {
				tab.look("after-idle")
				tab.back()
				if text := tab.text(); strings.Contains(text, "What we were told about you") {
					t.Errorf("the Back button shows the page again:\n%s", text)
				}
			}
			in.forgets(ada)
			b.open(labs + "/home")
			b.see("#password")
			if told := b.text(); !strings.Contains(told, "You were signed out because nothing was done here") {
				t.Errorf("the sign-in page does not say why:\n%s", told)
			}
			b.look("sign-in-after-idle")
		})
	}
}

// counts waits until a text with a number in it has another number.
func (b *browser) counts(selector string) {
	b.t.Helper()
	first := b.see(selector)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if now := b.see(selector); now != first && strings.HasPrefix(now, "You will be signed out in ") {
			return
		}
	}
	b.t.Errorf("%s stays at %q", selector, first)
}

// heard looks at what a screen reader is told while the dialog is open, in Chromium's
// accessibility tree.
func heard(t *testing.T, b *browser) {
	t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	tree, err := chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	b.check(err, "reading the accessibility tree")
	text := func(v *accessibility.Value) string {
		if v == nil {
			return ""
		}
		return strings.Trim(string(v.Value), `"`)
	}
	dialog, button, live := false, false, false
	for _, node := range tree.Nodes {
		if node.Ignored {
			continue
		}
		is := map[accessibility.PropertyName]string{}
		for _, p := range node.Properties {
			is[p.Name] = text(p.Value)
		}
		switch name := text(node.Name); text(node.Role) {
		case "alertdialog":
			dialog = name == "Are you still there?" && strings.HasPrefix(text(node.Description), "You will be signed out in ") && is["modal"] == "true"
		case "button", "link":
			if name == "Stay signed in" && is["focused"] == "true" {
				button = true
			} else {
				t.Errorf("%q can be reached behind the dialog", name)
			}
		case "status":
			live = is["live"] == "polite"
		}
	}
	if !dialog || !button || !live {
		t.Errorf("told of the dialog %v, of its button %v, of what changes %v", dialog, button, live)
	}
}
