package oidc_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

var update = flag.Bool("update", false, "write the golden files")

func TestMetadataIsAsPublished(t *testing.T) { onEveryStore(t, testMetadataIsAsPublished) }

func testMetadataIsAsPublished(t *testing.T, w *world) {
	a := w.browser().get("/.well-known/openid-configuration")
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/json" || a.header.Get("Cache-Control") != "public, max-age=300" {
		t.Errorf("%d %v", a.status, a.header)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(strings.ReplaceAll(a.body, w.Issuer, "https://id.example")), "", "  "); err != nil {
		t.Fatal(err)
	}
	got := indented.String() + "\n"
	const golden = "testdata/metadata.json"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the metadata changed; relying applications read it. To accept: go test ./oidc -update\n%s", got)
	}
	if b := w.browser().get("/.well-known/oauth-authorization-server"); b.body != a.body {
		t.Errorf("RFC 8414 says something else: %s", b.body)
	}
	if a.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Error("scripts cannot read it")
	}
	// Every endpoint that is published answers.
	for name, value := range parse(t, a) {
		if text, _ := value.(string); strings.HasSuffix(name, "_endpoint") || strings.HasSuffix(name, "_uri") {
			if b := w.browser().get(text); b.status == http.StatusNotFound {
				t.Errorf("%s is not there", text)
			}
		}
	}
}

func TestJWKS(t *testing.T) { onEveryStore(t, testJWKS) }

func testJWKS(t *testing.T, w *world) {
	b := w.browser()
	a := b.get("/jwks")
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(a.body), &set); err != nil {
		t.Fatal(err)
	}
	algs := map[string]bool{}
	for _, k := range set.Keys {
		if k.KeyID == "" || k.Use != "sig" || !k.IsPublic() || !k.Valid() {
			t.Errorf("key %+v", k)
		}
		if _, err := x509.MarshalPKIXPublicKey(k.Key); err != nil {
			t.Error(err)
		}
		algs[k.Algorithm] = true
	}
	if !reflect.DeepEqual(algs, map[string]bool{"ES256": true, "RS256": true, "PS256": true, "EdDSA": true}) {
		t.Errorf("algorithms %v", algs)
	}
	etag := a.header.Get("ETag")
	for header, status := range map[string]int{etag: 304, "W/" + etag: 304, `"x", ` + etag: 304, "*": 304, `"x"`: 200} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.Issuer+"/jwks", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("If-None-Match", header)
		if got := w.send(b.client, req); got.status != status || got.header.Get("ETag") != etag {
			t.Errorf("If-None-Match %s: %d", header, got.status)
		}
	}
}
