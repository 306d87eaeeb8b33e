package credential

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/limit"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// attempt is one try to sign in.
type attempt struct {
	account string // its name in counts and log
	address string
	person  storage.Person
	stored  storage.Password
	// reason is why it must fail whatever the password is, or "".
	reason string
}

// Verify checks a User ID and a password. Problems: Unauthenticated, the same
// for every cause; Limited, with the time to wait; Unavailable when all hashing
// slots are taken, which counts as no attempt.
func (s *Service) Verify(ctx context.Context, userID, pw string) (Verified, error) {
	userID = strings.TrimSpace(userID)
	if userID == "" || len(userID) > maxUserID || pw == "" {
		return Verified{}, errWrong(nil)
	}
	if _, err := password.Normalize(pw); err != nil {
		return Verified{}, errWrong(err) // no password is this long
	}
	a := attempt{
		account: "account:" + s.accountKey(userID),
		address: "address:" + limit.Block(request.From(ctx).Address).String(),
	}
	if err := s.mayTry(ctx, a); err != nil {
		return Verified{}, err
	}
	if err := s.find(ctx, &a, userID); err != nil {
		return Verified{}, err
	}
	match, rehash, err := s.compare(ctx, a, pw)
	switch {
	case errors.Is(err, password.ErrBusy):
		return Verified{}, errBusy(err)
	case err != nil:
		return Verified{}, fmt.Errorf("credential: %w", err)
	case !match:
		return Verified{}, s.failed(ctx, a)
	}
	return s.succeeded(ctx, a, pw, rehash)
}

// mayTry asks whether the account and the address may try now.
func (s *Service) mayTry(ctx context.Context, a attempt) error {
	now := s.Now()
	counts, err := s.Attempts.Get(ctx, now, a.account, a.address)
	if err != nil {
		return fmt.Errorf("credential: attempts: %w", err)
	}
	wait := max(
		limit.Wait(limit.AccountDelay(counts[0].Count), counts[0].Last, now),
		limit.Wait(limit.AddressDelay(counts[1].Count), counts[1].Last, now))
	if wait == 0 {
		return nil
	}
	if err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.SigninLimited, Outcome: audit.OutcomeDeny, Reason: "too_many_failures",
			Actor: audit.Actor{Type: "person"}, Detail: map[string]string{"account": a.account},
		})
	}); err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	return &problem.Error{Code: problem.Limited, Message: "Too many attempts. Please wait before you try again.", RetryAfter: wait}
}

// find looks up whom the User ID names, and what stands against them.
func (s *Service) find(ctx context.Context, a *attempt, userID string) error {
	now := s.Now()
	err := s.Store.View(ctx, func(tx storage.Tx) error {
		var err error
		if a.person, err = tx.People().ByUserID(ctx, s.People.UserIDIndex(userID)); err != nil {
			return err
		}
		a.stored, err = tx.Passwords().Get(ctx, a.person.ID)
		return err
	})
	switch {
	case errors.Is(err, storage.ErrNotFound) && a.person.ID == "":
		a.reason = "unknown_user_id"
	case errors.Is(err, storage.ErrNotFound):
		a.reason = "no_password"
	case err != nil:
		return fmt.Errorf("credential: %w", err)
	case a.person.State == storage.PersonSuspended || a.person.State == storage.PersonClosed:
		a.reason = string(a.person.State)
	case a.stored.Kind == storage.PasswordTemporary && !a.stored.ExpiresAt.After(now):
		a.reason = "temporary_expired"
	case a.stored.Kind == storage.PasswordTemporary && a.stored.Failures >= maxTemporaryFailures:
		a.reason = "temporary_spent"
	}
	return nil
}

// compare computes exactly one password hash, whatever the case.
func (s *Service) compare(ctx context.Context, a attempt, pw string) (match, rehash bool, err error) {
	if a.reason != "" {
		return false, false, s.Hasher.VerifyNothing(ctx, pw)
	}
	verifier, err := s.Keys.Open(verifierPlace(a.person.ID), a.stored.Verifier)
	if err != nil {
		return false, false, err
	}
	if a.stored.Kind == storage.PasswordTemporary {
		match = secret.Equal(verifier, secret.Hash(password.NormalizeTemporary(pw)))
		return match, false, s.Hasher.VerifyNothing(ctx, pw)
	}
	return s.Hasher.Verify(ctx, string(verifier), pw)
}

// failed counts and records a failure.
func (s *Service) failed(ctx context.Context, a attempt) error {
	now, reason := s.Now(), a.reason
	if reason == "" {
		reason = "wrong_password"
	}
	var errs []error
	for key, forget := range map[string]time.Duration{a.account: limit.Forget, a.address: limit.AddressForget} {
		if _, err := s.Attempts.Add(ctx, key, now, forget); err != nil {
			errs = append(errs, err)
		}
	}
	errs = append(errs, s.Store.Tx(ctx, func(tx storage.Tx) error {
		if a.reason == "" {
			if _, err := tx.Passwords().Fail(ctx, a.person.ID, now); err != nil && !errors.Is(err, storage.ErrNotFound) {
				return err
			}
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.SigninFailed, Outcome: audit.OutcomeDeny, Reason: reason, Actor: audit.Actor{Type: "person"},
			Subject: a.person.ID, Detail: map[string]string{"account": a.account},
		})
	}))
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	return errWrong(errors.New(reason))
}

// succeeded clears the counts and records the sign-in.
func (s *Service) succeeded(ctx context.Context, a attempt, pw string, rehash bool) (Verified, error) {
	var at time.Time
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		at = tx.Now()
		if a.stored.Failures > 0 {
			if err := tx.Passwords().ClearFailures(ctx, a.person.ID); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.SigninSucceeded, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: a.person.ID},
			Subject: a.person.ID, Detail: map[string]string{"method": "password", "password": string(a.stored.Kind)},
		})
	})
	if err != nil {
		return Verified{}, fmt.Errorf("credential: %w", err)
	}
	if err := s.Attempts.Clear(ctx, a.account); err != nil {
		return Verified{}, fmt.Errorf("credential: %w", err)
	}
	if rehash {
		// The sign-in stands without it; the next one tries again.
		if err := s.rehash(ctx, a, pw); err != nil {
			s.Log.LogAttrs(ctx, slog.LevelWarn, "a password hash could not be renewed", slog.Any("error", err))
		}
	}
	return Verified{PersonID: a.person.ID, Subject: a.person.Subject, Kind: a.stored.Kind, Version: a.stored.Version, At: at}, nil
}

// rehash stores the same password under today's parameters.
func (s *Service) rehash(ctx context.Context, a attempt, pw string) error {
	phc, err := s.Hasher.Hash(ctx, pw)
	if err != nil {
		return err
	}
	next := a.stored
	next.Scheme = s.Hasher.Scheme()
	if next.Verifier, err = s.Keys.Seal(verifierPlace(a.person.ID), []byte(phc)); err != nil {
		return err
	}
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := tx.Passwords().Reseal(ctx, next); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.CredentialRehashed, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "system"},
			Subject: a.person.ID, Detail: map[string]string{"from": a.stored.Scheme, "to": next.Scheme},
		})
	})
	if errors.Is(err, storage.ErrStale) {
		return nil // the password was changed in the meantime
	}
	return err
}
