package audit_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/claviger-id/claviger/pkg/audit"
)

func TestEveryKindIsDocumentedAndEveryDocumentedKindExists(t *testing.T) {
	text, err := os.ReadFile("../../docs/audit-events.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []audit.Kind
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+\\.[a-z_]+)` \\|").FindAllSubmatch(text, -1) {
		documented = append(documented, audit.Kind(row[1]))
	}
	kinds := audit.Kinds()
	for _, k := range kinds {
		if !slices.Contains(documented, k) {
			t.Errorf("%s is not in docs/audit-events.md", k)
		}
	}
	for i, k := range documented {
		if !slices.Contains(kinds, k) {
			t.Errorf("docs/audit-events.md names %s, which does not exist", k)
		}
		if slices.Contains(documented[:i], k) {
			t.Errorf("docs/audit-events.md names %s twice", k)
		}
	}
}
