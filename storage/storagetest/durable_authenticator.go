package storagetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func someAuthenticator(id string, kind storage.AuthenticatorKind) storage.Authenticator {
	return storage.Authenticator{
		ID: id, PersonID: "p", Kind: kind, Name: []byte("name of " + id), Handle: []byte("handle of " + id), Secret: []byte("secret of " + id),
		Counter: 7, CreatedAt: moment,
	}
}

func testAuthenticators(t *testing.T, s storage.Store) {
	totp, code := someAuthenticator("b", storage.AuthenticatorTOTP), someAuthenticator("c", storage.AuthenticatorRecovery)
	totp.Handle = nil
	code.Name, code.Secret = nil, nil
	passkey := someAuthenticator("a", storage.AuthenticatorPasskey)
	passkey.CreatedAt = moment.Add(-time.Second)
	twin := someAuthenticator("d", storage.AuthenticatorPasskey)
	twin.Handle = passkey.Handle
	other := someAuthenticator("e", storage.AuthenticatorTOTP)
	other.PersonID, other.Handle = "q", nil
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		all := tx.Authenticators()
		got, err := all.ByPerson(ctx, "p")
		same(t, "ByPerson of nobody", len(got), 0)
		for _, a := range []storage.Authenticator{code, totp, passkey, other} {
			err = errors.Join(err, all.Insert(ctx, a))
		}
		want(t, "Insert with a handle that is taken", all.Insert(ctx, twin), storage.ErrConflict)
		return err
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		all := tx.Authenticators()
		got, err := all.ByPerson(ctx, "p")
		same(t, "ByPerson", got, []storage.Authenticator{passkey, totp, code})
		found, err2 := all.ByHandle(ctx, storage.AuthenticatorPasskey, passkey.Handle)
		same(t, "ByHandle", found, passkey)
		_, missing := all.ByHandle(ctx, storage.AuthenticatorPasskey, code.Handle)
		want(t, "ByHandle of another kind", missing, storage.ErrNotFound)

		later := moment.Add(time.Hour)
		want(t, "Advance to where it is", all.Advance(ctx, "b", 7, later), storage.ErrUsed)
		want(t, "Advance of none", all.Advance(ctx, "x", 9, later), storage.ErrUsed)
		err3 := all.Advance(ctx, "b", 8, later)
		totp.Counter, totp.UsedAt = 8, later
		read := passkey.Secret
		passkey.Secret, passkey.Counter, passkey.UsedAt = []byte("other"), 3, later
		err4 := all.Use(ctx, passkey, read)
		lost := passkey
		lost.Secret, lost.Counter = []byte("of before"), 2
		want(t, "Use of what has changed", all.Use(ctx, lost, read), storage.ErrStale)
		gone := passkey
		gone.ID = "x"
		want(t, "Use of none", all.Use(ctx, gone, passkey.Secret), storage.ErrStale)
		totp.Name = []byte("other")
		err5 := all.Rename(ctx, "p", "b", totp.Name)
		want(t, "Rename of another person's", all.Rename(ctx, "p", "e", nil), storage.ErrNotFound)
		got, err6 := all.ByPerson(ctx, "p")
		same(t, "ByPerson after changes", got, []storage.Authenticator{passkey, totp, code})
		return errors.Join(err, err2, err3, err4, err5, err6)
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		all := tx.Authenticators()
		want(t, "Spend of another person's", all.Spend(ctx, "q", code.Handle), storage.ErrUsed)
		want(t, "Spend of what is no code", all.Spend(ctx, "p", passkey.Handle), storage.ErrUsed)
		err := all.Spend(ctx, "p", code.Handle)
		want(t, "second Spend", all.Spend(ctx, "p", code.Handle), storage.ErrUsed)
		want(t, "Remove of another person's", all.Remove(ctx, "p", "e"), storage.ErrNotFound)
		err2 := all.Remove(ctx, "p", "a")
		want(t, "second Remove", all.Remove(ctx, "p", "a"), storage.ErrNotFound)
		n, err3 := all.RemoveKind(ctx, "p", storage.AuthenticatorTOTP)
		same(t, "RemoveKind", n, int64(1))
		left, err4 := all.ByPerson(ctx, "q")
		same(t, "what another person has", left, []storage.Authenticator{other})
		return errors.Join(err, err2, err3, err4)
	})
}

// once has many try the same at a time, of whom one may succeed.
func once(t *testing.T, s storage.Store, try func(ctx context.Context, tx storage.Tx) error) {
	t.Helper()
	var wg sync.WaitGroup
	var won, lost atomic.Int64
	for range racers {
		wg.Go(func() {
			err := s.Tx(t.Context(), func(tx storage.Tx) error { return try(t.Context(), tx) })
			switch {
			case err == nil:
				won.Add(1)
			case errors.Is(err, storage.ErrUsed), errors.Is(err, storage.ErrUnavailable): // a serialization failure wrote nothing
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || won.Load()+lost.Load() != racers {
		t.Errorf("%d of %d succeeded, want one", won.Load(), racers)
	}
}

func testRaceStep(t *testing.T, s storage.Store) {
	a := someAuthenticator("a", storage.AuthenticatorTOTP)
	a.Handle = nil
	in(t, s, func(ctx context.Context, tx storage.Tx) error { return tx.Authenticators().Insert(ctx, a) })
	once(t, s, func(ctx context.Context, tx storage.Tx) error {
		return tx.Authenticators().Advance(ctx, "a", 8, moment)
	})
}

func testRaceRecovery(t *testing.T, s storage.Store) {
	a := someAuthenticator("a", storage.AuthenticatorRecovery)
	in(t, s, func(ctx context.Context, tx storage.Tx) error { return tx.Authenticators().Insert(ctx, a) })
	once(t, s, func(ctx context.Context, tx storage.Tx) error { return tx.Authenticators().Spend(ctx, "p", a.Handle) })
}
