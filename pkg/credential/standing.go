package credential

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/rotation"
	"github.com/claviger-id/claviger/storage"
)

// policy is what holds for a person.
func (s *Service) policy(ctx context.Context, tx storage.Tx, who storage.Person) (rotation.Policy, error) {
	if len(s.Rotation.Roles) == 0 {
		return s.Rotation.Default, nil // nobody's profile has to be opened
	}
	profile, err := s.People.Open(who)
	if err != nil {
		return rotation.Policy{}, err
	}
	roles := profile.Roles
	if s.Roles != nil {
		more, err := s.Roles(ctx, tx, who.ID)
		if err != nil {
			return rotation.Policy{}, err
		}
		roles = slices.Concat(roles, more)
	}
	return s.Rotation.Of(roles), nil
}

// aspect is what package rotation looks at.
func (s *Service) aspect(ctx context.Context, tx storage.Tx, w storage.Password) (rotation.Password, error) {
	aspect := rotation.Password{
		SetAt: w.SetAt, RemindAt: w.RemindAt, Place: binary.BigEndian.Uint32(s.Keys.MAC("rotation", []byte(w.PersonID))),
	}
	if s.Passkeys == nil {
		return aspect, nil
	}
	var err error
	aspect.Passkey, err = s.Passkeys(ctx, tx, w.PersonID)
	return aspect, err
}

// stand says what has to become of the password that was proven.
func (s *Service) stand(ctx context.Context, tx storage.Tx, a attempt, v *Verified) error {
	if a.stored.Kind == storage.PasswordTemporary {
		v.Must = MustTemporary
		return nil
	}
	policy, err := s.policy(ctx, tx, a.person)
	if err != nil {
		return err
	}
	aspect, err := s.aspect(ctx, tx, a.stored)
	if err != nil {
		return err
	}
	found := policy.Judge(aspect, v.At)
	v.ExpiresAt = found.ExpiresAt
	guessed := false
	if a.known {
		// It is disabled everywhere else: another one has to be bound.
		g, err := tx.Guesses().Get(ctx, a.person.ID)
		if err != nil {
			return err
		}
		guessed = g.Failures >= s.disableAfter()
	}
	alone := false
	if a.stored.Short {
		if alone, err = s.alone(ctx, tx, a.person.ID); err != nil {
			return err
		}
	}
	switch {
	case !a.stored.ForcedAt.IsZero():
		v.Must = a.stored.ForcedReason
	case guessed:
		v.Must = MustGuessed
	case alone:
		v.Must = MustAlone
	case found.State == rotation.Expired:
		v.Must = MustExpired
	default:
		v.May = found.State == rotation.Aging
	}
	return nil
}

// Postpone notes that somebody who was asked to change the password said
// "later". storage.ErrStale when it was changed meanwhile.
func (s *Service) Postpone(ctx context.Context, personID string, version int64) error {
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		until := rotation.Later(tx.Now())
		if err := tx.Passwords().Remind(ctx, personID, version, until); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.CredentialPostponed, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: personID},
			Subject: personID, Detail: map[string]string{"until": until.Format(time.RFC3339)},
		})
	})
	if err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	return nil
}

// Why tokens are not renewed any more. Grants end with these reasons, and
// applications read them.
const (
	RefusedExpired     = "password_expired"
	RefusedForced      = "password_must_change"
	RefusedCompromised = "password_compromised"
	RefusedReset       = "password_reset"
)

// RefuseRenewal says why tokens of a person who authenticated at authTime are not
// to be renewed, or "". What began before the password expired may go on for as
// long as a session could; a password that has to be changed for another reason
// ends it at once.
func (s *Service) RefuseRenewal(ctx context.Context, tx storage.Tx, who storage.Person, authTime time.Time) (string, error) {
	w, err := tx.Passwords().Get(ctx, who.ID)
	if errors.Is(err, storage.ErrNotFound) {
		return "", nil // signed in with something else
	}
	if err != nil {
		return "", fmt.Errorf("credential: %w", err)
	}
	switch {
	case w.Kind == storage.PasswordTemporary:
		return RefusedReset, nil
	case !w.ForcedAt.IsZero():
		return refusedAs(w.ForcedReason), nil
	}
	if w.Short {
		// It does only with a second factor, and there may be none any more.
		if alone, err := s.alone(ctx, tx, who.ID); err != nil || alone {
			return RefusedForced, err
		}
	}
	policy, err := s.policy(ctx, tx, who)
	if err != nil {
		return "", err
	}
	aspect, err := s.aspect(ctx, tx, w)
	if err != nil {
		return "", err
	}
	expires, now := policy.ExpiresAt(aspect), tx.Now()
	if !expires.IsZero() && !now.Before(expires) && !now.Before(authTime.Add(s.SessionLife)) {
		return RefusedExpired, nil
	}
	return "", nil
}

func refusedAs(must string) string {
	if must == MustCompromised {
		return RefusedCompromised
	}
	return RefusedForced
}
