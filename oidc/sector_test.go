package oidc_test

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/pkg/outbound"
)

// TestSectorIsFetched: the document has to hold every redirect URI (OpenID
// Connect Core section 8.1).
func TestSectorIsFetched(t *testing.T) {
	answer := `["https://rp.example/cb","https://app.wild.example/cb"]`
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) }))
	defer s.Close()
	loopback, err := outbound.ParseNetworks([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	w := newRegistry(t, func(g *oidc.Registrations) {
		g.Open, g.Fetch = true, outbound.New(outbound.Options{Allow: loopback, Roots: roots})
	})
	body := `{"redirect_uris":["https://rp.example/cb","https://app.wild.example/cb"],"subject_type":"pairwise","sector_identifier_uri":"` + s.URL + `"}`
	if told := w.registered("", body); told["sector_identifier_uri"] != s.URL || told["subject_type"] != "pairwise" {
		t.Errorf("%v", told)
	}
	for _, answer = range []string{`["https://rp.example/cb"]`, `{}`, `null`, ``} {
		a := w.call(http.MethodPost, "/register", "", body)
		w.wants(answer, a, http.StatusBadRequest, "invalid_client_metadata")
		if answer == `["https://rp.example/cb"]` && !strings.Contains(a.body, "app.wild.example") {
			t.Errorf("it is not told what is missing: %s", a.body)
		}
	}
}
