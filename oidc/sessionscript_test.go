package oidc_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestTheSessionModuleCanBeImported(t *testing.T) {
	w := newWorld(t, embeddedStores)
	a := w.browser().get("/claviger-session.js")
	if a.status != http.StatusOK || !strings.Contains(a.body, "export const watch") {
		t.Fatalf("%d %.100s", a.status, a.body)
	}
	for name, want := range map[string]string{
		"Content-Type": "text/javascript; charset=utf-8", "Access-Control-Allow-Origin": "*",
		"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "public, max-age=900", "X-Content-Type-Options": "nosniff",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.Issuer+"/claviger-session.js", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("If-None-Match", a.header.Get("ETag"))
	if again := w.send(http.DefaultClient, req); again.status != http.StatusNotModified {
		t.Errorf("the same again: %d", again.status)
	}
	if len(a.body) > 12<<10 {
		t.Errorf("the module has %d bytes", len(a.body))
	}
}
