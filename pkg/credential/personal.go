package credential

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/rotation"
	"github.com/claviger-id/claviger/storage"
)

// ChoosePersonal puts a personal password in the place of the one whose version
// is given, and which the person has proven a moment ago. Problems: Invalid, with
// the reason, when the policy refuses it; Limited, with the time to wait, when too many
// that the person has or had were refused; Conflict when the password was replaced in the
// meantime; Unavailable when all hashing slots are taken. Hashes are
// computed outside of any transaction.
func (s *Service) ChoosePersonal(ctx context.Context, personID string, version int64, chosen string) error {
	r := replacement{chosen: chosen, how: ChangeChosen}
	err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		if r.who, err = tx.People().Get(ctx, personID); err != nil {
			return err
		}
		r.old, err = tx.Passwords().Get(ctx, personID)
		return err
	})
	if err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	if r.old.Version != version {
		return errReplaced(nil)
	}
	return s.replace(ctx, r)
}

// OwnChange is what somebody who is signed in enters to change the password.
type OwnChange struct {
	PersonID        string
	Current, Chosen string
	// Device is what this browser keeps from an earlier sign-in, or empty.
	Device string
	// With, when it is set, is called in the transaction of the change.
	With func(ctx context.Context, tx storage.Tx) error
}

// Change changes the password of somebody who is signed in and knows it.
// Problems as of ChoosePersonal, and Unauthenticated and Limited as of Verify: to
// guess at it here costs what it costs at the sign-in.
func (s *Service) Change(ctx context.Context, in OwnChange) error {
	a := attempt{device: deviceHash(in.Device)}
	var wait time.Duration
	err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		if a.person, err = tx.People().Get(ctx, in.PersonID); err != nil {
			return err
		}
		if err := a.look(ctx, tx, s.Now()); err != nil {
			return err
		}
		wait, err = s.tooSoon(ctx, tx, a.person, a.stored)
		return err
	})
	if err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	a.account = s.accountName(a.person.UserIDIndex)
	if a.stored.Kind != storage.PasswordPersonal {
		return problem.New(problem.Conflict, "There is no personal password to change.")
	}
	if _, err := s.prove(ctx, &a, in.Current, audit.CredentialCheckFailed); err != nil {
		return err
	}
	// It was right: nothing stands against the person, whatever comes now.
	err = s.Store.Tx(ctx, func(tx storage.Tx) error { return a.proven(ctx, tx) })
	if errors.Is(err, errOvertaken) {
		return errReplaced(err)
	}
	if err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	if err := s.forget(ctx, a); err != nil {
		return err
	}
	if wait > 0 {
		return &problem.Error{
			Code: problem.Invalid, Reason: problem.ChangedLately, RetryAfter: wait,
			Message: "You changed your password twice in a short time. Please call the help desk if somebody else knows it.",
		}
	}
	return s.replace(ctx, replacement{who: a.person, old: a.stored, chosen: in.Chosen, how: ChangeOwn, redeem: in.With})
}

// tooSoon is how long somebody has yet to wait before they may change a password without
// a reason. The minimum age keeps people from running through the history in an hour. One
// change it lets through at any time, so that whoever hears that somebody else got in can
// follow the advice to change the password, also on the day on which they chose it: it
// refuses only where the password before it is as young (ADR 0042).
func (s *Service) tooSoon(ctx context.Context, tx storage.Tx, who storage.Person, current storage.Password) (time.Duration, error) {
	policy, err := s.policy(ctx, tx, who)
	if err != nil {
		return 0, err
	}
	_, minimum := policy.Remembered()
	if current.Kind != storage.PasswordPersonal || !current.ForcedAt.IsZero() || tx.Now().Sub(current.SetAt) >= minimum {
		return 0, nil
	}
	former, err := tx.FormerPasswords().List(ctx, who.ID)
	if err != nil || len(former) == 0 {
		return 0, err
	}
	return max(0, former[0].SetAt.Add(minimum).Sub(tx.Now())), nil
}

// NextChange is how long somebody has yet to wait until Change takes another password;
// zero where it does so now.
func (s *Service) NextChange(ctx context.Context, personID string) (wait time.Duration, err error) {
	err = s.Store.View(ctx, func(tx storage.Tx) error {
		who, err := tx.People().Get(ctx, personID)
		if err != nil {
			return err
		}
		current, err := tx.Passwords().Get(ctx, personID)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		wait, err = s.tooSoon(ctx, tx, who, current)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("credential: %w", err)
	}
	return wait, nil
}

// Recover puts a personal password in the place of one that was forgotten.
// redeem spends, in the transaction of the change, what the person has proven
// themselves with; its error is returned and nothing is changed. A temporary
// password is not recovered: it is issued again. Problems as of ChoosePersonal.
func (s *Service) Recover(ctx context.Context, personID, chosen string, redeem func(ctx context.Context, tx storage.Tx) error) error {
	r := replacement{chosen: chosen, how: ChangeRecovered, redeem: redeem}
	err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		if r.who, err = tx.People().Get(ctx, personID); err != nil {
			return err
		}
		r.old, err = tx.Passwords().Get(ctx, personID)
		return err
	})
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return fmt.Errorf("credential: %w", err)
	}
	if err != nil || r.old.Kind != storage.PasswordPersonal {
		return problem.New(problem.Conflict, "There is no personal password to recover.")
	}
	return s.replace(ctx, r)
}

// replacement is a personal password that takes the place of another one.
type replacement struct {
	who    storage.Person
	old    storage.Password
	chosen string
	how    Change
	redeem func(ctx context.Context, tx storage.Tx) error
}

// replace applies the policy and the history, and replaces. Whoever chooses has
// bound a new authenticator: counts of guesses at the old one end with it (NIST
// SP 800-63B-4 section 3.2.2).
func (s *Service) replace(ctx context.Context, r replacement) error {
	var policy rotation.Policy
	var rules password.Policy
	if err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		if policy, err = s.policy(ctx, tx, r.who); err != nil {
			return err
		}
		rules, err = s.rules(ctx, tx, r.who.ID)
		return err
	}); err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	short, err := s.acceptable(ctx, rules, r)
	if err != nil {
		return err
	}
	id := r.who.ID
	c, err := s.choose(ctx, id)
	if err != nil {
		return err
	}
	phc, err := s.unusedHash(ctx, policy, r)
	if err = s.chosen(ctx, c, err); err != nil {
		return busy(fmt.Errorf("credential: %w", err))
	}
	next := storage.Password{PersonID: id, Kind: storage.PasswordPersonal, Scheme: s.Hasher.Scheme(), Short: short, Version: r.old.Version}
	if next.Verifier, err = s.seal(verifierPlace(id), []byte(phc)); err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		if r.redeem != nil {
			if err := r.redeem(ctx, tx); err != nil {
				return err
			}
		}
		next.SetAt = tx.Now()
		if err := tx.Passwords().Replace(ctx, next); err != nil {
			return err
		}
		if err := s.keepFormer(ctx, tx, policy, r.old); err != nil {
			return err
		}
		if err := tx.Guesses().Clear(ctx, id); err != nil {
			return err
		}
		now, err := tx.People().Get(ctx, id)
		if err != nil {
			return err
		}
		if now.State == storage.PersonSuspended || now.State == storage.PersonClosed {
			return problem.New(problem.Denied, "This account cannot be used.").Because(problem.AccountUnusable)
		}
		now.State, now.UpdatedAt = storage.PersonActive, tx.Now()
		if err := tx.People().Update(ctx, now); err != nil {
			return err
		}
		by := audit.Actor{Type: "person", ID: id}
		if r.how == ChangeRecovered {
			if err := errors.Join(s.endGrants(ctx, tx, id, RefusedReset, by), tx.KnownDevices().Forget(ctx, id)); err != nil {
				return err
			}
		}
		if err := audit.Record(ctx, tx, audit.Event{
			Kind: audit.CredentialPersonalChosen, Outcome: audit.OutcomeAllow, Actor: by,
			Subject: id, Detail: map[string]string{"replaces": string(r.old.Kind), "how": string(r.how)},
		}); err != nil {
			return err
		}
		return s.tell(ctx, tx, id, r.how)
	})
	if errors.Is(err, storage.ErrStale) {
		return errReplaced(err)
	}
	if err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	return s.forgotten(ctx, r.who)
}

// forgotten clears the waits that guesses at the old password have led to.
func (s *Service) forgotten(ctx context.Context, who storage.Person) error {
	if err := s.Attempts.Clear(ctx, s.accountName(who.UserIDIndex)); err != nil {
		return fmt.Errorf("credential: attempts: %w", err)
	}
	return nil
}

// unusedHash refuses the password that is to be replaced and, while changes are enforced,
// those before it, and returns the hash of the new one. Where these are many hashes they are
// computed in one turn.
func (s *Service) unusedHash(ctx context.Context, policy rotation.Policy, r replacement) (phc string, err error) {
	compute := func(ctx context.Context, in password.Computing) error {
		if err := s.unused(ctx, in, policy, r); err != nil {
			return err
		}
		phc, err = in.Hash(ctx, r.chosen)
		return err
	}
	// Where nothing but the current password is compared, which a first one does not even
	// have, these are no more hashes than those of a sign-in: many who begin on one
	// morning need not wait for the few turns.
	if remembered, _ := policy.Remembered(); remembered <= 1 {
		err = compute(ctx, s.Hasher)
		return phc, err
	}
	err = s.Hasher.Turn(ctx, compute)
	return phc, err
}

// acceptable applies the policy. short says that the password
// does only under these rules, and would not do alone.
func (s *Service) acceptable(ctx context.Context, rules password.Policy, r replacement) (short bool, err error) {
	profile, err := s.People.Open(r.who)
	if err != nil {
		return false, err
	}
	if refusal := rules.Check(r.chosen, profile.Words()...); refusal != nil {
		return false, problem.Wrap(problem.Invalid, refusal.Message, refusal)
	}
	if err := s.notStolen(ctx, r.chosen); err != nil {
		return false, err
	}
	short = rules.MinLength < s.Policy.MinLength && s.Policy.Check(r.chosen, profile.Words()...) != nil
	return short, nil
}
