package enroll_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/teststores"
)

// TestWhoDecidesAtTheSameTimeIsNotRefused: an account that somebody else changes
// meanwhile, or that its owner does by signing in, is decided over as it is then.
func TestWhoDecidesAtTheSameTimeIsNotRefused(t *testing.T) {
	store, _ := teststores.Servers(t, func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) })
	keyring, _, err := secret.NewRoot().NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	s := &enroll.Accounts{
		Store: store, People: &person.Directory{Keys: keyring},
		Roles:     func(context.Context, storage.Tx) ([]string, error) { return []string{"nurse", "biller"}, nil },
		EndAccess: func(context.Context, string, storage.PersonState) error { return nil },
	}
	p := storage.Person{ID: secret.NewID(), Subject: secret.NewID(), State: storage.PersonActive, Version: 1}
	if err := s.People.Seal(&p, person.Profile{UserID: "jsmith", GivenName: "Jane", FamilyName: "Smith"}); err != nil {
		t.Fatal(err)
	}
	if err := store.Tx(t.Context(), func(tx storage.Tx) error {
		p.CreatedAt, p.UpdatedAt = tx.Now(), tx.Now()
		return tx.People().Insert(t.Context(), p)
	}); err != nil {
		t.Fatal(err)
	}
	by := audit.Actor{Type: "operator", ID: "test"}
	var wg sync.WaitGroup
	for i := range 3 {
		wg.Go(func() {
			for n := range 4 {
				if _, err := s.SetRoles(t.Context(), "jsmith", [][]string{{"nurse"}, {"biller"}, nil}[(i+n)%3], "duty", by); err != nil {
					t.Errorf("refused: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if err := store.View(t.Context(), func(tx storage.Tx) error {
		kept, err := tx.People().Get(t.Context(), p.ID)
		events, err2 := tx.Audit().Pending(t.Context(), 1000)
		changes := int64(0)
		for _, e := range events {
			if e.Kind == string(audit.PersonRolesChanged) {
				changes++
			}
		}
		if err == nil && err2 == nil && (changes == 0 || kept.Version != changes+1) {
			t.Errorf("version %d after %d changes", kept.Version, changes)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
