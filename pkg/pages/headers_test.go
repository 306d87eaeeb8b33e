package pages_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"

	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/storage"
)

var update = flag.Bool("update", false, "write the snapshot of the headers again")

// everything serves every page that there is, as the source of the routes counts them.
func (g *rig) everything() {
	g.t.Helper()
	chief, _ := g.enroll("mjones")
	g.delegates(chief)
	g.withForm()
	g.withMail()
	g.withAgreement("1", 0)
	private, _, err := note.GenerateKey(nil, "claviger/audit/test")
	if err != nil {
		g.t.Fatal(err)
	}
	if g.pages.Agreements.Signer, err = note.NewSigner(private); err != nil {
		g.t.Fatal(err)
	}
	g.pages.Profile = func(context.Context, string) (person.Profile, error) { return person.Profile{}, nil }
	g.pages.Authorized = func(context.Context, string) ([]storage.Grant, []storage.Consent, error) { return nil, nil, nil }
	g.serve()
	source, err := os.ReadFile("routes.go")
	if err != nil {
		g.t.Fatal(err)
	}
	routes := 0
	for _, route := range g.mux.Patterns() {
		if !strings.HasPrefix(route, "HEAD ") && !strings.Contains(route, " /assets/") {
			routes++
		}
	}
	if want := strings.Count(string(source), "m.Handle("); routes != want {
		g.t.Errorf("%d routes are served, and there are %d: serve what is missing here", routes, want)
	}
}

// TestHeaders asks at every route, as a browser that has begun a sign-in, and holds
// status, headers and cookies against a snapshot.
func TestHeaders(t *testing.T) {
	g := newRig(t)
	g.everything()
	in := g.begin(nil)
	browser := maps.Clone(g.jar)
	secrets := regexp.MustCompile(`(nonce-|__Host-claviger-(?:session|browser|device|parted)=|__Secure-claviger-kept=)[^;']+`)
	interactions := regexp.MustCompile(`/interaction/[a-z2-7]{26}`)
	answers, common := map[string][]string{}, map[string]int{}
	for _, route := range g.mux.Patterns() {
		method, path, _ := strings.Cut(route, " ")
		path = strings.NewReplacer("{id}", in, "{$}", "", "{name}", "style.css").Replace(path)
		r := httptest.NewRequest(method, origin+path, nil)
		if method == http.MethodPost {
			r = formPost(path, url.Values{})
		}
		g.jar = maps.Clone(browser)
		got := g.do(r)
		lines := []string{fmt.Sprintf("status: %d", got.StatusCode)}
		for _, name := range slices.Sorted(maps.Keys(got.Header)) {
			if name == "X-Request-Id" || name == "Content-Length" { // these differ
				continue
			}
			for _, value := range got.Header[name] {
				value = interactions.ReplaceAllString(value, "/interaction/{id}")
				lines = append(lines, name+": "+secrets.ReplaceAllString(value, "$1…"))
			}
		}
		answers[route] = lines
		for _, line := range lines {
			common[line]++
		}
		policy := got.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none';") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", route, policy)
		}
		if got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: may be cached", route)
		}
		for _, c := range got.Cookies() {
			// That of one interaction has a path, with which it cannot be __Host-.
			if kept := "__Secure-claviger-kept"; c.Name == kept && interactions.MatchString(c.Path) {
				c.Name, c.Path = "__Host-"+kept, "/"
			}
			if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
				t.Errorf("%s: cookie %s", route, c)
			}
		}
	}
	var all strings.Builder
	all.WriteString("every route\n")
	for _, line := range slices.Sorted(maps.Keys(common)) {
		if common[line] == len(answers) {
			all.WriteString("  " + line + "\n")
		}
	}
	for _, route := range slices.Sorted(maps.Keys(answers)) {
		all.WriteString(route + "\n")
		for _, line := range answers[route] {
			if common[line] != len(answers) {
				all.WriteString("  " + line + "\n")
			}
		}
	}
	const golden = "testdata/headers.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(all.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), all.String()); d != "" {
		t.Errorf("headers (-want +got); if they are meant so, go test -run TestHeaders -update:\n%s", d)
	}
}
