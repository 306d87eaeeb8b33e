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
		if lite[i].Number != int64(i+1) || lite[i].Name != post[i].Name {
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
	all, err := sqlstore.Migrations("BLOB")
	if err != nil {
		t.Fatal(err)
	}
	for version := range len(all) + 1 {
		steps, err := sqlstore.Pending(all, int64(version))
		if err != nil || len(steps) != len(all)-version {
			t.Errorf("at version %d: %d steps, %v", version, len(steps), err)
		}
	}
	if _, err := sqlstore.Pending(all, int64(len(all)+1)); !errors.Is(err, storage.ErrTooNew) {
		t.Errorf("newer: %v, want ErrTooNew", err)
	}
}
