package enroll_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// TestARosterNeedsASecondPerson: nobody makes accounts of a roster alone, where the
// policy says so; another file has to be handed in anew.
func TestARosterNeedsASecondPerson(t *testing.T) {
	w := newWorld(t)
	w.SecondPerson = true
	ann, bob := audit.Actor{Type: "operator", ID: "ann"}, audit.Actor{Type: "operator", ID: "bob"}
	o := w.options(w.file(t, "a.csv", header+npi(1)+",1,Smith,Jane,\n"))
	o.LettersDir = filepath.Join(w.dir, "letters")

	w.Actor = ann
	if got := w.run(t, o); !got.HandedIn || got.Created != 0 || got.Letters != 0 || w.count(t) != 0 {
		t.Fatalf("the first: %+v, %d accounts", got, w.count(t))
	}
	for range 2 {
		if _, err := w.Import(t.Context(), o); problem.From(err).Code != problem.Denied || w.count(t) != 0 {
			t.Fatalf("the same operator: %v, %d accounts", err, w.count(t))
		}
	}
	w.Actor = bob
	if got := w.run(t, o); got.HandedIn || got.Created != 1 || got.Letters != 1 {
		t.Fatalf("somebody else: %+v", got)
	}
	if got := w.run(t, o); got.HandedIn || got.Known != 1 {
		t.Errorf("once more: %+v", got)
	}
	w.Actor = ann
	if _, err := w.Import(t.Context(), o); problem.From(err).Code != problem.Denied {
		t.Errorf("who handed it in, afterwards: %v", err)
	}
	// A row more is another roster.
	w.Actor = bob
	if got := w.run(t, w.options(w.file(t, "b.csv", header+npi(1)+",1,Smith,Jane,\n"+npi(2)+",1,Doe,John,\n"))); !got.HandedIn || w.count(t) != 1 {
		t.Errorf("another file: %+v, %d accounts", got, w.count(t))
	}
	var kinds []string
	if err := w.store.View(t.Context(), func(tx storage.Tx) error {
		all, err := tx.Audit().Pending(t.Context(), 100)
		for _, e := range all {
			if strings.HasPrefix(e.Kind, "import.") {
				kinds = append(kinds, e.Kind)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(kinds) // events of one moment have no order
	const want = "import.denied import.denied import.denied import.finished import.finished import.started import.started import.submitted import.submitted"
	if got := strings.Join(kinds, " "); got != want {
		t.Errorf("the log says %s, want %s", got, want)
	}
}
