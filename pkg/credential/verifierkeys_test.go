package credential_test

import (
	"context"
	"errors"
	"testing"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// wrapped puts the main keyring of the world where an installation has it, and
// returns the root key.
func (w *world) wrapped(t *testing.T) secret.Root {
	t.Helper()
	root := secret.NewRoot()
	text, err := root.Wrap(secret.MainKeyring, w.Keys)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Store.Tx(w.ctx, func(tx storage.Tx) error {
		_, err := tx.Settings().PutOnce(w.ctx, secret.MainKeyring, text)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return root
}

func begin(ctx context.Context, t *testing.T, s storage.Store, v *credential.VerifierKeys) int64 {
	t.Helper()
	var number int64
	if err := s.Tx(ctx, func(tx storage.Tx) (err error) {
		number, err = v.Begin(ctx, tx, audit.Actor{Type: "operator", ID: "o"})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return number
}

// TestASignInSealsWithTheNewestKey follows one hash through a change of its key,
// at two servers of which the second does not know yet.
func TestASignInSealsWithTheNewestKey(t *testing.T) {
	w := newWorld(t)
	root := w.wrapped(t)
	w.Verifiers = credential.NewVerifierKeys(w.Store, root, w.Keys)
	other := *w.Service
	other.Verifiers = credential.NewVerifierKeys(w.Store, root, w.Keys)
	w.choose(t)
	before := w.current(t)
	scheme := w.Hasher.Scheme()
	report := func(old int64) {
		t.Helper()
		counts, err := w.Schemes(w.ctx)
		if err != nil || counts[scheme] != (credential.Stored{People: 1, OldKey: old}) {
			t.Errorf("report: %+v, %v; want %d under an old key", counts, err, old)
		}
	}
	report(0)

	if n := begin(w.ctx, t, w.Store, w.Verifiers); n != 2 {
		t.Fatalf("the new key is number %d", n)
	}
	if err := w.Verifiers.Load(w.ctx); err != nil {
		t.Fatal(err)
	}
	report(1)
	if _, err := w.verify(userID, phrase+"x"); problem.From(err).Code != problem.Unauthenticated {
		t.Fatalf("a wrong password: %v", err)
	}
	report(1) // it takes a success
	v, err := w.verify(userID, phrase)
	if err != nil {
		t.Fatal(err)
	}
	report(0)
	after := w.current(t)
	if secret.SealedBy(before.Verifier) != 1 || secret.SealedBy(after.Verifier) != 2 {
		t.Errorf("sealed by %d, then by %d", secret.SealedBy(before.Verifier), secret.SealedBy(after.Verifier))
	}
	if after.Version != v.Version || after.Scheme != scheme || !after.SetAt.Equal(before.SetAt) {
		t.Errorf("more than the seal changed: %+v", after)
	}
	if n := len(w.reasons(t, audit.CredentialResealed)); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
	if _, err := w.Keys.Open(secret.Place{Table: "password", Column: "verifier", Row: "p"}, after.Verifier); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("the main keyring opens it: %v", err)
	}

	// The other server comes upon the new key, and goes over to it.
	if _, err := other.Verify(w.ctx, credential.SignIn{UserID: userID, Password: phrase}); err != nil {
		t.Fatalf("at the other server: %v", err)
	}
	if n := other.Verifiers.Newest(); n != 2 {
		t.Errorf("the other server is at key %d", n)
	}
	if n := len(w.reasons(t, audit.CredentialResealed)); n != 1 {
		t.Errorf("%d events after a second sign-in, want 1", n)
	}

	// What was chosen before is remembered whatever the key.
	begin(w.ctx, t, w.Store, w.Verifiers)
	third := *w.Service
	third.Verifiers = credential.NewVerifierKeys(w.Store, root, w.Keys)
	if err := third.ChoosePersonal(w.ctx, "p", after.Version, phrase); problem.From(err).Code != problem.Invalid {
		t.Errorf("the same password again: %v", err)
	}
	if err := third.ChoosePersonal(w.ctx, "p", after.Version, "a heron walks in the shallow water"); err != nil {
		t.Errorf("another password: %v", err)
	}
}

// TestAKeyOfAnotherRootIsNotTaken: a server that was started before the root key
// changed cannot use what was begun since, and counts no attempt because of it.
func TestAKeyOfAnotherRootIsNotTaken(t *testing.T) {
	w := newWorld(t)
	root := w.wrapped(t)
	w.Verifiers = credential.NewVerifierKeys(w.Store, root, w.Keys)
	w.choose(t)
	stale := *w.Service
	stale.Verifiers = credential.NewVerifierKeys(w.Store, secret.NewRoot(), w.Keys)
	begin(w.ctx, t, w.Store, w.Verifiers)
	if err := stale.Verifiers.Load(w.ctx); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("Load: %v, want ErrWrongKey", err)
	}
	if err := w.Store.Tx(w.ctx, func(tx storage.Tx) error {
		_, err := stale.Verifiers.Begin(w.ctx, tx, audit.Actor{Type: "operator"})
		return err
	}); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("Begin: %v, want ErrWrongKey", err)
	}
	if err := w.Verifiers.Load(w.ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := w.verify(userID, phrase); err != nil {
		t.Fatal(err)
	}
	for range 20 { // more than the account has
		_, err := stale.Verify(w.ctx, credential.SignIn{UserID: userID, Password: phrase})
		if code := problem.From(err).Code; code != problem.Internal {
			t.Fatalf("a sign-in at the server with the former root key: %v", err)
		}
	}
	if _, err := w.verify(userID, phrase); err != nil {
		t.Errorf("a sign-in where it can be: %v", err)
	}
}
