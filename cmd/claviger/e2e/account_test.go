package e2e

import (
	"strings"
	"testing"
)

// TestOnesOwnFactors is somebody with a password who goes to their account by
// themselves, adds a passkey, proves it, names it, and removes it.
func TestOnesOwnFactors(t *testing.T) {
	t.Parallel()
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			in := newInstallation(t, backend, nil)
			ada := in.enroll(1)[0]
			server := in.serve()
			b := newBrowser(t)
			device := b.authenticator()
			b.touches(device, false) // the sign-in page asks already
			b.open(in.issuer + "/account/factors")
			b.waitText("to see your account")
			b.look("sign-in-own")
			b.chooses(ada)
			b.see("#none")
			b.look("account-factors-none")

			b.click("#add-passkey")
			b.see("#create")
			b.fill("#name", "Office computer")
			b.look("account-factor-passkey")
			b.touches(device, true)
			b.click("#create")
			if codes := strings.Fields(b.see("#codes")); len(codes) != 10 {
				t.Errorf("%d codes", len(codes))
			}
			b.look("account-codes-shown")
			b.click("#continue")
			if text := b.text(); !strings.Contains(text, "Office computer") || !strings.Contains(text, "10 are left") || !strings.Contains(text, "fingerprint") {
				t.Errorf("the list says:\n%s", text)
			}
			b.look("account-factors")

			// The session has seen the password only; now there is more to prove.
			b.click(`a[href$="/rename"]`)
			b.see("#use-passkey")
			b.click("#use-passkey")
			b.see("#name")
			b.look("account-factor-rename")
			b.fill("#name", "Desk")
			b.click("#submit")
			b.waitText("Desk")
			b.click(`a[href$="/remove"]`)
			b.see("#last")
			b.look("account-factor-remove")
			b.click("#submit")
			b.see("#none")
			server.stop()
			in.claviger("audit", "verify")
		})
	}
}
