package oidc_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestTwoPeopleAtOneBrowser: what one person began and did not finish is not finished
// by the next one, who came there by signing in over it, after a sign-out that led back
// to the application, or after the session was over by itself. Whoever goes on in that
// tab begins again.
func TestTwoPeopleAtOneBrowser(t *testing.T) { onEveryStore(t, testTwoPeopleAtOneBrowser) }

func testTwoPeopleAtOneBrowser(t *testing.T, w *world) {
	bea := w.somebodyElse()
	for name, leaves := range map[string]func(b *browser, hint string){
		"signed in over": func(*browser, string) {},
		"signed out to the application": func(b *browser, hint string) {
			if got := b.get(end("id_token_hint", hint, "post_logout_redirect_uri", goodbye)).header.Get("Location"); got != goodbye {
				t.Fatalf("led to %s", got)
			}
		},
		"left alone": func(*browser, string) { w.clock.add(16 * time.Minute) },
	} {
		w.run(name, func(t *testing.T) {
			b := w.browser()
			hint := b.tokens("portal")["id_token"].(string)
			page := b.get(ask("post", "prompt", "login consent")).location(t).Path
			resume := b.do(http.MethodPost, page, url.Values{}).location(t).Path
			consent := b.get(resume).location(t).Path
			if !strings.HasSuffix(consent, "/consent") {
				t.Fatalf("at %s", consent)
			}
			leaves(b, hint)
			w.signsIn = &bea
			defer func() { w.signsIn = nil }()
			b.code("portal", "prompt", "login")
			if a := b.do(http.MethodPost, consent, url.Values{"answer": {"allow"}}); a.status < 400 {
				t.Errorf("somebody else could agree: %d %s", a.status, a.header.Get("Location"))
			}
			to := b.get(resume).location(t)
			if to.IsAbs() {
				t.Fatalf("somebody else's sign-in was finished: %s", to)
			}
			if next := to.Path; !strings.HasPrefix(next, "/interaction/") || strings.HasPrefix(next, resume) {
				t.Errorf("a dead end: %s", next)
			}
			s, err := w.Sessions.Resolve(t.Context(), b.cookie("/", "claviger-session"))
			if err != nil || s.PersonID != bea.ID {
				t.Errorf("who is signed in: %+v %v", s, err)
			}
		})
	}
}
