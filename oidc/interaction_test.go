package oidc_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestInteractionOfAnotherBrowser(t *testing.T) { onEveryStore(t, testInteractionOfAnotherBrowser) }

func testInteractionOfAnotherBrowser(t *testing.T, w *world) {
	victim, thief := w.browser(), w.browser()
	page := victim.get(ask("portal")).location(t).Path
	thief.get(ask("portal")) // has a browser cookie of its own
	resume := strings.TrimSuffix(page, "/sign-in")
	victim.do(http.MethodPost, page, url.Values{})
	for name, b := range map[string]*browser{"another browser": thief, "no cookie": w.browser()} {
		if a := b.get(resume); a.status != http.StatusNotFound || a.header.Get("Set-Cookie") != "" || a.header.Get("Location") != "" {
			t.Errorf("%s: %d %v", name, a.status, a.header)
		}
	}
	if victim.get(resume).location(t).Query().Get("code") == "" {
		t.Error("the victim cannot go on")
	}
}

func TestInteractionGoneIsNoDeadEnd(t *testing.T) { onEveryStore(t, testInteractionGoneIsNoDeadEnd) }

func testInteractionGoneIsNoDeadEnd(t *testing.T, w *world) {
	b := w.browser()
	page := b.get(ask("portal")).location(t).Path
	resume := strings.TrimSuffix(page, "/sign-in")
	b.do(http.MethodPost, page, url.Values{})
	if b.get(resume).location(t).Query().Get("code") == "" {
		t.Fatal("no code")
	}
	if a := b.get(resume); a.status != http.StatusGone || !strings.Contains(a.body, "You are signed in") {
		t.Errorf("again: %d %s", a.status, a.body)
	}
	w.clock.add(time.Hour)
	if a := b.get(resume); a.status != http.StatusNotFound || !strings.Contains(a.body, "sign in from there") {
		t.Errorf("much later: %d %s", a.status, a.body)
	}
	for _, id := range []string{"x", "abcdefghijklmnopqrstuvwxyz", strings.Repeat("a", 5000), "%2e%2e%2f"} {
		if a := b.get("/interaction/" + id); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", id, a.status)
		}
	}
}

func TestInteractionIsTakenOnce(t *testing.T) { onEveryStore(t, testInteractionIsTakenOnce) }

func testInteractionIsTakenOnce(t *testing.T, w *world) {
	b := w.browser()
	page := b.get(ask("portal")).location(t).Path
	b.do(http.MethodPost, page, url.Values{})
	resume := strings.TrimSuffix(page, "/sign-in")
	var (
		all   sync.WaitGroup
		mu    sync.Mutex
		codes int
	)
	for range 20 {
		all.Go(func() {
			a := b.get(resume)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case a.status == http.StatusSeeOther && strings.Contains(a.header.Get("Location"), "code="):
				codes++
			case a.status != http.StatusGone && a.status != http.StatusNotFound:
				t.Errorf("%d %v", a.status, a.header)
			}
		})
	}
	all.Wait()
	if codes != 1 || w.count("session.created") != 1 {
		t.Errorf("%d codes, events %v", codes, w.events())
	}
}

func TestTwoTabs(t *testing.T) { onEveryStore(t, testTwoTabs) }

func testTwoTabs(t *testing.T, w *world) {
	b := w.browser()
	one, two := b.get(ask("portal")).location(t).Path, b.get(ask("post")).location(t).Path
	b.do(http.MethodPost, one, url.Values{})
	if b.get(strings.TrimSuffix(one, "/sign-in")).location(t).Query().Get("code") == "" {
		t.Fatal("no code in the first tab")
	}
	// The second tab finds the session of the first.
	if got := b.get(strings.TrimSuffix(two, "/sign-in")).location(t); got.Query().Get("code") == "" || got.Query().Get("state") != "st-post" {
		t.Errorf("second tab: %s", got)
	}
	if w.count("session.created") != 1 {
		t.Errorf("events %v", w.events())
	}
}

func TestSessionCookie(t *testing.T) { onEveryStore(t, testSessionCookie) }

func testSessionCookie(t *testing.T, w *world) {
	b := w.browser()
	page := b.get(ask("portal")).location(t).Path
	b.do(http.MethodPost, page, url.Values{})
	cookie := b.get(strings.TrimSuffix(page, "/sign-in")).header.Get("Set-Cookie")
	for _, part := range []string{"claviger-session=", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("cookie %q lacks %s", cookie, part)
		}
	}
	if strings.Contains(cookie, "Max-Age") || strings.Contains(cookie, "Expires") {
		t.Errorf("cookie %q outlives the browser", cookie)
	}
}
