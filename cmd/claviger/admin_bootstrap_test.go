package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/claviger-id/claviger/pkg/admin"
	operators "github.com/claviger-id/claviger/pkg/operator"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/teststores"
)

// TestOneOfManyIsFirst: of first operators that are made at once, one is made, also where
// the one before is gone.
func TestOneOfManyIsFirst(t *testing.T) {
	p := newPatient(t, "")
	file := func(name, text string) string {
		path := filepath.Join(p.dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	p.configure("root_key_file = %q\npostgres_url_file = %q\nredis_url_file = %q\n", file("root.key", secret.NewRoot().Text()), file("pg", teststores.Schema(t)), file("redis", "redis://127.0.0.1:1/0"))
	for round := range 3 {
		in, err := p.program(io.Discard).open(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		var (
			wait sync.WaitGroup
			errs [4]error
		)
		for i := range errs {
			wait.Go(func() {
				name := fmt.Sprintf("first-%d-%d", round, i)
				errs[i] = p.program(io.Discard).bootstrap(t.Context(), in, firstOperator{keyOut: filepath.Join(p.dir, name), clientID: name})
			})
		}
		wait.Wait()
		made := 0
		for _, err := range errs {
			switch {
			case err == nil:
				made++
			case !errors.Is(err, errOperatorThere):
				t.Error(err)
			}
		}
		if made != 1 {
			t.Errorf("round %d: %d first operators: %v", round, made, errs)
		}
		if err := in.store.Tx(t.Context(), func(tx storage.Tx) error {
			active, err := operators.Active(t.Context(), tx, string(admin.RoleOperator))
			if err != nil || len(active) != 1 {
				return fmt.Errorf("round %d: %v, %w", round, active, err)
			}
			_, err = tx.Operators().Dismiss(t.Context(), storage.OperatorClient, active[0].ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := in.close(); err != nil {
			t.Fatal(err)
		}
	}
}
