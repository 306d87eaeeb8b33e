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
	if a := b.get(resume); a.status != http.StatusGone || !strings.Contains(a.body, "You are signed in") || !strings.Contains(a.body, "To portal.") {
		t.Errorf("again: %d %s", a.status, a.body)
	}
	w.clock.add(time.Hour)
	if a := b.get(resume); a.status != http.StatusNotFound || !strings.Contains(a.body, "sign in from there") || !strings.Contains(a.body, "To portal.") {
		t.Errorf("much later: %d %s", a.status, a.body)
	}
	for _, id := range []string{"x", "abcdefghijklmnopqrstuvwxyz", strings.Repeat("a", 5000), "%2e%2e%2f"} {
		if a := b.get("/interaction/" + id); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", id, a.status)
		}
	}
}

// TestInteractionOvernight is a page that was left open until the next day: it begins
// again, and the application hears the answer to what it asked.
func TestInteractionOvernight(t *testing.T) { onEveryStore(t, testInteractionOvernight) }

func testInteractionOvernight(t *testing.T, w *world) {
	for name, first := range map[string]func(*browser) answer{
		"a request": func(b *browser) answer { return b.get(ask("portal")) },
		"a request that was pushed": func(b *browser) answer {
			return b.get(byURI("bank", w.push("bank", pushing("state", "st-portal"))))
		},
		"one that had come further": func(b *browser) answer {
			page := b.get(ask("portal")).location(t).Path
			b.do(http.MethodPost, page, url.Values{"temporary": {"1"}})
			return b.get(strings.TrimSuffix(page, "/sign-in"))
		},
		"one whose browser forgot who it was": func(b *browser) answer {
			a := b.get(ask("portal"))
			b.forget("claviger-browser")
			return a
		},
	} {
		b := w.browser()
		id := strings.Split(first(b).location(t).Path, "/")[2]
		w.clock.add(16 * time.Hour)
		a := b.get("/interaction/" + id)
		if next := a.location(t).Path; !strings.HasPrefix(next, "/interaction/") || strings.Contains(next, id) {
			t.Fatalf("%s: led to %s", name, next)
		}
		back := b.follow(a)
		if back.Query().Get("code") == "" || back.Query().Get("state") != "st-portal" {
			t.Errorf("%s: ended at %s", name, back)
		}
		if a := b.get("/interaction/" + id); a.status == http.StatusInternalServerError {
			t.Errorf("%s: the old page once more: %d", name, a.status)
		}
	}
	// Some day it is enough.
	b := w.browser()
	page := strings.TrimSuffix(b.get(ask("portal")).location(t).Path, "/sign-in")
	w.clock.add(96 * time.Hour)
	if a := b.get(page); a.status != http.StatusNotFound || !strings.Contains(a.body, "To portal.") {
		t.Errorf("after four days: %d %s", a.status, a.body)
	}
	b = w.browser()
	page = strings.TrimSuffix(b.get(byURI("bank", w.push("bank", pushing()))).location(t).Path, "/sign-in")
	w.clock.add(24 * time.Hour)
	if a := b.get(page); a.status != http.StatusNotFound || !strings.Contains(a.body, "To bank.") {
		t.Errorf("pushed, after a day: %d %s", a.status, a.body)
	}
}

// TestInteractionKeptByNoBrowser is what a browser kept, moved to another page or
// changed, and a browser that keeps nothing.
func TestInteractionKeptByNoBrowser(t *testing.T) { onEveryStore(t, testInteractionKeptByNoBrowser) }

func testInteractionKeptByNoBrowser(t *testing.T, w *world) {
	b := w.browser()
	page := strings.TrimSuffix(b.get(ask("portal")).location(t).Path, "/sign-in")
	other := strings.TrimSuffix(b.get(ask("post")).location(t).Path, "/sign-in")
	kept := b.cookie(page, "claviger-kept")
	if len(kept) < 100 || strings.Contains(kept, "portal") {
		t.Fatalf("kept %q", kept)
	}
	w.clock.add(16 * time.Hour)
	for name, value := range map[string]string{
		"another's": b.cookie(other, "claviger-kept"), "changed": kept[:40] + strings.ToUpper(kept[40:80]) + kept[80:], "cut": kept[:len(kept)-4], "nothing": "", "garbage": "%", "long": strings.Repeat("A", 5000),
	} {
		b.plant(page, "claviger-kept", value)
		if a := b.get(page); a.status != http.StatusNotFound {
			t.Errorf("%s: %d to %s", name, a.status, a.header.Get("Location"))
		}
	}
	b.plant(page, "claviger-kept", kept)
	if a := b.get(page); a.status != http.StatusSeeOther {
		t.Errorf("the right one: %d", a.status)
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
			case a.status == http.StatusSeeOther && strings.HasPrefix(a.header.Get("Location"), "/interaction/"): // begun again
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
	var cookie string
	for _, c := range b.get(strings.TrimSuffix(page, "/sign-in")).header.Values("Set-Cookie") {
		if strings.HasPrefix(c, "claviger-session=") {
			cookie = c
		}
	}
	for _, part := range []string{"claviger-session=", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("cookie %q lacks %s", cookie, part)
		}
	}
	if strings.Contains(cookie, "Max-Age") || strings.Contains(cookie, "Expires") {
		t.Errorf("cookie %q outlives the browser", cookie)
	}
}
