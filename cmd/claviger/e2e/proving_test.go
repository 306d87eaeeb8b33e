package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

const (
	acrPassword = "urn:claviger:acr:password"
	acrMFA      = "urn:claviger:acr:mfa"
	acrPasskey  = "urn:claviger:acr:phishing-resistant"
)

// TestProving is what people have and say besides the password, from beginning to
// end: passkeys, an app and what helps when it is lost, and the Use Agreement.
func TestProving(t *testing.T) {
	t.Parallel()
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			h := newHosted(t, backend, 3, true, nil)
			h.server.stop()
			app := h.newApplication(t, "charts")
			h.server = h.serve()
			t.Run("passkeys", func(t *testing.T) { h.severalPasskeys(t, app) })
			t.Run("step-up and loss", func(t *testing.T) { h.stepsUpAndLoses(t, app) })
			t.Run("agreement", func(t *testing.T) { h.newAgreement(t, app) })
			h.server.stop()
			h.claviger("audit", "verify")
			if why := h.reasons("factor.failed"); why["cloned"] == 0 || why["unknown_passkey"] == 0 {
				t.Errorf("of the copy of a passkey, and of one that was removed, the log says %v", why)
			}
		})
	}
}

// begins signs somebody in for the first time, wherever they wanted to go.
func (b *browser) begins(who account) {
	b.t.Helper()
	b.signsIn(who, who.temporary)
	b.click("#submit")
	b.accepts()
	b.choosesPersonal()
	b.click("#submit")
}

// severalPasskeys sets up two, which have names, and signs in with either; the one that is removed, and a copy of the other, are worth
// nothing.
func (h *hosted) severalPasskeys(t *testing.T, app *application) {
	ada := h.person()
	b := h.browser(t)
	built := b.authenticator()
	b.touches(built, false) // the sign-in page asks already
	b.open(h.issuer + "/account/factors")
	b.begins(ada)
	b.see("#none")
	b.click("#add-passkey")
	b.fill("#name", "Office computer")
	b.touches(built, true)
	b.click("#create")
	if codes := strings.Fields(b.see("#codes")); len(codes) != 10 {
		t.Errorf("%d recovery codes", len(codes))
	}
	b.click("#continue")
	// To add another one means to prove what there is.
	b.click("#add-passkey")
	b.click("#use-passkey")
	b.touches(built, false)
	key := b.plugIn()
	b.fill("#name", "Blue key")
	b.click("#create")
	b.see("h1")
	b.open(h.issuer + "/account/factors")
	if text := b.text(); !strings.Contains(text, "Office computer") || !strings.Contains(text, "Blue key") {
		t.Fatalf("two were set up, and the list says:\n%s", text)
	}

	// Who has a passkey on this computer picks it where the User ID is asked for.
	b.touches(key, false)
	b.signsOutOf(h.issuer)
	b.touches(built, true)
	b.goes(app.ask())
	if who := b.told(); who.ACR != acrPasskey || slices.Contains(who.AMR, "pwd") {
		t.Errorf("picked in the field for the User ID, the application was told %+v", who)
	}

	b.open(h.issuer + "/account/factors")
	b.leaves(`[...document.querySelectorAll("section")].find(s => s.textContent.includes("Office computer")).querySelector('a[href$="/remove"]').click()`)
	if text := b.text(); !strings.Contains(text, "Office computer") {
		t.Fatalf("what is to be removed is not named:\n%s", text)
	}
	b.click("#submit")
	if text := b.text(); strings.Contains(text, "Office computer") || !strings.Contains(text, "Blue key") {
		t.Fatalf("one was removed, and the list says:\n%s", text)
	}
	b.touches(built, false)
	b.signsOutOf(h.issuer)
	b.touches(built, true)
	b.goes(app.ask())
	b.waitText("That passkey did not work here.")

	b.touches(built, false)
	b.loses(built) // it would answer again and again
	b.touches(key, true)
	b.goes(app.ask())
	b.told()

	// A copy has counted less than the key itself (WebAuthn section 7.2 step 22).
	b.touches(key, false)
	b.signsOutOf(h.issuer)
	b.countsAgain(key)
	before := strings.Count(h.server.log.String(), "/sign-in/passkey status=422")
	b.touches(key, true)
	b.goes(app.ask())
	b.waitText("That passkey did not work here.")
	// Nor does it by being tried until it has counted further, as the page does where
	// the device is touched all the time.
	until(t, "the copy is refused again and again", func() bool {
		return strings.Count(h.server.log.String(), "/sign-in/passkey status=422") >= before+4
	})
	b.touches(key, false)
	other := b.tab()
	other.open(app.ask("prompt", "none"))
	if got := other.see("#refused"); got != "login_required" {
		t.Errorf("a copy of a passkey signed in: %s", got)
	}
}

// signsOutOf signs out at the provider itself.
func (b *browser) signsOutOf(issuer string) {
	b.t.Helper()
	b.open(issuer + "/sign-out")
	b.click("main button[type=submit]")
	b.see("h1")
}

// goes opens an address that may lead on by itself.
func (b *browser) goes(address string) {
	b.t.Helper()
	b.script(`location.href = ` + quote(address) + `; ""`)
}

// plugIn plugs in a security key, which is touched when it asks for it.
func (b *browser) plugIn() webauthn.AuthenticatorID {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	added, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Transport: "usb", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true,
			AutomaticPresenceSimulation: true,
		},
	})
	b.check(err, "plugging in a key")
	return added.AuthenticatorID
}

// loses empties a device.
func (b *browser) loses(device webauthn.AuthenticatorID) {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	_, err := chromedp.Call(ctx, webauthn.ClearCredentials, webauthn.ClearCredentialsParams{AuthenticatorID: device})
	b.check(err, "emptying the device")
}

// countsAgain puts a copy from long ago in the place of the one passkey on a device.
func (b *browser) countsAgain(device webauthn.AuthenticatorID) {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	held, err := chromedp.Call(ctx, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: device})
	b.check(err, "reading what is on the device")
	if len(held.Credentials) != 1 {
		b.t.Fatalf("%d passkeys are on the device", len(held.Credentials))
	}
	one := held.Credentials[0]
	if one.SignCount < 2 {
		b.t.Fatalf("the device has counted to %v only", one.SignCount)
	}
	_, err = chromedp.Call(ctx, webauthn.RemoveCredential, webauthn.RemoveCredentialParams{AuthenticatorID: device, CredentialID: one.CredentialID})
	b.check(err, "removing it")
	// webauthn.AddCredential names a property that Chromium takes from no such device.
	add := cdp.Command[map[string]any, cdp.Empty]{Method: webauthn.CommandAddCredential}
	_, err = chromedp.Call(ctx, add, map[string]any{"authenticatorId": device, "credential": map[string]any{
		"credentialId": one.CredentialID, "isResidentCredential": true, "rpId": one.RpID, "privateKey": one.PrivateKey, "userHandle": one.UserHandle, "signCount": 0,
	}})
	b.check(err, "putting the copy there")
}

// stepsUpAndLoses is somebody whom an application asks for more while they are signed
// in, who draws new recovery codes, and then has lost everything.
func (h *hosted) stepsUpAndLoses(t *testing.T, app *application) {
	grace := h.person()
	b := h.browser(t)
	b.open(app.ask())
	b.begins(grace)
	first := b.told()
	if first.ACR != acrPassword {
		t.Errorf("a password alone is told as %s", first.ACR)
	}
	b.open(h.issuer + "/account/factors/totp")
	if b.script(`(() => { const r = document.querySelector("#picture").getBoundingClientRect(); return r.width >= 120 && r.height >= 120 ? "yes" : ""; })()`) == "" {
		t.Error("there is no picture to point a telephone at")
	}
	secret := b.see("#secret")
	b.fill("#code", totp(t, secret, time.Now()))
	b.fill("#name", "My telephone")
	b.click("#submit")
	codes := strings.Fields(b.see("#codes"))
	b.click("#continue")

	// RFC 9470: asked for two factors, the person is asked for the missing one alone.
	b.open(app.ask("acr_values", acrMFA))
	b.see("#code")
	if b.has("#password") {
		t.Error("the password is asked for again")
	}
	b.fill("#code", totp(t, secret, time.Now().Add(30*time.Second)))
	b.click("#submit")
	if raised := b.told(); raised.ACR != acrMFA || raised.SID == first.SID || raised.Time != first.Time || !slices.Equal(raised.AMR, []string{"pwd", "otp", "mfa"}) {
		t.Errorf("stepped up from %+v to %+v", first, raised)
	}
	// And asked for a fresh sign-in, for everything.
	b.open(app.ask("max_age", "0"))
	b.signsIn(grace, personal)
	b.click("#submit")
	b.press("#lost")
	b.fill("#recovery", codes[0])
	b.click("#recover")
	if again := b.told(); again.ACR != acrMFA {
		t.Errorf("after a recovery code: %+v", again)
	}

	// New codes end the old ones.
	b.open(h.issuer + "/account/factors")
	if text := b.text(); !strings.Contains(text, "My telephone") || !strings.Contains(text, "9 are left") {
		t.Errorf("the list says:\n%s", text)
	}
	b.click("#draw")
	b.click("#submit")
	fresh := strings.Fields(b.see("#codes"))
	if len(fresh) != 10 || slices.Contains(fresh, codes[1]) {
		t.Errorf("drawn again: %d codes", len(fresh))
	}
	b.click("#continue")
	if text := b.text(); strings.Contains(text, fresh[0]) || !strings.Contains(text, "10 are left") {
		t.Errorf("afterwards the list says:\n%s", text)
	}
	b.open(app.ask("prompt", "login"))
	b.signsIn(grace, personal)
	b.click("#submit")
	b.press("#lost")
	b.fill("#recovery", codes[1])
	b.click("#recover")
	b.waitText("used before")
	b.fill("#recovery", fresh[0])
	b.click("#recover")
	b.told()

	// Everything is lost: the help desk proves anew who it is.
	if code, _ := app.refresh(); code != "" {
		t.Errorf("refreshing: %s", code)
	}
	h.claviger("person", "factor", "reset", grace.userID, "--proof", "in_person", "--reason", "lost telephone, driver license seen")
	if code, _ := app.refresh(); code != "invalid_grant" {
		t.Errorf("refreshing after the reset: %q", code)
	}
	b.open(h.strict)
	b.click("#login")
	b.signsIn(grace, personal)
	b.click("#submit")
	b.see("#totp") // nothing is left to ask for, so that another one is set up
	if b.has("#code") {
		t.Error("a code is asked for after the reset")
	}
}

// newAgreement is a new version of the Use Agreement, which is in force at once, for
// somebody who is signed in.
func (h *hosted) newAgreement(t *testing.T, app *application) {
	mary := h.person()
	b := h.browser(t)
	b.open(app.ask())
	b.begins(mary)
	before := b.told()
	if code, hint := app.refresh(); code != "" {
		t.Errorf("refreshing: %s %s", code, hint)
	}
	h.publishesVersion(t, "2", "# Use Agreement\n\nOnce more, and **better**.\n")
	if code, hint := app.refresh(); code != "invalid_grant" || hint != "agreement_required" {
		t.Errorf("refreshing under a new version: %q, hint %q", code, hint)
	}
	b.open(app.ask("prompt", "none"))
	if got := b.see("#refused"); got != "interaction_required" {
		t.Errorf("prompt=none: %s", got)
	}
	b.open(app.ask())
	if got := b.see("#version"); got != "2" {
		t.Errorf("version %s is asked for", got)
	}
	b.click("#submit") // without the tick
	b.see("#alert")
	b.press("#accept")
	b.click("#submit")
	if after := b.told(); after.SID != before.SID {
		t.Error("to accept a version ends the session")
	}
	if code, hint := app.refresh(); code != "" {
		t.Errorf("refreshing afterwards: %s %s", code, hint)
	}

	b.open(h.issuer + "/account/agreements")
	receipt := b.download(`a[href$="/receipt"]`)
	for _, want := range []string{"claviger use agreement receipt v1\n", "\nuser-id: " + mary.userID + "\n", "\nversion: 2\n", "\n— "} {
		if !strings.Contains(receipt, want) {
			t.Errorf("the receipt has no %q:\n%s", want, receipt)
		}
	}
	file := h.secretFile("receipt.txt", strings.TrimSuffix(receipt, "\n"))
	for _, said := range []string{
		h.claviger("agreement", "verify", file, "--document", filepath.Join(h.dir, "agreement-2.md")),
		h.start("agreement", "verify", file, "--key", strings.TrimSpace(h.claviger("audit", "key"))),
	} {
		if !strings.Contains(said, "the receipt is sound\n"+mary.userID+" accepted version 2 for everyone, in en, at ") {
			t.Errorf("the receipt verifies as:\n%s", said)
		}
	}

	h.claviger("agreement", "withdraw", mary.userID, "--reason", "new_contract")
	if code, _ := app.refresh(); code != "invalid_grant" {
		t.Errorf("refreshing after it was taken back: %q", code)
	}
	b.open(app.ask("prompt", "none"))
	if got := b.see("#refused"); got != "login_required" {
		t.Errorf("taken back, and prompt=none: %s", got)
	}
	b.open(app.ask())
	b.signsIn(mary, personal)
	b.click("#submit")
	b.see("#accept")
	if b.has("#later") {
		t.Error("who took it back may put it off")
	}
	b.click("#decline")
	b.open(app.ask("prompt", "none"))
	if got := b.see("#refused"); got != "login_required" {
		t.Errorf("declined, and prompt=none: %s", got)
	}
}

// publishesVersion has the server serve another version of the agreement, in force at
// once.
func (h *hosted) publishesVersion(t *testing.T, version, text string) {
	t.Helper()
	file := filepath.Join(h.dir, "agreement-"+version+".md")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h.server.stop()
	config := strings.Replace(readFile(t, h.config), "documents = [", `documents = [{audience = "everyone", version = `+quote(version)+
		`, language = "en", effective = "2026-02-01", file = `+quote(file)+"}, ", 1)
	if err := os.WriteFile(h.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	h.server = h.serve()
}

// download presses a link to a file, and returns what the browser saved.
func (b *browser) download(selector string) string {
	b.t.Helper()
	return b.downloads(func() { b.press(selector) })
}

// downloads is the text of the file that something leads to.
func (b *browser) downloads(act func()) string {
	b.t.Helper()
	dir := b.t.TempDir()
	ctx, cancel := b.within()
	defer cancel()
	_, err := chromedp.Call(ctx, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{
		Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir,
		BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
	})
	b.check(err, "choosing where files go")
	act()
	for ctx.Err() == nil {
		files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
		if err == nil && len(files) == 1 {
			return readFile(b.t, files[0])
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.check(ctx.Err(), "waiting for the file")
	return ""
}
