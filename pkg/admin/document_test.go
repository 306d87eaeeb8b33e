package admin_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"log/slog"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/pkg/admin"
	"github.com/claviger-id/claviger/pkg/scim"
)

var update = flag.Bool("update", false, "write the golden files")

// TestDocument compares the OpenAPI document with the one that was read before.
func TestDocument(t *testing.T) {
	api := &admin.API{
		URL: "https://admin.example.org", Issuer: "https://id.example.org", Version: "test", Beside: scim.Operations(), Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}
	h, err := api.Handler()
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/openapi.json", nil))
	var got bytes.Buffer
	if err := json.Indent(&got, w.Body.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/openapi.json"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got.String()); d != "" {
		t.Errorf("the document changed (-want +got):\n%s", d)
	}
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string         `json:"operationId"`
			Responses   map[string]any `json:"responses"`
			Takes       bool           `json:"x-claviger-idempotent"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(got.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	made := 0
	for path, operations := range document.Paths {
		o := operations["post"]
		if _, makes := o.Responses["201"]; !makes || strings.HasPrefix(path, "/scim/") { // RFC 7644 has no such keys
			continue
		}
		made++
		if !o.Takes {
			t.Errorf("%s makes something, and takes no Idempotency-Key", o.OperationID)
		}
	}
	if made < 5 {
		t.Errorf("%d operations make something", made)
	}
	for _, path := range []string{"/reference", "/reference.js", "/reference.css"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != 200 || bytes.Contains(w.Body.Bytes(), []byte("//cdn")) || bytes.Contains(w.Body.Bytes(), []byte("https://")) {
			t.Errorf("%s: %d, or it leads elsewhere", path, w.Code)
		}
	}
}
