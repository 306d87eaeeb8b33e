package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// account is what a person holds in the hand after the letters came.
type account struct {
	userID    string
	temporary string
}

var (
	userIDLine    = regexp.MustCompile(`(?m)^\s*User ID:?\s+(\S+)\s*$`)
	temporaryLine = regexp.MustCompile(`(?m)^\s*Temporary password:?\s+(\S+)\s*$`)
)

// readLetters reads the letters in text form, in the order of their names.
func readLetters(t *testing.T, dir string) []account {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	var all []account
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		id, temporary := userIDLine.FindSubmatch(text), temporaryLine.FindSubmatch(text)
		if id == nil || temporary == nil {
			t.Fatalf("%s names no User ID or no temporary password:\n%s", f, text)
		}
		all = append(all, account{userID: string(id[1]), temporary: string(temporary[1])})
	}
	return all
}
