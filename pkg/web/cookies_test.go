package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/pkg/web"
)

func TestCookies(t *testing.T) {
	for name, c := range map[string]struct {
		cookies web.Cookies
		want    []string
	}{
		"https": {web.Cookies{Secure: true}, []string{
			"__Host-claviger-session=s; Path=/; HttpOnly; Secure; SameSite=Lax",
			"__Host-claviger-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
		}},
		"loopback": {web.Cookies{}, []string{
			"claviger-session=s; Path=/; HttpOnly; SameSite=Lax",
			"claviger-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
		}},
	} {
		w := httptest.NewRecorder()
		c.cookies.SetSession(w, "s")
		c.cookies.ClearSession(w)
		if d := cmp.Diff(c.want, w.Result().Header.Values("Set-Cookie")); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestForget(t *testing.T) {
	w := httptest.NewRecorder()
	web.Cookies{Secure: true}.Forget(w)
	want := http.Header{
		"Clear-Site-Data": {`"cache", "storage"`},
		"Set-Cookie": {
			"__Host-claviger-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
			"__Host-claviger-browser=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
		},
	}
	if d := cmp.Diff(want, w.Result().Header); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestBrowserCookie(t *testing.T) {
	c := web.Cookies{Secure: true}
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	secret := c.EnsureBrowser(w, r)
	set := w.Result().Cookies()
	if len(secret) != 43 || len(set) != 1 || set[0].Value != secret || set[0].MaxAge != 0 || !set[0].Expires.IsZero() {
		t.Fatalf("secret %q, cookies %v", secret, set)
	}
	r.AddCookie(set[0])
	w = httptest.NewRecorder()
	if again := c.EnsureBrowser(w, r); again != secret || len(w.Result().Cookies()) != 0 {
		t.Errorf("a browser that has a secret got another")
	}
	if got := (web.Cookies{}).Browser(r); got != "" {
		t.Errorf("the name without __Host- took %q", got)
	}
	r.AddCookie(&http.Cookie{Name: set[0].Name, Value: "planted"})
	if got := c.Browser(r); got != "" {
		t.Errorf("two cookies of one name gave %q", got)
	}
}
