package credential

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/limit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/storage"
)

// attempt is one try to prove a password. It is counted before the password is
// looked at, and taken back when it turns out to be none: so many at once, on
// however many replicas, are not more than one after the other.
type attempt struct {
	account string // its name in counts and log
	person  storage.Person
	stored  storage.Password
	// device is the hash of what the browser keeps; known says that the person
	// has signed in there, and the attempt is counted against that browser.
	device []byte
	known  bool
	// at is when the attempt was entered, in keys of the ephemeral store and
	// under a name in the durable one.
	at      time.Time
	keys    []string
	durable string
	guess   storage.Guess
	// reason is why it must fail whatever the password is, or "".
	reason string
}

// look finds the password of a person and what stands against it. It asks the
// same where there is nobody.
func (a *attempt) look(ctx context.Context, tx storage.Tx, now time.Time) (err error) {
	a.stored, err = tx.Passwords().Get(ctx, a.person.ID)
	switch {
	case errors.Is(err, storage.ErrNotFound) && a.person.ID == "":
		a.reason = "unknown_user_id"
	case errors.Is(err, storage.ErrNotFound):
		a.reason = "no_password"
	case err != nil:
		return err
	case a.person.State == storage.PersonSuspended || a.person.State == storage.PersonClosed:
		a.reason = string(a.person.State)
	case a.stored.Kind == storage.PasswordTemporary && !a.stored.ExpiresAt.After(now):
		a.reason = "temporary_expired"
	}
	// A temporary password has one budget, wherever it is tried.
	if a.device == nil || a.stored.Kind == storage.PasswordTemporary {
		return nil
	}
	d, err := tx.KnownDevices().Get(ctx, a.device, a.person.ID)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	a.known = err == nil && d.Failures < limit.DeviceFailures && now.Before(d.UsedAt.Add(limit.DeviceMemory))
	return err
}

// reserve enters the attempt, or says how long to wait.
func (s *Service) reserve(ctx context.Context, a *attempt) error {
	a.at = s.Now()
	var claims []storage.Claim
	claim := func(key string, b limit.Budget) {
		a.keys = append(a.keys, key)
		claims = append(claims, storage.Claim{Key: key, Free: b.Free, Waits: b.Waits, Forget: b.Forget})
	}
	if a.known {
		claim(a.account+":"+hex.EncodeToString(a.device[:8]), limit.Device())
	} else {
		from := request.From(ctx).Address
		claim(a.account, limit.Account())
		claim("address:"+limit.Block(from).String(), limit.Address())
		claim("around:"+limit.Around(from).String(), limit.Neighbourhood())
	}
	wait, err := s.Attempts.Reserve(ctx, a.at, claims...)
	if err != nil {
		return fmt.Errorf("credential: attempts: %w", err)
	}
	if wait > 0 {
		return s.limited(ctx, a, wait)
	}
	ok := true
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		if a.known {
			ok, err = tx.KnownDevices().Reserve(ctx, a.device, a.person.ID, limit.DeviceFailures)
			return err
		}
		return s.reserveDurably(ctx, tx, a)
	})
	if err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	if !ok {
		// Others from this browser have just used up what it had; the next
		// attempt is one of any browser.
		if err := s.Attempts.Return(ctx, a.at, a.keys...); err != nil {
			return fmt.Errorf("credential: attempts: %w", err)
		}
		return s.limited(ctx, a, time.Second)
	}
	return nil
}

func (s *Service) reserveDurably(ctx context.Context, tx storage.Tx, a *attempt) (err error) {
	failures, against := s.disableAfter(), int64(math.MaxInt64)
	if a.stored.Kind == storage.PasswordTemporary {
		against = limit.TemporaryFailures
	}
	a.durable = a.person.ID
	if a.durable == "" {
		// Attempts at accounts that do not exist cost what others cost. They are
		// counted under one of 256 names, so that they do not wait for each other.
		a.durable, failures = "decoy-"+strconv.Itoa(int(s.Keys.MAC("decoy", []byte(a.account))[0])), math.MaxInt64
	}
	var ok bool
	a.guess, ok, err = tx.Guesses().Reserve(ctx, a.durable, failures, against, a.at)
	if err != nil || ok {
		return err
	}
	a.durable = "" // nothing was entered
	switch {
	case a.reason != "":
	case a.guess.Failures >= failures:
		a.reason = "password_disabled"
	default:
		a.reason = "temporary_spent"
	}
	return nil
}

// limited says how long to wait. Whoever does not may try as often as they like,
// and would fill the log: after a while one event stands for others from around
// there.
func (s *Service) limited(ctx context.Context, a *attempt, wait time.Duration) error {
	budget := limit.Record()
	silent, err := s.Attempts.Reserve(ctx, a.at, storage.Claim{
		Key:  "limited:" + limit.Around(request.From(ctx).Address).String(),
		Free: budget.Free, Waits: budget.Waits, Forget: budget.Forget,
	})
	if err != nil {
		return fmt.Errorf("credential: attempts: %w", err)
	}
	if silent == 0 {
		err = s.Store.Tx(ctx, func(tx storage.Tx) error {
			return audit.Record(ctx, tx, audit.Event{
				Kind: audit.SigninLimited, Outcome: audit.OutcomeDeny, Reason: "too_many_failures",
				Actor: audit.Actor{Type: "person"}, Subject: a.person.ID, Detail: a.detail(),
			})
		})
	}
	if err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	return &problem.Error{Code: problem.Limited, Message: "Too many attempts. Please wait before you try again.", RetryAfter: wait}
}

// detail is what events of an attempt say.
func (a *attempt) detail() map[string]string {
	d := map[string]string{"account": a.account}
	if a.known {
		d["device"] = "known"
	}
	return d
}

// takeBack is for an attempt of which nothing was learned: the machine was busy,
// or something failed on our side.
func (s *Service) takeBack(ctx context.Context, a attempt) error {
	ctx = context.WithoutCancel(ctx)
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		switch {
		case a.known:
			return tx.KnownDevices().Return(ctx, a.device, a.person.ID)
		case a.durable != "":
			return tx.Guesses().Return(ctx, a.durable)
		}
		return nil
	})
	if err := errors.Join(err, s.Attempts.Return(ctx, a.at, a.keys...)); err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	return nil
}

// failed records a failure; it has been counted.
func (s *Service) failed(ctx context.Context, a attempt, kind audit.Kind) error {
	reason := cmp.Or(a.reason, "wrong_password")
	if err := s.record(ctx, a, kind, reason); err != nil {
		return err
	}
	return errWrong(errors.New(reason))
}

// record notes an attempt that let nobody in, and that it was the last one there
// was.
func (s *Service) record(ctx context.Context, a attempt, kind audit.Kind, reason string) error {
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := audit.Record(ctx, tx, audit.Event{
			Kind: kind, Outcome: audit.OutcomeDeny, Reason: reason, Actor: audit.Actor{Type: "person"},
			Subject: a.person.ID, Detail: a.detail(),
		}); err != nil || a.reason != "" || a.known || a.guess.Failures != s.disableAfter() {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.CredentialDisabled, Outcome: audit.OutcomeAllow, Reason: "too_many_failures", Actor: audit.Actor{Type: "system"},
			Subject: a.person.ID, Detail: map[string]string{"failures": strconv.FormatInt(a.guess.Failures, 10)},
		})
	})
	if err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	return nil
}

// proven clears the durable counts of an attempt that was right. A success in a
// known browser says nothing of what is tried elsewhere. errOvertaken when the
// password was replaced while its hash was computed: what was right is worth
// nothing any more, and neither clears counts nor makes a browser known.
func (a *attempt) proven(ctx context.Context, tx storage.Tx) error {
	now, err := tx.Passwords().Get(ctx, a.person.ID)
	switch {
	case errors.Is(err, storage.ErrNotFound), err == nil && now.Version != a.stored.Version:
		return errOvertaken
	case err != nil:
		return err
	}
	if a.known {
		return tx.KnownDevices().Know(ctx, storage.KnownDevice{
			Hash: a.device, PersonID: a.person.ID, KnownAt: tx.Now(), UsedAt: tx.Now(),
		}, limit.Devices)
	}
	return tx.Guesses().Clear(ctx, a.person.ID)
}

// forget clears the counts of an attempt that was right. The budgets of
// addresses get back what this attempt took, and nothing else: others may be
// guessing there.
func (s *Service) forget(ctx context.Context, a attempt) error {
	err := s.Attempts.Clear(ctx, a.keys[0])
	if len(a.keys) > 1 {
		err = errors.Join(err, s.Attempts.Return(ctx, a.at, a.keys[1:]...))
	}
	if err != nil {
		return fmt.Errorf("credential: attempts: %w", err)
	}
	return nil
}
