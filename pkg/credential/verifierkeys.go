package credential

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// VerifierKeys is the keyrings that seal verifiers, the newest of which seals. The
// first is the main keyring; those after it are random, and each is kept wrapped
// under the root key by itself. Running processes learn of new ones by Load, and
// when they come upon something that was sealed with one.
type VerifierKeys struct {
	store  storage.Store
	root   secret.Root
	series *secret.Series
}

// NewVerifierKeys knows the main keyring only, until Load.
func NewVerifierKeys(store storage.Store, root secret.Root, main *secret.Keyring) *VerifierKeys {
	return &VerifierKeys{store: store, root: root, series: secret.NewSeries(main)}
}

// VerifierKeyring is the name under which a later keyring is kept, from number 2 on.
func VerifierKeyring(number int64) string {
	return "verifier_keyring_" + strconv.FormatInt(number, 10)
}

// Newest is the number of the keyring that seals.
func (v *VerifierKeys) Newest() int64 { return v.series.Newest() }

// Load reads the keyrings that have come since.
func (v *VerifierKeys) Load(ctx context.Context) error {
	return v.store.View(ctx, func(tx storage.Tx) error { return v.load(ctx, tx) })
}

func (v *VerifierKeys) load(ctx context.Context, tx storage.Tx) error {
	for {
		number := v.series.Newest() + 1
		name := VerifierKeyring(number)
		wrapped, err := tx.Settings().Get(ctx, name)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		k, err := v.root.Unwrap(name, wrapped)
		if err != nil {
			return fmt.Errorf("credential: key %d of the password hashes belongs to another root key; if the root key was changed, start again with the new one: %w", number, err)
		}
		v.series.Add(number, k)
	}
}

// Begin makes another keyring, which seals from now on, in the caller's
// transaction, and returns its number. It is known to this process once the
// transaction stands and Load was called.
func (v *VerifierKeys) Begin(ctx context.Context, tx storage.Tx, by audit.Actor) (int64, error) {
	// The main keyring is written as it stands, so that nobody wraps it under
	// another root key meanwhile and leaves this one behind.
	main, err := tx.Settings().Get(ctx, secret.MainKeyring)
	if err != nil {
		return 0, fmt.Errorf("credential: %w", err)
	}
	if _, err := v.root.OpenKeyring(main); err != nil {
		return 0, fmt.Errorf("credential: %w", err)
	}
	if err := tx.Settings().Swap(ctx, secret.MainKeyring, main, main); err != nil {
		return 0, fmt.Errorf("credential: %w", err)
	}
	if err := v.load(ctx, tx); err != nil {
		return 0, err
	}
	number := v.series.Newest() + 1
	wrapped, err := v.root.Wrap(VerifierKeyring(number), secret.DrawKeyring())
	if err != nil {
		return 0, fmt.Errorf("credential: %w", err)
	}
	if _, err := tx.Settings().PutOnce(ctx, VerifierKeyring(number), wrapped); err != nil {
		return 0, fmt.Errorf("credential: %w", err)
	}
	return number, audit.Record(ctx, tx, audit.Event{
		Kind: audit.VerifierKeyBegun, Outcome: audit.OutcomeAllow, Actor: by, Detail: map[string]string{"key": strconv.FormatInt(number, 10)},
	})
}

// seal seals a verifier.
func (s *Service) seal(p secret.Place, verifier []byte) ([]byte, error) {
	if s.Verifiers == nil {
		return s.Keys.Seal(p, verifier)
	}
	return s.Verifiers.series.Seal(p, verifier)
}

// open opens a verifier outside of any transaction.
func (s *Service) open(ctx context.Context, p secret.Place, sealed []byte) ([]byte, error) {
	if s.Verifiers == nil {
		return s.Keys.Open(p, sealed)
	}
	if secret.SealedBy(sealed) > s.Verifiers.Newest() {
		if err := s.Verifiers.Load(ctx); err != nil {
			return nil, err
		}
	}
	return s.Verifiers.series.Open(p, sealed)
}

// openIn opens a verifier inside of a transaction.
func (s *Service) openIn(ctx context.Context, tx storage.Tx, p secret.Place, sealed []byte) ([]byte, error) {
	if s.Verifiers != nil && secret.SealedBy(sealed) > s.Verifiers.Newest() {
		if err := s.Verifiers.load(ctx, tx); err != nil {
			return nil, err
		}
	}
	return s.open(ctx, p, sealed)
}

// outdated says that a verifier is not sealed with the newest key.
func (s *Service) outdated(sealed []byte) bool {
	return s.Verifiers != nil && secret.SealedBy(sealed) < s.Verifiers.Newest()
}
