package main

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/config"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/embedded"
	"github.com/claviger-id/claviger/storage/sqlite"
)

// TestALinkIsNotEnoughWithASecondFactor: as the program is put together, a mailed
// link replaces the password of nobody who has a second factor (NIST SP 800-63B-4
// section 4.2), and does not become worthless by that.
func TestALinkIsNotEnoughWithASecondFactor(t *testing.T) {
	ctx, key := t.Context(), bytes.Repeat([]byte{1}, 32)
	in := &installation{config: config.Default(), log: slog.New(slog.DiscardHandler), now: time.Now}
	var err error
	if in.keyring, _, err = secret.NewRoot().NewKeyring(); err != nil {
		t.Fatal(err)
	}
	in.store, err = sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(t.TempDir(), "d.db"), Key: key, Now: in.now, Log: in.log, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.close() }()
	ephemeral, err := embedded.Open(ctx, embedded.Options{Path: filepath.Join(t.TempDir(), "e.db"), Key: key})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ephemeral.Close() }()
	hasher, err := password.NewHasher(password.Params{MemoryKiB: 19 << 10, Iterations: 2, Parallelism: 1}, 64, 1)
	if err != nil {
		t.Fatal(err)
	}
	credentials := in.credentials(ephemeral.Attempts(), hasher)
	service := in.recovery(ephemeral.Attempts(), credentials, nil)

	for _, kind := range []storage.AuthenticatorKind{storage.AuthenticatorTOTP, storage.AuthenticatorPasskey} {
		token := secret.NewToken()
		who := storage.Person{ID: secret.NewID(), Subject: secret.NewID(), State: storage.PersonApproved, CreatedAt: in.now(), UpdatedAt: in.now()}
		if err := credentials.People.Seal(&who, person.Profile{UserID: "user" + string(kind)}); err != nil {
			t.Fatal(err)
		}
		err := in.store.Tx(ctx, func(tx storage.Tx) error {
			if err := tx.People().Insert(ctx, who); err != nil {
				return err
			}
			if _, err := credentials.IssueTemporary(ctx, tx, who.ID, time.Hour, audit.Actor{Type: "operator"}); err != nil {
				return err
			}
			return tx.Authenticators().Insert(ctx, storage.Authenticator{ID: secret.NewID(), PersonID: who.ID, Kind: kind, CreatedAt: tx.Now()})
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := credentials.ChoosePersonal(ctx, who.ID, 1, "seven quiet herons drift"); err != nil {
			t.Fatal(err)
		}
		if err := in.store.Tx(ctx, func(tx storage.Tx) error {
			return tx.AccessLinks().Put(ctx, storage.AccessLink{
				Hash: secret.Hash(token), PersonID: who.ID, Purpose: storage.LinkRecover, PasswordVersion: 2, CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(time.Hour),
			})
		}); err != nil {
			t.Fatal(err)
		}
		if err := service.Redeem(ctx, token, "seven quiet otters swim"); problem.From(err).Code != problem.Denied {
			t.Errorf("%s: %v", kind, err)
		}
		if _, err := service.Look(ctx, token, storage.LinkRecover); err != nil {
			t.Errorf("%s: the link afterwards: %v", kind, err)
		}
	}
}
