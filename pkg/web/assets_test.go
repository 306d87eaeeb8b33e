package web_test

import (
	"io"
	"net/http/httptest"
	"regexp"
	"testing"
	"testing/fstest"

	"github.com/claviger-id/claviger/pkg/web"
)

func TestAssets(t *testing.T) {
	files := fstest.MapFS{"style.css": {Data: []byte("body{}")}, "app.js": {Data: []byte("1")}}
	a, err := web.NewAssets(files)
	if err != nil {
		t.Fatal(err)
	}
	path := a.Path("style.css")
	if !regexp.MustCompile(`^/assets/style\.[0-9a-f]{12}\.css$`).MatchString(path) || a.Path("other.css") != "" {
		t.Fatalf("paths %q, %q", path, a.Path("other.css"))
	}
	m := browser(io.Discard)
	a.Routes(m)
	got := do(m, httptest.NewRequest("GET", path, nil))
	if body(t, got) != "body{}" || got.Header.Get("Content-Type") != "text/css; charset=utf-8" ||
		got.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
		t.Errorf("style: %v", got.Header)
	}
	for _, missing := range []string{"/assets/style.css", "/assets/style.000000000000.css", "/assets/", "/assets/..%2fapp.js"} {
		if got := do(m, httptest.NewRequest("GET", missing, nil)); got.StatusCode != 404 || got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", missing, got.StatusCode, got.Header.Get("Cache-Control"))
		}
	}
	files["style.css"].Data = []byte("body{color:red}")
	again, err := web.NewAssets(files)
	if err != nil || again.Path("style.css") == path {
		t.Errorf("a changed file keeps its name: %v", err)
	}
	files["notes.txt"] = &fstest.MapFile{Data: []byte("x")}
	if _, err := web.NewAssets(files); err == nil {
		t.Error("a file of an unknown kind was accepted")
	}
}
