package outbound

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestExchange: a request is sent as it is, and the answer is what the server said.
func TestExchange(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /thing", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("ETag", `"2"`)
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, r.Header.Get("If-Match")+" "+string(body))
	})
	mux.HandleFunc("GET /away", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/long", http.StatusFound) })
	mux.HandleFunc("GET /long", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 100)) })
	s := httptest.NewServer(mux)
	defer s.Close()
	c := New(Options{Allow: loopback(t)})

	got, err := c.Exchange(t.Context(), Request{
		Method: http.MethodPut, Address: s.URL + "/thing", Header: http.Header{"If-Match": {`"1"`}}, Body: []byte("new"), Most: 100,
	})
	if err != nil || got.Status != http.StatusConflict || got.Header.Get("ETag") != `"2"` || string(got.Body) != `"1" new` {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := c.Exchange(t.Context(), Request{Method: http.MethodGet, Address: s.URL + "/away", Most: 100}); err != nil || got.Status != http.StatusFound {
		t.Errorf("a redirect: %d %v", got.Status, err)
	}
	if got, err := c.Exchange(t.Context(), Request{Method: http.MethodGet, Address: s.URL + "/long", Most: 100}); err != nil || len(got.Body) != 100 {
		t.Errorf("as long as it may be: %d %v", len(got.Body), err)
	}
	if _, err := c.Exchange(t.Context(), Request{Method: http.MethodGet, Address: s.URL + "/long", Most: 99}); err == nil {
		t.Error("an answer that is too long was read")
	}
	if _, err := New(Options{}).Exchange(t.Context(), Request{Method: http.MethodGet, Address: s.URL + "/long", Most: 100}); !errors.Is(err, ErrForbidden) {
		t.Errorf("a network that is not allowed: %v", err)
	}
}
