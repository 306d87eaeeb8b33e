package oidc_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// consenting goes the whole way of a request, saying yes or no where it is asked, and
// returns how often it was and what the application gets.
func (b *browser) consenting(answer, path string) (asked int, back url.Values) {
	b.w.t.Helper()
	for a := b.get(path); ; {
		to := a.location(b.w.t)
		switch {
		case to.IsAbs():
			return asked, to.Query()
		case asked > 3:
			b.w.t.Fatal("asked again and again")
		case strings.HasSuffix(to.Path, "/sign-in"):
			a = b.do(http.MethodPost, to.String(), url.Values{})
		case strings.HasSuffix(to.Path, "/consent"):
			asked++
			a = b.do(http.MethodPost, to.String(), url.Values{"answer": {answer}})
		default:
			a = b.get(to.String())
		}
	}
}

// TestConsentIsRemembered: who uses an application that is not the operator's own is asked
// once for what it gets to know, and again for more.
func TestConsentIsRemembered(t *testing.T) { onEveryStore(t, testConsentIsRemembered) }

func testConsentIsRemembered(t *testing.T, w *world) {
	w.change("portal", func(c *storage.Client) { c.Consent = true })
	b := w.browser()
	expect := func(name, answer, path string, wantAsked int, wantError string) string {
		t.Helper()
		asked, back := b.consenting(answer, path)
		if asked != wantAsked || back.Get("error") != wantError || (wantError == "") != (back.Get("code") != "") {
			t.Errorf("%s: asked %d times, %v", name, asked, back)
		}
		return back.Get("code")
	}
	silently := func(change ...string) string { return ask("portal", append(change, "prompt", "none")...) }

	expect("who says no", "refuse", ask("portal"), 1, "access_denied")
	expect("no is no yes", "allow", ask("portal"), 1, "")
	code := expect("remembered", "refuse", ask("portal"), 0, "")
	expect("remembered for less", "refuse", ask("portal", "scope", "openid"), 0, "")
	expect("silently", "", silently(), 0, "")
	expect("more, silently", "", silently("scope", "openid profile email"), 0, "consent_required")
	expect("single claims, silently", "", silently("claims", `{"userinfo":{"email":null}}`), 0, "consent_required")
	expect("single claims of what is shared", "", silently("claims", `{"id_token":{"given_name":null}}`), 0, "")
	expect("more", "allow", ask("portal", "scope", "openid email"), 1, "")
	expect("both", "refuse", silently("scope", "openid profile email", "claims", `{"userinfo":{"email":null}}`), 0, "")
	expect("asked for", "allow", ask("portal", "prompt", "consent"), 1, "")
	expect("a no to a question that was asked for", "refuse", ask("portal", "prompt", "consent"), 1, "access_denied")
	expect("the operator's own", "refuse", ask("night", "scope", "openid email offline_access"), 0, "")
	b = w.browser()
	expect("in another browser", "refuse", ask("portal"), 0, "")
	if n := w.count("consent.given"); n != 3 {
		t.Errorf("%d consents are in the log", n)
	}

	status, issued, _ := w.redeem("portal", exchange(code))
	if status != http.StatusOK {
		t.Fatalf("%d %v", status, issued)
	}
	other := b.tokens("night")
	for range 2 {
		if err := w.Consents.Withdraw(t.Context(), w.person.ID, "portal", audit.Actor{Type: "person", ID: w.person.ID}); err != nil {
			t.Fatal(err)
		}
	}
	if status, out, _ := w.redeem("portal", refreshing(issued["refresh_token"].(string))); status != http.StatusBadRequest || out["error"] != "invalid_grant" {
		t.Errorf("refreshed after the consent was withdrawn: %d %v", status, out)
	}
	if a := w.userinfo(issued["access_token"]); a.status != http.StatusUnauthorized {
		t.Errorf("UserInfo after the consent was withdrawn: %d", a.status)
	}
	if status, out, _ := w.redeem("night", refreshing(other["refresh_token"].(string))); status != http.StatusOK {
		t.Errorf("another application: %d %v", status, out)
	}
	expect("silently after that", "", silently("scope", "openid"), 0, "consent_required")
	expect("after that", "allow", ask("portal"), 1, "")
}

// TestConsentIsOfWhoAgreed: what one person agreed to lets nobody else's data go.
func TestConsentIsOfWhoAgreed(t *testing.T) { onEveryStore(t, testConsentIsOfWhoAgreed) }

func testConsentIsOfWhoAgreed(t *testing.T, w *world) {
	w.change("portal", func(c *storage.Client) { c.Consent = true })
	if asked, back := w.browser().consenting("allow", ask("portal")); asked != 1 || back.Get("code") == "" {
		t.Fatalf("asked %d times, %v", asked, back)
	}
	w.person = w.somebodyElse()
	if asked, back := w.browser().consenting("refuse", ask("portal")); asked != 1 || back.Get("error") != "access_denied" {
		t.Errorf("somebody else: asked %d times, %v", asked, back)
	}
}

// TestCodeOfBeforeAWithdrawal: what was agreed to when the code was issued is not, when it
// is redeemed.
func TestCodeOfBeforeAWithdrawal(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		w.change("portal", func(c *storage.Client) { c.Consent = true })
		b := w.browser()
		_, back := b.consenting("allow", ask("portal"))
		w.clock.add(20 * time.Second)
		if err := w.Consents.Withdraw(t.Context(), w.person.ID, "portal", audit.Actor{Type: "person", ID: w.person.ID}); err != nil {
			t.Fatal(err)
		}
		status, out, _ := w.redeem("portal", exchange(back.Get("code")))
		if status == http.StatusOK {
			w.clock.add(time.Minute)
			renewed, _, _ := w.redeem("portal", refreshing(out["refresh_token"].(string)))
			t.Errorf("tokens after the consent was withdrawn: %d, refreshed %d", status, renewed)
		}
	})
}
