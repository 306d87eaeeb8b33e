package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// account is what a person holds in the hand after both letters came.
type account struct {
	userID    string
	temporary string
}

// standsAlone is the line of a letter that holds what it is about.
var standsAlone = regexp.MustCompile(`(?m)^ {4}(?:[A-Z][A-Za-z ]*: +)?(\S+)$`)

// readLetters reads the letters in text form, in the order of their references.
func readLetters(t testing.TB, dir string) []account {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "user-id", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	var all []account
	for _, f := range files {
		all = append(all, account{
			userID:    readLetter(t, f),
			temporary: readLetter(t, filepath.Join(dir, "temporary-password", filepath.Base(f))),
		})
	}
	return all
}

func readLetter(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	found := standsAlone.FindSubmatch(text)
	if found == nil {
		t.Fatalf("%s holds nothing that stands alone:\n%s", file, text)
	}
	return string(found[1])
}
