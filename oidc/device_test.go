package oidc_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/session"
)

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

// begin asks for a device.
func (w *world) beginDevice(change ...string) map[string]any {
	w.t.Helper()
	form := url.Values{"scope": {"openid profile"}}
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	a := w.post("/device_authorization", "screen", form)
	if a.status != http.StatusOK {
		w.t.Fatalf("%d %s", a.status, a.body)
	}
	return parse(w.t, a)
}

func (w *world) poll(clientID string, codes map[string]any) (int, map[string]any) {
	w.t.Helper()
	status, out, _ := w.redeem(clientID, url.Values{"grant_type": {deviceGrant}, "device_code": {codes["device_code"].(string)}})
	return status, out
}

func enter(codes map[string]any) url.Values {
	return url.Values{"user_code": {strings.ToLower(strings.ReplaceAll(codes["user_code"].(string), "-", " "))}}
}

func TestDeviceFlow(t *testing.T) { onEveryStore(t, testDeviceFlow) }

func testDeviceFlow(t *testing.T, w *world) {
	b := w.browser()
	codes := w.beginDevice()
	if codes["verification_uri"] != w.Issuer+"/device" || codes["verification_uri_complete"] != w.Issuer+"/device?user_code="+codes["user_code"].(string) ||
		codes["expires_in"] != 600.0 || codes["interval"] != 5.0 || len(codes["user_code"].(string)) != 9 {
		t.Errorf("%v", codes)
	}
	expect := func(name string, codes map[string]any, want string) {
		t.Helper()
		if status, out := w.poll("screen", codes); status != http.StatusBadRequest || out["error"] != want {
			t.Errorf("%s: %d %v, want %s", name, status, out, want)
		}
	}
	expect("before", codes, "authorization_pending")
	expect("too soon", codes, "slow_down")
	w.clock.add(6 * time.Second)
	expect("six seconds, of ten by now", codes, "slow_down")
	w.clock.add(20 * time.Second)
	expect("in time", codes, "authorization_pending")

	// The person signs in, and is asked in any case.
	a := b.do(http.MethodPost, "/device", enter(codes))
	a = b.get(a.location(t).Path)
	a = b.do(http.MethodPost, a.location(t).Path, url.Values{})
	a = b.get(a.location(t).Path)
	if !strings.HasSuffix(a.location(t).Path, "/consent") {
		t.Fatalf("not asked: %v", a.header)
	}
	a = b.do(http.MethodPost, a.location(t).Path, url.Values{"answer": {"allow"}})
	a = b.get(a.location(t).Path)
	if a.location(t).Path != "/device/connected" {
		t.Fatalf("%d %v", a.status, a.header)
	}
	if a := w.post("/token", "spa", url.Values{"grant_type": {deviceGrant}, "device_code": {codes["device_code"].(string)}}); a.status == http.StatusOK {
		t.Error("another client got the tokens")
	}
	status, out := w.poll("screen", codes)
	if status != http.StatusOK || out["refresh_token"] == nil || out["scope"] != "openid profile" {
		t.Fatalf("%d %v", status, out)
	}
	id, _ := w.claimsOf(out["id_token"])
	if id["sub"] != w.person.Subject || id["aud"] != "screen" || id["sid"] == nil {
		t.Errorf("%v", id)
	}
	if a := w.userinfo(out["access_token"].(string)); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
	expect("used", codes, "expired_token")
	if status, out, _ := w.redeem("screen", refreshing(out["refresh_token"].(string))); status != http.StatusOK {
		t.Errorf("%d %v", status, out)
	}

	// A person who is signed in is asked all the same, and may say no.
	codes = w.beginDevice()
	a = b.get(b.do(http.MethodPost, "/device", enter(codes)).location(t).Path)
	a = b.do(http.MethodPost, a.location(t).Path, url.Values{"answer": {"refuse"}})
	if to := b.get(a.location(t).Path).location(t); to.Path != "/device/refused" {
		t.Errorf("went to %s", to)
	}
	expect("refused", codes, "access_denied")
	expect("refused, again", codes, "expired_token")

	codes = w.beginDevice()
	w.clock.add(10 * time.Minute)
	expect("expired", codes, "expired_token")
	expect("unknown", map[string]any{"device_code": "x"}, "expired_token")
	if a := w.post("/device_authorization", "portal", url.Values{"scope": {"openid"}}); a.status != http.StatusBadRequest || parse(t, a)["error"] != "unauthorized_client" {
		t.Errorf("who may not: %d %s", a.status, a.body)
	}
}

// TestDeviceCodeIsRedeemedOnce: of many polls one gets the tokens.
func TestDeviceCodeIsRedeemedOnce(t *testing.T) { onEveryStore(t, testDeviceCodeIsRedeemedOnce) }

func testDeviceCodeIsRedeemedOnce(t *testing.T, w *world) {
	b := w.browser()
	codes := w.beginDevice()
	a, connected := b.do(http.MethodPost, "/device", enter(codes)), false
	for range 8 {
		to := a.location(t)
		if to.Path == "/device/connected" {
			connected = true
			break
		}
		switch {
		case strings.HasSuffix(to.Path, "/sign-in"), strings.HasSuffix(to.Path, "/consent"):
			a = b.do(http.MethodPost, to.Path, url.Values{"answer": {"allow"}})
		default:
			a = b.get(to.Path)
		}
	}
	if !connected {
		t.Fatal("the device was not connected")
	}
	var (
		wg  sync.WaitGroup
		mu  sync.Mutex
		won int
	)
	for range 20 {
		wg.Go(func() {
			if status, _ := w.poll("screen", codes); status == http.StatusOK {
				mu.Lock()
				won++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("%d polls got tokens", won)
	}
}

// TestDeviceOfWhoSignedOut: who signs out before the device comes lets nobody in.
func TestDeviceOfWhoSignedOut(t *testing.T) { onEveryStore(t, testDeviceOfWhoSignedOut) }

func testDeviceOfWhoSignedOut(t *testing.T, w *world) {
	b := w.browser()
	b.code("portal")
	codes := w.beginDevice()
	a := b.get(b.do(http.MethodPost, "/device", enter(codes)).location(t).Path)
	a = b.do(http.MethodPost, a.location(t).Path, url.Values{"answer": {"allow"}})
	b.get(a.location(t).Path)
	if err := w.Sessions.EndByPerson(context.Background(), w.person.ID, session.ReasonLogout); err != nil {
		t.Fatal(err)
	}
	if status, out := w.poll("screen", codes); status != http.StatusBadRequest || out["error"] != "invalid_grant" {
		t.Errorf("%d %v", status, out)
	}
}

// TestDeviceCodesAreNotGuessed: codes are short, so tries are counted.
func TestDeviceCodesAreNotGuessed(t *testing.T) { onEveryStore(t, testDeviceCodesAreNotGuessed) }

func testDeviceCodesAreNotGuessed(t *testing.T, w *world) {
	b := w.browser()
	for range 50 {
		if a := b.do(http.MethodPost, "/device", url.Values{"user_code": {"BBBB-BBBB"}}); a.status != http.StatusNotFound {
			t.Fatalf("%d", a.status)
		}
	}
	if a := b.do(http.MethodPost, "/device", enter(w.beginDevice())); a.status != http.StatusTooManyRequests {
		t.Errorf("the right code, after fifty wrong ones: %d", a.status)
	}
	w.clock.add(15 * time.Minute)
	if a := b.do(http.MethodPost, "/device", enter(w.beginDevice())); a.status != http.StatusSeeOther {
		t.Errorf("a quarter of an hour later: %d", a.status)
	}
}

// TestConsent: prompt=consent asks, whoever is signed in, and no is told.
func TestConsent(t *testing.T) { onEveryStore(t, testConsent) }

func testConsent(t *testing.T, w *world) {
	b := w.browser()
	b.code("portal")
	a := b.get(ask("portal", "prompt", "consent"))
	if !strings.HasSuffix(a.location(t).Path, "/consent") && !strings.HasPrefix(a.location(t).Path, "/interaction/") {
		t.Fatalf("%v", a.header)
	}
	if b.follow(a).Query().Get("code") == "" {
		t.Error("no code after yes")
	}
	a = b.get(ask("portal", "prompt", "consent"))
	path := a.location(t).Path
	if !strings.HasSuffix(path, "/consent") {
		path = b.get(path).location(t).Path
	}
	a = b.do(http.MethodPost, path, url.Values{"answer": {"refuse"}})
	if q := b.get(a.location(t).Path).location(t).Query(); q.Get("error") != "access_denied" || q.Get("state") != "st-portal" || q.Get("code") != "" {
		t.Errorf("after no: %v", q)
	}
}
