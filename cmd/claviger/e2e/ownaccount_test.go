package e2e

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// TestOwnAccount is what people do at the pages of their account, and how they leave: a
// computer of their own, one that others use, and several applications.
func TestOwnAccount(t *testing.T) {
	t.Parallel()
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			h := newHosted(t, backend, 3, true, map[string]string{
				"outbound.allow": `["127.0.0.1"]`, "session.shared_idle": quote("7m"), "password.rotation.min_age_days": "0",
			})
			h.server.stop()
			hears, silent := newLeft(t, h, "hears", "Hears It", 0), newLeft(t, h, "silent", "Silent Labs", 1000)
			h.server = h.serve()
			t.Run("account", func(t *testing.T) { h.keepsAccount(t) })
			t.Run("shared computer", func(t *testing.T) { h.leavesNothing(t) })
			t.Run("last page", func(t *testing.T) { h.readsLastPage(t, hears, silent) })
			h.server.stop()
			h.claviger("audit", "verify")
		})
	}
}

// keepsAccount is somebody new who then sees all that there is of them, and does once
// what can be done there.
func (h *hosted) keepsAccount(t *testing.T) {
	ada := h.person()
	b := h.browser(t)
	b.open(h.plain)
	b.click("#login")
	b.fieldsHelp(t)
	b.completes(map[string]string{"#userid": "username", "#password": "current-password"})
	b.signsIn(ada, ada.temporary)
	b.click("#submit")
	b.accepts()
	b.completes(map[string]string{"#userid": "username", "#new-password": "new-password", "#confirm": "new-password"})
	b.choosesPersonal()
	b.click("#submit")
	b.see("#facts")

	b.open(h.issuer + "/account/profile")
	if text := b.see(".facts"); !strings.Contains(text, ada.userID) {
		t.Errorf("the profile says:\n%s", text)
	}
	b.open(h.issuer + "/account/password")
	b.completes(map[string]string{"#userid": "username", "#current-password": "current-password", "#new-password": "new-password", "#confirm": "new-password"})
	b.fill("#current-password", personal)
	b.fill("#new-password", nextPersonal)
	b.fill("#confirm", nextPersonal)
	b.click("#submit")
	b.waitText("Your password was changed")

	secret, code := h.drawsCodes(t, b)
	h.endsAnother(t, b, ada, code)
	h.withdrawsConsent(t, b)

	b.open(h.issuer + "/account/activity")
	text := b.text()
	for _, said := range []string{
		"You signed in", "A second factor was added", "New recovery codes were made", "The password was changed", "An application got access",
		"The access of an application was taken away", "You were signed out", "The Use Agreement was accepted",
	} {
		if !strings.Contains(text, said) {
			t.Errorf("the activity has no %q:\n%s", said, text)
		}
	}
	events := b.script(`"" + document.querySelectorAll(".events > li").length`)
	b.click(`a[hreflang="es"], a[lang="es"]`)
	b.waitText("Actividad reciente")
	if got := b.script(`"" + document.querySelectorAll(".events > li").length`); got != events {
		t.Errorf("%s events in Spanish, %s in English", got, events)
	}
	b.click(`a[hreflang="en"], a[lang="en"]`)
	b.waitText("Recent activity")

	b.open(h.issuer + "/account/agreements")
	b.waitText("version 1")
	if receipt := b.download(`a[href$="/receipt"]`); !strings.Contains(receipt, "\nuser-id: "+ada.userID+"\n") {
		t.Errorf("the receipt says:\n%s", receipt)
	}
	b.leaves(`document.querySelector("section a").click()`)
	b.waitText("treatment")
	b.click("#back")
	b.click("#take-back")
	b.click("#submit")
	b.waitText("Leaving a shared computer?")
	if left := h.sessionsOf(ada.userID); len(left) != 0 {
		t.Errorf("who took everything back is signed in still: %v", left)
	}
	b.open(h.issuer + "/account/agreements")
	b.signsIn(ada, nextPersonal)
	b.click("#submit")
	b.completes(map[string]string{"#code": "one-time-code"})
	b.fill("#code", totp(t, secret, time.Now().Add(30*time.Second)))
	b.click("#submit")
	b.accepts()
	b.waitText("Taken back on")
}

// drawsCodes sets up an app, draws other recovery codes and loads their page again. It
// returns the secret of the app, and a code that was written down before that.
func (h *hosted) drawsCodes(t *testing.T, b *browser) (secret, code string) {
	b.open(h.issuer + "/account/factors")
	b.click("#add-totp")
	secret = b.see("#secret")
	b.completes(map[string]string{"#code": "one-time-code"})
	b.fill("#code", totp(t, secret, time.Now().Add(-30*time.Second)))
	b.click("#submit")
	first := strings.Fields(b.see("#codes"))
	b.click("#continue")
	b.click("#draw")
	b.fill("#code", totp(t, secret, time.Now()))
	b.click("#submit")
	b.see("#others")
	b.click("#submit")
	drawn := strings.Fields(b.see("#codes"))
	if len(drawn) != 10 || slices.Contains(drawn, first[0]) {
		t.Fatalf("drawn: %v, before: %v", drawn, first)
	}
	b.reload()
	if again := strings.Fields(b.see("#codes")); !slices.Equal(again, drawn) {
		t.Errorf("loaded again, the page shows %v, and %v were written down", again, drawn)
	}
	b.click("#continue")
	if text := b.text(); !strings.Contains(text, "10 are left") || strings.Contains(text, drawn[0]) {
		t.Errorf("afterwards the list says:\n%s", text)
	}
	return secret, drawn[3]
}

// endsAnother signs in elsewhere, with a code that was written down, and ends that.
func (h *hosted) endsAnother(t *testing.T, b *browser, who account, code string) {
	second := h.browser(t)
	second.open(h.issuer + "/account")
	second.signsIn(who, nextPersonal)
	second.click("#submit")
	second.press("#lost")
	second.fill("#recovery", code)
	second.click("#recover")
	second.see("#person")
	b.open(h.issuer + "/account/sessions")
	b.see("#others")
	b.click("button[name=session]")
	b.see("#alone")
	second.open(h.issuer + "/account")
	second.see("#password")
}

// withdrawsConsent gives an application access, and takes it away.
func (h *hosted) withdrawsConsent(t *testing.T, b *browser) {
	b.open(h.strict)
	b.click("#login")
	b.see("#shares")
	b.click("#submit")
	b.see("#facts")
	b.open(h.issuer + "/account/applications")
	b.waitText("Strict Labs")
	b.click(`a[href="/account/applications/strict/withdraw"]`)
	b.click("#submit")
	if text := b.text(); strings.Contains(text, "Strict Labs") {
		t.Errorf("the application has access still:\n%s", text)
	}
	b.open(h.strict + "/login")
	b.see("#shares")
}

// fieldsHelp is what the fields of the sign-in page do for who types, or does not.
func (b *browser) fieldsHelp(t *testing.T) {
	t.Helper()
	state := func() string { return b.script(`document.querySelector("#password").type`) }
	if got := state(); got != "password" {
		t.Errorf("the password is shown as %q", got)
	}
	b.press(".reveal button")
	if got := state(); got != "text" {
		t.Errorf("asked to show it, it is %q", got)
	}
	b.press(".reveal button")
	if got := state(); got != "password" {
		t.Errorf("asked to hide it, it is %q", got)
	}
	caps := func(on string) string {
		return b.script(`(() => {
  document.querySelector("#password").dispatchEvent(new KeyboardEvent("keydown", {key: "a", bubbles: true, modifierCapsLock: ` + on + `}));
  return document.querySelector(".reveal + .hint").textContent;
})()`)
	}
	if on, off := caps("true"), caps("false"); on != "Caps Lock is on." || off != "" {
		t.Errorf("with Caps Lock on the page says %q, without %q", on, off)
	}
	b.fill("#userid", "pasted-here")
	b.edits("#userid", "selectAll", "copy")
	b.edits("#password", "selectAll", "paste")
	if got := b.script(`document.querySelector("#password").value`); got != "pasted-here" {
		t.Errorf("pasted into the password: %q", got)
	}
	b.reload() // empties them
}

// edits has the browser do what its menu for a field does.
func (b *browser) edits(selector string, commands ...string) {
	b.t.Helper()
	b.script(`document.querySelector(` + quote(selector) + `).focus(); ""`)
	ctx, cancel := b.within()
	defer cancel()
	for _, command := range commands {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
			params := input.DispatchKeyEventParams{Type: kind, Key: "Unidentified"}
			if kind == input.DispatchKeyEventTypeRawKeyDown {
				params.Commands = []string{command}
			}
			_, err := chromedp.Call(ctx, input.DispatchKeyEvent, params)
			b.check(err, command)
		}
	}
}

// completes checks that password managers find fields for what they are, and may fill
// them in. Where a passkey may be offered besides, the field says so after it.
func (b *browser) completes(want map[string]string) {
	b.t.Helper()
	for selector, kind := range want {
		b.see(selector)
		got := b.script(`document.querySelector(` + quote(selector) + `).autocomplete`)
		if got != kind && got != kind+" webauthn" {
			b.t.Errorf("%s at %s: autocomplete is %q, want %q", selector, b.location(), got, kind)
		}
	}
}

// leavesNothing is somebody at a computer that others use.
func (h *hosted) leavesNothing(t *testing.T) {
	mary := h.person()
	b := h.browser(t)
	b.open(h.plain)
	b.click("#login")
	b.press("#shared")
	b.entersShared(mary)
	var sessions []struct {
		Shared bool      `json:"shared"`
		Last   time.Time `json:"last_activity"`
		Ends   time.Time `json:"ends_at"`
	}
	if err := json.Unmarshal([]byte(h.claviger("session", "list", mary.userID, "--json")), &sessions); err != nil {
		t.Fatal(err)
	}
	if len(sessions) != 1 || !sessions[0].Shared || sessions[0].Ends.Sub(sessions[0].Last) != 7*time.Minute {
		t.Errorf("the sessions are %+v, want one that ends after seven minutes", sessions)
	}
	for _, name := range b.cookies(h.issuer) {
		if strings.HasSuffix(name, "claviger-device") {
			t.Error("the computer is known from now on")
		}
	}

	b.open(h.issuer + "/account/profile")
	b.waitText(mary.userID)
	b.script(`localStorage.setItem("left", "behind"); ""`)
	b.open(h.issuer + "/sign-out")
	b.click("#submit")
	b.waitText("Leaving a shared computer?")
	if got := b.script(`localStorage.getItem("left") || ""`); got != "" {
		t.Error("what the site stored is still there")
	}
	for _, name := range b.cookies(h.issuer) {
		if strings.HasSuffix(name, "claviger-session") || strings.HasSuffix(name, "claviger-browser") {
			t.Errorf("the browser keeps %s", name)
		}
	}
	b.leaves(`history.go(-2)`) // to the profile
	b.see("#password")
	if text := b.text(); strings.Contains(text, mary.userID) {
		t.Errorf("the next one reads who was here, at %s:\n%s", b.location(), text)
	}
}

// left is an application that people leave.
type left struct{ *httptest.Server }

// newLeft registers one, of which the first answers to being told that a session is over
// are that it is broken.
func newLeft(t *testing.T, h *hosted, id, name string, fails int) left {
	t.Helper()
	logout := &told{answers: slices.Repeat([]http.HandlerFunc{broken}, fails)}
	mux := http.NewServeMux()
	mux.Handle("POST /logout", logout)
	mux.HandleFunc("GET /back", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<!doctype html><title>x</title><p id="arrived">In.</p>`))
	})
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	a := left{&httptest.Server{Listener: l, Config: &http.Server{Handler: mux}}}
	a.Start()
	t.Cleanup(a.Close)
	h.registerFile(id, map[string]any{
		"client_name": name, "redirect_uris": []string{a.URL + "/back"}, "backchannel_logout_uri": a.URL + "/logout",
		"grant_types": []string{"authorization_code"}, "token_endpoint_auth_method": "none", "scope": "openid",
	})
	return a
}

// readsLastPage leaves three applications: one hears of it, one does not answer, and one
// cannot be told.
func (h *hosted) readsLastPage(t *testing.T, hears, silent left) {
	jo := h.person()
	b := h.browser(t)
	b.open(h.plain)
	b.click("#login")
	b.begins(jo)
	b.see("#facts")
	for id, app := range map[string]left{"hears": hears, "silent": silent} {
		b.open(h.issuer + "/authorize?" + url.Values{
			"response_type": {"code"}, "client_id": {id}, "scope": {"openid"}, "state": {"state-0123456789"},
			"redirect_uri": {app.URL + "/back"}, "code_challenge": {challenge(strings.Repeat("v", 43))}, "code_challenge_method": {"S256"},
		}.Encode())
		b.see("#arrived")
	}
	b.open(h.issuer + "/sign-out")
	b.click("#submit")
	b.waitText("Leaving a shared computer?")
	for part, name := range map[string]string{"told": "Hears It", "waiting": "Silent Labs", "open": "Application plain"} {
		said := b.see(`section[aria-labelledby="` + part + `"]`)
		for _, other := range []string{"Hears It", "Silent Labs", "Application plain"} {
			if strings.Contains(said, other) != (other == name) {
				t.Errorf("under %q the last page says:\n%s", part, said)
			}
		}
	}
	if steps := b.script(`"" + document.querySelectorAll('section[aria-labelledby="leaving"] li').length`); steps == "0" {
		t.Error("the last page does not say what to do on a shared computer")
	}
	b.click("#look") // it can be read again
	b.see("#waiting")
	if text := b.text(); strings.Contains(text, jo.userID) {
		t.Errorf("the last page says who was here:\n%s", text)
	}
}
