package credential

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/limit"
	"github.com/claviger-id/claviger/pkg/rotation"
	"github.com/claviger-id/claviger/storage"
)

// Shown is what may be shown of a password.
type Shown struct {
	// Kind is empty where there is none.
	Kind storage.PasswordKind
	// SetAt is when it was issued or chosen; ExpiresAt when it does not do any more, zero
	// for never.
	SetAt, ExpiresAt time.Time
	// Must is why it has to be changed at the next sign-in, or empty.
	Must string
	// Failures are the attempts in a row that failed, and FailedAt is the newest.
	Failures int64
	FailedAt time.Time
	// Disabled says that so many failed that it does in browsers that know the account
	// alone, or, a temporary one, nowhere.
	Disabled bool
}

// Show returns what may be shown of the password of a person. That it was read, the caller
// records.
func (s *Service) Show(ctx context.Context, personID string) (shown Shown, err error) {
	err = s.Store.View(ctx, func(tx storage.Tx) error {
		g, err := tx.Guesses().Get(ctx, personID)
		if err != nil {
			return err
		}
		shown = Shown{Failures: g.Failures, FailedAt: g.LastAt, Disabled: g.Failures >= s.disableAfter()}
		w, err := tx.Passwords().Get(ctx, personID)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		shown.Kind, shown.SetAt = w.Kind, w.SetAt
		if w.Kind == storage.PasswordTemporary {
			shown.ExpiresAt, shown.Must = w.ExpiresAt, MustTemporary
			shown.Disabled = shown.Disabled || g.Against >= limit.TemporaryFailures
			return nil
		}
		who, err := tx.People().Get(ctx, personID)
		if err != nil {
			return err
		}
		policy, err := s.policy(ctx, tx, who)
		if err != nil {
			return err
		}
		aspect, err := s.aspect(ctx, tx, w)
		if err != nil {
			return err
		}
		found := policy.Judge(aspect, tx.Now())
		shown.ExpiresAt = found.ExpiresAt
		switch {
		case !w.ForcedAt.IsZero():
			shown.Must = w.ForcedReason
		case found.State == rotation.Expired:
			shown.Must = MustExpired
		}
		return nil
	})
	if err != nil {
		return Shown{}, fmt.Errorf("credential: %w", err)
	}
	return shown, nil
}
