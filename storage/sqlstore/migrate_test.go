package sqlstore_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlstore"
)

func TestMigrationsAreTheSameForBothDatabases(t *testing.T) {
	lite, err := sqlstore.Migrations("BLOB")
	if err != nil {
		t.Fatal(err)
	}
	post, err := sqlstore.Migrations("BYTEA")
	if err != nil {
		t.Fatal(err)
	}
	if len(lite) != len(post) || len(lite) < 2 {
		t.Fatalf("%d and %d migrations", len(lite), len(post))
	}
	for i := range lite {
		if i > 0 && lite[i].Number <= lite[i-1].Number || lite[i].Number != post[i].Number || lite[i].Name != post[i].Name {
			t.Errorf("%d: %d %s, %d %s", i, lite[i].Number, lite[i].Name, post[i].Number, post[i].Name)
		}
		if strings.Contains(post[i].SQL, "BYTES ") {
			t.Errorf("%s: the type of byte strings was not put in", lite[i].Name)
		}
		if got := strings.ReplaceAll(post[i].SQL, " BYTEA", " BLOB"); got != lite[i].SQL {
			t.Errorf("%s differs by more than the type of byte strings", lite[i].Name)
		}
	}
}

func TestPending(t *testing.T) {
	// Numbers may be left out.
	all := []sqlstore.Migration{{Number: 1}, {Number: 2}, {Number: 5}}
	for version, left := range map[int64]int{0: 3, 1: 2, 2: 1, 3: 1, 4: 1, 5: 0} {
		steps, err := sqlstore.Pending(all, version)
		if err != nil || len(steps) != left {
			t.Errorf("at version %d: %d steps, %v", version, len(steps), err)
		}
	}
	if _, err := sqlstore.Pending(all, 6); !errors.Is(err, storage.ErrTooNew) {
		t.Errorf("newer: %v, want ErrTooNew", err)
	}
}
