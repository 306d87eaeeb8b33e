package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// adminDocument is the OpenAPI document that the admin listener serves.
func (in *installation) adminDocument() []byte {
	in.t.Helper()
	res, err := http.Get("http://" + in.admin + "/openapi.json")
	if err != nil {
		in.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	document, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		in.t.Fatalf("%d %v", res.StatusCode, err)
	}
	return document
}

// TestAdminDocument has a validator of others judge the document of the admin API, and
// find what is wrong with some that are not right.
func TestAdminDocument(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("node/node_modules/@seriousme/openapi-schema-validator"); err != nil {
		t.Fatalf("the validator is not installed (%v): run the tests with make test or make e2e", err)
	}
	in := newInstallation(t, "embedded", nil)
	in.serve()
	served := in.adminDocument()
	documents := map[string]map[string]any{}
	for name, change := range map[string]func(map[string]any){
		"served":     func(map[string]any) {},
		"no-version": func(d map[string]any) { delete(d, "openapi") },
		"no-title":   func(d map[string]any) { delete(d["info"].(map[string]any), "title") },
		"no-place": func(d map[string]any) {
			get := d["paths"].(map[string]any)["/v1/people"].(map[string]any)["get"].(map[string]any)
			get["parameters"].([]any)[0].(map[string]any)["in"] = "body"
		},
		"no-type": func(d map[string]any) { schemaOf(d)["type"] = "text" },
		"no-end":  func(d map[string]any) { schemaOf(d)["$ref"] = "#/components/schemas/Nothing" },
	} {
		var d map[string]any
		if err := json.Unmarshal(served, &d); err != nil {
			t.Fatal(err)
		}
		change(d)
		documents[name] = d
	}
	text, err := json.Marshal(documents)
	if err != nil {
		t.Fatal(err)
	}
	node := exec.CommandContext(t.Context(), "node", "document.mjs")
	node.Dir, node.Stdin = "node", bytes.NewReader(text)
	out, err := node.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name := range documents {
		want := "wrong " + name + " "
		if name == "served" {
			want = "right served 3.1 "
		}
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
}

func schemaOf(d map[string]any) map[string]any {
	return d["components"].(map[string]any)["schemas"].(map[string]any)["Person"].(map[string]any)
}
