package e2e

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

const (
	personal     = "meadow lark at dawn 42"
	nextPersonal = "a heron by the river 7"
)

// TestClinician is the whole main job, in a browser, on each combination of
// stores: a roster becomes accounts, a clinician signs in with a temporary
// password, is made to choose a personal one, lands in the portal, is signed
// out when idle and must sign in again.
func TestClinician(t *testing.T) {
	t.Parallel()
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			in := newInstallation(t, backend, map[string]string{
				"session.idle": quote("10s"), "session.shared_idle": quote("4s"),
			})
			ada := in.enroll(1000)[0]
			address := in.registerPortal()
			server := in.serve()
			portal := in.portal(address, "10s")
			b := newBrowser(t)

			b.open(portal)
			b.look("welcome")
			b.click("#login")
			b.see("#password")
			b.look("sign-in")

			b.fill("#userid", ada.userID)
			b.fill("#password", "not the temporary password")
			b.click("#submit")
			b.see("#password")
			b.look("sign-in-refused")
			if strings.Contains(b.location(), portal) {
				t.Fatal("a wrong password led to the portal")
			}

			b.fill("#userid", ada.userID)
			b.fill("#password", ada.temporary)
			b.click("#submit")
			b.see("#new-password")
			b.look("choose-password")
			choose := b.location()

			refusedBeforeChoosing(t, b, in, portal, choose)

			b.open(choose)
			b.fill("#new-password", "short")
			b.fill("#confirm", "short")
			b.click("#submit")
			b.see("#new-password")
			b.look("choose-password-refused")
			b.fill("#new-password", personal)
			b.fill("#confirm", personal)
			b.click("#submit")

			facts := b.see("#facts")
			if !strings.Contains(facts, ada.userID) || !strings.Contains(facts, "with your password") {
				t.Errorf("the portal was told:\n%s", facts)
			}
			b.shot("portal-just-signed-in")

			b.click("#refresh")
			b.waitText("You have new tokens.")

			// Nothing happens for ten seconds.
			b.waitText("You have been signed out")
			b.look("portal-idle")
			in.forgets(ada)
			b.click("main .button")
			b.see("#password")

			// The temporary password is dead, the personal one works.
			b.fill("#userid", ada.userID)
			b.fill("#password", ada.temporary)
			b.click("#submit")
			b.see("#password")
			b.fill("#userid", ada.userID)
			b.fill("#password", personal)
			b.click("#submit")
			b.see("#facts")
			signsOut(t, b, portal)

			server.stop()
			verified := in.claviger("audit", "verify")
			t.Logf("audit verify: %s", strings.TrimSpace(verified))
		})
	}
}

// forgets waits until somebody has no session, which applications that count whole
// seconds take to be over a moment before the provider does.
func (in *installation) forgets(who account) {
	in.t.Helper()
	for end := time.Now().Add(patience); len(in.sessionsOf(who.userID)) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			in.t.Fatalf("%s is still signed in", who.userID)
		}
	}
}

// refusedBeforeChoosing tries every way to a code with nothing but a temporary
// password.
func refusedBeforeChoosing(t *testing.T, b *browser, in *installation, portal, choose string) {
	t.Helper()
	noCode := func(doing string) {
		t.Helper()
		if where := b.location(); strings.Contains(where, "code=") || strings.HasPrefix(where, portal+"/home") {
			t.Fatalf("%s led to %s", doing, where)
		}
	}
	query := url.Values{
		"response_type": {"code"}, "client_id": {"portal"}, "redirect_uri": {portal + "/callback"},
		"scope": {"openid"}, "state": {"a state of enough length"}, "nonce": {"a nonce of enough length"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}
	b.open(in.issuer + "/authorize?" + query.Encode())
	b.see("#password")
	noCode("a new request")

	query.Set("prompt", "none")
	b.open(in.issuer + "/authorize?" + query.Encode())
	noCode("prompt=none")
	if where := b.location(); !strings.Contains(where, "error=login_required") {
		t.Errorf("prompt=none led to %s", where)
	}

	dispatcher := choose[:strings.LastIndex(choose, "/")]
	b.open(dispatcher)
	noCode("the interaction's own address")
	b.see("#new-password")
}

// signsOut signs out in the portal and looks whether anything is left.
func signsOut(t *testing.T, b *browser, portal string) {
	t.Helper()
	b.open(portal + "/home")
	b.click("#logout")
	b.waitText("You have signed out")
	b.back()
	if text := b.text(); strings.Contains(text, "What we were told about you") {
		t.Errorf("the Back button shows the portal after the sign-out:\n%s", text)
	}
	b.open(portal + "/home")
	b.see("#password")
}

// TestSharedComputer checks that somebody who says so is signed out sooner.
func TestSharedComputer(t *testing.T) {
	t.Parallel()
	in := newInstallation(t, "embedded", map[string]string{
		"session.idle": quote("5m"), "session.shared_idle": quote("3s"),
	})
	ada := in.enroll(3)[1]
	address := in.registerPortal()
	in.serve()
	portal := in.portal(address, "5m")
	b := newBrowser(t)
	b.open(portal + "/home")
	b.fill("#userid", ada.userID)
	b.fill("#password", ada.temporary)
	b.press("#shared")
	b.click("#submit")
	b.fill("#new-password", nextPersonal)
	b.fill("#confirm", nextPersonal)
	b.click("#submit")
	b.see("#facts")
	b.look("portal")

	// Longer than the limit without any request, because one could be activity.
	time.Sleep(4 * time.Second)
	b.open(portal + "/login?return_to=/home")
	b.see("#password")
}
