package e2e

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestAlerts: every number that an alert rule watches is one that the server tells.
func TestAlerts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../../deploy/alerts/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	in := newInstallation(t, "embedded", nil)
	in.serve()
	res, err := http.Get("http://" + in.admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	told, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	watched := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range regexp.MustCompile(`(?m)^ *expr: .*$`).FindAllString(string(text), -1) {
			for _, name := range regexp.MustCompile(`claviger_[a-z_]+`).FindAllString(line, -1) {
				watched++
				if !strings.Contains(string(told), "\n"+name+" ") && !strings.Contains(string(told), "\n"+name+"{") {
					t.Errorf("%s watches %s, which nobody tells", filepath.Base(file), name)
				}
			}
		}
	}
	if watched == 0 {
		t.Error("the rules watch nothing")
	}
}
