package pages

import (
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/brand"
	"github.com/claviger-id/claviger/pkg/web"
)

// mostBytes is what a page may weigh with all that it loads, uncompressed.
const mostBytes = 40_000

// loads finds what a browser loads by itself for a page: style sheets, icons,
// scripts, images and frames.
var loads = regexp.MustCompile(`<(?:link[^>]*? href|(?:script|img|iframe|source|object|embed|video|audio)[^>]*? (?:src|srcset|data|poster))="([^"]*)"`)

// TestBudget fetches every page of the gallery with all that it loads, from a
// server, in both languages and with the largest logo that there can be. It prints
// weight, requests and the time to the first byte, and holds the weight against the
// budget. No page may load anything from elsewhere.
func TestBudget(t *testing.T) {
	p := galleryPages()
	p.Brand.Logo = &brand.Logo{Ext: ".png", Body: make([]byte, brand.MaxLogo)}
	p.Brand.Light = brand.Colors{Accent: "#1a4b8c", Panel: "#12305c", Highlight: "#ffd166"}
	p.Brand.Dark = brand.Colors{Accent: "#9cc4ff", Panel: "#0d2240", Highlight: "#ffd166"}
	for _, lang := range Languages() {
		exhibits := gallery(p, lang)
		mux := web.NewBrowserMux(web.BrowserOptions{Log: slog.New(slog.DiscardHandler), Now: time.Now, Fault: p.Fault})
		p.press().assets.Routes(mux)
		mux.Handle("GET /gallery/{name}", func(w http.ResponseWriter, r *http.Request) error {
			e := exhibits[r.PathValue("name")]
			return p.printer(r, nil).print(w, http.StatusOK, e.template, e.view)
		})
		server := httptest.NewServer(mux)
		for _, name := range slices.Sorted(maps.Keys(exhibits)) {
			page, first := fetched(t, server.URL+"/gallery/"+name)
			weight, once := len(page), map[string]bool{}
			for _, load := range loads.FindAllStringSubmatch(string(page), -1) {
				if once[load[1]] {
					continue
				}
				once[load[1]] = true
				if !strings.HasPrefix(load[1], "/assets/") {
					t.Errorf("%s, %s: loads %q", name, lang, load[1])
					continue
				}
				body, _ := fetched(t, server.URL+load[1])
				weight += len(body)
			}
			requests := 1 + len(once)
			t.Logf("%-32s %s %6d bytes %d requests, first byte after %v", name, lang, weight, requests, first.Round(10*time.Microsecond))
			if weight > mostBytes || requests < 3 { // the style sheet and the logo besides
				t.Errorf("%s, %s: %d bytes in %d requests, where %d bytes are allowed", name, lang, weight, requests, mostBytes)
			}
		}
		server.Close()
	}
}

// fetched is an answer and the time to its first byte.
func fetched(t *testing.T, address string) ([]byte, time.Duration) {
	t.Helper()
	var begun, first time.Time
	trace := &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { begun = time.Now() }, GotFirstResponseByte: func() { first = time.Now() }}
	r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v", address, res.StatusCode, err)
	}
	return body, first.Sub(begun)
}
