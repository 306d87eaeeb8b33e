package enroll_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/storage"
)

// letters reads the text letters of a folder, by their names there.
func letters(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name, err := filepath.Rel(dir, f)
		if err != nil {
			t.Fatal(err)
		}
		found[name] = string(text)
	}
	return found
}

// TestAnotherLetterTakesThePlaceOfTheFirst: however often a temporary password is
// issued, there is one letter with one, and it is the one that counts.
func TestAnotherLetterTakesThePlaceOfTheFirst(t *testing.T) {
	w := newWorld(t)
	o := w.options(w.file(t, "a.csv", header+npi(1)+",1,Smith,Jane,\n"+npi(2)+",1,Doe,John,\n"))
	o.LettersDir = filepath.Join(w.dir, "letters")
	w.run(t, o)
	before := letters(t, o.LettersDir)
	who, _ := w.profile(t, npi(1))
	service, ok := w.Credentials.(*credential.Service)
	if !ok {
		t.Fatal("no service")
	}
	var changed []string
	for range 2 {
		desk, err := enroll.OpenDesk(t.Context(), o.LettersDir, w.Letterhead, w.store, w.People)
		if err != nil {
			t.Fatal(err)
		}
		var temporary, reference string
		if err := w.store.Tx(t.Context(), func(tx storage.Tx) (err error) {
			if temporary, err = service.IssueTemporary(t.Context(), tx, who.ID, w.ValidFor, w.Actor); err != nil {
				return err
			}
			reference, err = desk.Write(t.Context(), tx, who.ID, temporary, true)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := desk.Publish(); err != nil {
			t.Fatal(err)
		}
		after := letters(t, o.LettersDir)
		if !slices.Equal(slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after))) {
			t.Errorf("the letters are %v, were %v", slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(before)))
		}
		changed = nil
		for name, text := range after {
			if text != before[name] {
				changed = append(changed, name)
			}
		}
		name := filepath.Join("temporary-password", reference+".txt")
		if !slices.Equal(changed, []string{name}) || !strings.Contains(after[name], temporary) {
			t.Errorf("changed: %v, want %s with the new password", changed, name)
		}
	}
}

// TestAnImportedPasswordHidesNoUserID: who brings a password from another system is
// told the User ID, once, and gets no temporary password.
func TestAnImportedPasswordHidesNoUserID(t *testing.T) {
	w := newWorld(t)
	path := w.file(t, "a.csv", header+npi(1)+",1,Smith,Jane,\n"+npi(2)+",1,Doe,John,\n")
	w.run(t, w.options(path))
	who, _ := w.profile(t, npi(1))
	service, ok := w.Credentials.(*credential.Service)
	if !ok {
		t.Fatal("no service")
	}
	hash, err := password.Import("bcrypt", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.Tx(t.Context(), func(tx storage.Tx) error {
		_, err := service.ImportPersonal(t.Context(), tx, who, hash, audit.Actor{Type: "operator", ID: "o"})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	o := w.options(path)
	o.LettersDir = filepath.Join(w.dir, "letters")
	if got := w.run(t, o); got.Letters != 2 {
		t.Errorf("letters for %d people, want 2", got.Letters)
	}
	found := letters(t, o.LettersDir)
	var own, temporary int
	for name, text := range found {
		switch {
		case strings.HasPrefix(name, "temporary-password"):
			temporary++
			if strings.Contains(text, "Jane Smith") {
				t.Errorf("a temporary password for who has a password:\n%s", text)
			}
		case strings.Contains(text, "jsmith"):
			own++
			if !strings.Contains(text, "the one that you have used so far") || strings.Contains(text, "temporary") {
				t.Errorf("the letter says:\n%s", text)
			}
		}
	}
	if own != 1 || temporary != 1 || len(found) != 3 {
		t.Errorf("%d with the User ID of an own password, %d with a temporary one, %d in all", own, temporary, len(found))
	}
	if record, _ := w.profile(t, npi(1)); record.State != storage.PersonActive {
		t.Errorf("state %s", record.State)
	}
	if got := w.run(t, o); got.Letters != 0 {
		t.Errorf("%d letters the second time", got.Letters)
	}
}

// TestLettersAreInTheLanguageOfWhomTheyAreTo: a roster says it, and letters that are
// written later keep to it.
func TestLettersAreInTheLanguageOfWhomTheyAreTo(t *testing.T) {
	w := newWorld(t)
	o := w.options(w.file(t, "a.csv", strings.TrimSuffix(header, "\n")+",Locale\n"+npi(1)+",1,Paz,Ana,,es-MX\n"+npi(2)+",1,Doe,John,,\n"))
	o.LettersDir = filepath.Join(w.dir, "letters")
	if got := w.run(t, o); got.Letters != 2 {
		t.Fatalf("letters for %d people", got.Letters)
	}
	who, _ := w.profile(t, npi(1))
	check := func() {
		t.Helper()
		for name, text := range letters(t, o.LettersDir) {
			if spanish := strings.Contains(text, "Su ") && !strings.Contains(text, "Your "); spanish != strings.Contains(text, "Ana Paz") {
				t.Errorf("%s:\n%s", name, text)
			}
		}
	}
	check()
	service, ok := w.Credentials.(*credential.Service)
	if !ok {
		t.Fatal("no service")
	}
	desk, err := enroll.OpenDesk(t.Context(), o.LettersDir, w.Letterhead, w.store, w.People)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.Tx(t.Context(), func(tx storage.Tx) error {
		temporary, err := service.IssueTemporary(t.Context(), tx, who.ID, w.ValidFor, w.Actor)
		if err != nil {
			return err
		}
		_, err = desk.Write(t.Context(), tx, who.ID, temporary, true)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := desk.Publish(); err != nil {
		t.Fatal(err)
	}
	check()
}
