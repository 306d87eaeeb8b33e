package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkRefresh measures refreshes of one grant one after the other, over
// HTTP, with everything that a refresh writes, on each combination of stores.
// The bare handler of the same run says what HTTP alone costs on the machine.
func BenchmarkRefresh(b *testing.B) {
	b.Run("bare handler", func(b *testing.B) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"access_token":"x","refresh_token":%q}`, r.PostForm.Get("refresh_token"))
		}))
		defer server.Close()
		client := tokenClient{b: b, endpoint: server.URL}
		for b.Loop() {
			client.ask(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"}})
		}
	})
	for _, backend := range backends {
		b.Run(backend, func(b *testing.B) {
			in := newInstallation(b, backend, map[string]string{"log.level": quote("warn")})
			who := in.enroll(1)[0]
			in.register("app", redirectTo, goodbye, "--public")
			in.serve()
			client := tokenClient{b: b, endpoint: in.issuer + "/token"}
			refresh := client.signIn(in, who)
			for b.Loop() {
				refresh = client.ask(url.Values{
					"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {"app"},
				})
			}
		})
	}
}

// tokenClient asks a token endpoint.
type tokenClient struct {
	b        *testing.B
	endpoint string
}

func (c tokenClient) signIn(in *installation, who account) (refresh string) {
	c.b.Helper()
	const verifier = "a-verifier-of-the-length-that-is-demanded-0123456789"
	query := url.Values{
		"response_type": {"code"}, "client_id": {"app"}, "redirect_uri": {redirectTo}, "scope": {"openid"},
		"state": {"state-0123456789"}, "code_challenge_method": {"S256"},
		"code_challenge": {challenge(verifier)},
	}
	back := newPerson(c.b, redirectTo, nil).signIn(in.issuer+"/authorize?"+query.Encode(), who.userID, who.temporary, personal)
	return c.ask(url.Values{
		"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")},
		"redirect_uri": {redirectTo}, "code_verifier": {verifier}, "client_id": {"app"},
	})
}

func (c tokenClient) ask(form url.Values) (refresh string) {
	c.b.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, c.endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		c.b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.b.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct {
		Refresh string `json:"refresh_token"`
		Error   string `json:"error"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.Refresh == "" {
		c.b.Fatalf("%s: %s %v", res.Status, answer.Error, err)
	}
	return answer.Refresh
}

// BenchmarkImport measures an import with letters, in rows per second, start of
// the program included.
func BenchmarkImport(b *testing.B) {
	const rows = 5000
	for _, backend := range backends {
		b.Run(backend, func(b *testing.B) {
			for b.Loop() {
				in := newInstallation(b, backend, nil)
				roster := filepath.Join(in.dir, "roster.csv")
				in.start("roster", "sample", "--rows", fmt.Sprint(rows), "--seed", "7", "--out", roster)
				in.claviger("enroll", "import", roster, "--letters", filepath.Join(in.dir, "letters"))
			}
			b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
