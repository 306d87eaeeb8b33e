package e2e

import (
	"strings"
	"testing"
	"time"
)

// TestTwoApplications is one person with two applications in two tabs: both warn,
// staying in one keeps both, and when nothing happens both end.
func TestTwoApplications(t *testing.T) {
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel() // mostly they wait
			in := newInstallation(t, backend, map[string]string{
				"session.idle": quote("24s"), "session.shared_idle": quote("24s"), "outbound.allow": `["127.0.0.1", "::1"]`,
			})
			ada := in.enroll(3)[0]
			first, second := freeAddress(t), freeAddress(t)
			in.registerPortalAs("labs", "localhost", first, "--backchannel-logout-uri", "http://127.0.0.1:"+port(first)+"/backchannel-logout")
			in.registerPortalAs("claims", "127.0.0.1", second, "--backchannel-logout-uri", "http://127.0.0.1:"+port(second)+"/backchannel-logout")
			in.serve()
			labs := in.portalAs("labs", "localhost", first, "24s")
			claims := in.portalAs("claims", "127.0.0.1", second, "24s")

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
				tab.see("#claviger-session-stay")
			}
			heard(t, b)
			b.look("countdown")
			// By keyboard: the button has the focus, and Enter presses it.
			b.keys("\r")
			b.waitGone("#claviger-session-stay")
			other.waitGone("#claviger-session-stay")

			stayed := time.Now()
			for _, tab := range []*browser{b, other} {
				tab.waitText("You have been signed out")
			}
			if took := time.Since(stayed); took < 15*time.Second {
				t.Errorf("signed out %v after somebody said that they stay", took)
			}
			for _, tab := range []*browser{b, other} {
				tab.look("after-idle")
				tab.back()
				if text := tab.text(); strings.Contains(text, "What we were told about you") {
					t.Errorf("the Back button shows the page again:\n%s", text)
				}
			}
			b.open(labs + "/home")
			b.see("#password")
			if told := b.text(); !strings.Contains(told, "You were signed out because nothing was done here") {
				t.Errorf("the sign-in page does not say why:\n%s", told)
			}
			b.look("sign-in-after-idle")
		})
	}
}

// heard looks at what a screen reader is told of the dialog.
func heard(t *testing.T, b *browser) {
	t.Helper()
	told := b.script(`(() => {
  const d = document.querySelector('dialog[open]');
  const named = (attribute) => document.getElementById(d.getAttribute(attribute))?.textContent || '';
  const live = d.querySelector('[role=status]');
  return [d.getAttribute('role'), named('aria-labelledby'), named('aria-describedby'),
    live.getAttribute('aria-live'), document.activeElement.id].join('|');
})()`)
	for _, want := range []string{"alertdialog|Are you still there?|You will be signed out in ", "|polite|claviger-session-stay"} {
		if !strings.Contains(told, want) {
			t.Errorf("the dialog is %q, without %q", told, want)
		}
	}
}
