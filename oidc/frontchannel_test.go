package oidc_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/storage"
)

// OpenID Connect Front-Channel Logout 1.0.
func TestFrontchannelLogout(t *testing.T) { onEveryStore(t, testFrontchannelLogout) }

func testFrontchannelLogout(t *testing.T, w *world) {
	var shown []string
	w.SigningOut = func(rw http.ResponseWriter, _ *http.Request, frames []string, next string) error {
		shown = append(append(shown, frames...), next)
		_, err := fmt.Fprint(rw, "signing out")
		return err
	}
	if err := w.Store.Tx(t.Context(), func(tx storage.Tx) error {
		for id, uri := range map[string]string{"portal": "https://rp.example/out", "post": "https://rp.example/out?tenant=a"} {
			c, err := tx.Clients().Get(t.Context(), id)
			if err != nil {
				return err
			}
			c.FrontchannelLogoutURI = uri
			if err := tx.Clients().Update(t.Context(), c); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := w.Clients.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	out := b.tokens("portal")
	b.tokens("post")
	b.tokens("spa") // has no such address
	claims, _ := w.claimsOf(out["id_token"])
	a := b.get(end("id_token_hint", out["id_token"].(string), "post_logout_redirect_uri", goodbye, "state", "s t"))
	if a.status != http.StatusOK || b.alive() {
		t.Fatalf("%d, signed in: %v", a.status, b.alive())
	}
	tail := "iss=" + strings.NewReplacer(":", "%3A", "/", "%2F").Replace(w.Issuer) + "&sid=" + claims["sid"].(string)
	want := []string{"https://rp.example/out?" + tail, "https://rp.example/out?tenant=a&" + tail, goodbye + "&state=s+t"}
	if strings.Join(shown, "\n") != strings.Join(want, "\n") {
		t.Errorf("shown:\n%s\nwant:\n%s", strings.Join(shown, "\n"), strings.Join(want, "\n"))
	}
	// Who is signed out already is told nothing again.
	if to := b.get(end("id_token_hint", out["id_token"].(string), "post_logout_redirect_uri", goodbye)); to.status != http.StatusSeeOther {
		t.Errorf("again: %d", to.status)
	}
}
