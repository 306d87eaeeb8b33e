package e2e

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// totp is what an application on a telephone shows: RFC 6238.
func totp(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.DecodeString(strings.ReplaceAll(strings.TrimSpace(secret), " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(at.Unix()/30)))
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1000000)
}

// authenticator plugs a device with a fingerprint reader into the browser.
func (b *browser) authenticator() webauthn.AuthenticatorID {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	_, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{})
	b.check(err, "turning on virtual authenticators")
	added, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true,
			AutomaticPresenceSimulation: true,
		},
	})
	b.check(err, "adding a virtual authenticator")
	return added.AuthenticatorID
}

// touches says whether somebody touches the device when it asks for it.
func (b *browser) touches(device webauthn.AuthenticatorID, yes bool) {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	_, err := chromedp.Call(ctx, webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{
		AuthenticatorID: device, Enabled: yes,
	})
	b.check(err, "touching the device")
}

// chooses goes on from the sign-in page to a personal password.
func (b *browser) chooses(who account) {
	b.t.Helper()
	b.fill("#userid", who.userID)
	b.fill("#password", who.temporary)
	b.click("#submit")
	b.see("#new-password")
	b.fill("#new-password", personal)
	b.fill("#confirm", personal)
	b.click("#submit")
}

// TestPasskey is somebody who has to set up a second factor and takes a passkey:
// with it alone they sign in from then on.
func TestPasskey(t *testing.T) {
	t.Parallel()
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			in := newInstallation(t, backend, map[string]string{"factors.required": quote("phishing-resistant")})
			ada := in.enroll(1)[0]
			address := in.registerPortal()
			server := in.serve()
			portal := in.portal(address, "10m")
			b := newBrowser(t)
			device := b.authenticator()

			b.open(portal)
			b.touches(device, false) // the sign-in page asks already
			b.click("#login")
			b.see("#use-passkey")
			b.look("sign-in-passkey")
			b.touches(device, true)
			b.chooses(ada)
			b.see("#create")
			b.look("set-up-passkey")
			if strings.Contains(b.text(), "Set up an authenticator app") {
				t.Error("an application is offered where it is not enough")
			}
			b.click("#create")
			b.see("#codes")
			b.look("recovery-codes")
			b.click("#continue") // making one proves nothing: it has to be used
			b.see("#use-passkey")
			b.look("second-factor-passkey")
			b.click("#use-passkey")
			if facts := b.see("#facts"); !strings.Contains(facts, "security key or passkey") || !strings.Contains(facts, "with your password") {
				t.Errorf("the portal was told:\n%s", facts)
			}
			b.click("#logout")
			b.waitText("You have signed out")

			// With the passkey alone, by the button.
			b.touches(device, false)
			b.open(portal)
			b.click("#login")
			b.see("#use-passkey")
			signIn := b.location()
			options := b.script(`document.querySelector("#passkey").dataset.options`)
			ceremony := b.script(`document.querySelector("#passkey").dataset.ceremony`)

			// What the passkey says at another origin (the portal's, which has the same
			// host and another port) is worth nothing here.
			b.open(portal)
			b.touches(device, true)
			b.script(`window.said = ""; (async () => {
  const decode = (s) => Uint8Array.from(atob(s.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const o = JSON.parse(` + "`" + options + "`" + `);
  o.challenge = decode(o.challenge);
  const c = await navigator.credentials.get({ publicKey: o });
  window.said = JSON.stringify(c.toJSON());
})().catch((e) => { window.said = "failed: " + e; }); "asked"`)
			said := ""
			for deadline := time.Now().Add(patience); said == "" && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
				said = b.script(`window.said`)
			}
			if !strings.HasPrefix(said, "{") {
				t.Fatalf("the device said %q", said)
			}
			b.touches(device, false)
			b.open(signIn)
			b.script(`(() => {
  const form = document.querySelector("#passkey").cloneNode(false);
  for (const [name, value] of [["ceremony", "` + ceremony + `"], ["answer", ` + "`" + said + "`" + `]]) {
    const field = document.createElement("input");
    field.name = name;
    field.value = value;
    form.append(field);
  }
  document.body.append(form);
  form.submit();
  return "sent";
})()`)
			b.waitText("That passkey did not work here.")
			b.look("sign-in-passkey-refused")

			b.touches(device, true)
			b.click("#use-passkey")
			if facts := b.see("#facts"); !strings.Contains(facts, "security key or passkey") || strings.Contains(facts, "with your password") {
				t.Errorf("the portal was told:\n%s", facts)
			}
			server.stop()
			in.claviger("audit", "verify")
		})
	}
}

// TestAuthenticatorApp is somebody who has to set up a second factor and takes an
// application on a telephone.
func TestAuthenticatorApp(t *testing.T) {
	t.Parallel()
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			in := newInstallation(t, backend, map[string]string{"factors.required": quote("mfa")})
			ada := in.enroll(1)[0]
			address := in.registerPortal()
			in.serve()
			portal := in.portal(address, "10m")
			b := newBrowser(t)
			signIn := func() {
				t.Helper()
				b.open(portal)
				b.click("#login")
				b.see("#password")
				b.fill("#userid", ada.userID)
				b.fill("#password", personal)
				b.click("#submit")
				b.see("#code")
			}
			signOut := func() {
				t.Helper()
				if facts := b.see("#facts"); !strings.Contains(facts, "with a one-time code") {
					t.Errorf("the portal was told:\n%s", facts)
				}
				b.click("#logout")
				b.waitText("You have signed out")
			}

			b.open(portal)
			b.click("#login")
			b.see("#password")
			b.chooses(ada)
			b.see("#totp")
			b.look("set-up-factor")
			b.click("#totp")
			secret := b.see("#secret")
			b.look("set-up-totp")
			b.fill("#code", totp(t, secret, time.Now()))
			b.click("#submit")
			codes := strings.Fields(b.see("#codes"))
			b.click("#continue")
			signOut()

			signIn()
			b.look("second-factor")
			next := totp(t, secret, time.Now().Add(30*time.Second)) // that of a clock which is fast
			b.fill("#code", next)
			b.click("#submit")
			signOut()

			signIn()
			b.fill("#code", next)
			b.click("#submit")
			b.waitText("used before")
			b.look("second-factor-wrong")
			b.press("#lost")
			b.fill("#recovery", codes[0])
			b.click("#recover")
			signOut()

			signIn()
			b.press("#lost")
			b.fill("#recovery", codes[0])
			b.click("#recover")
			b.waitText("used before")
			b.fill("#recovery", codes[1])
			b.click("#recover")
			signOut()
		})
	}
}
