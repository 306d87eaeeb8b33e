package credential

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// SignIn is what somebody enters.
type SignIn struct {
	UserID, Password string
	// Device is what this browser keeps from an earlier sign-in, or empty.
	Device string
	// Remember says that this is no shared computer: the browser will be known.
	Remember bool
	// Browser says in words which browser this is, as far as it tells; it proves
	// nothing. It is for whom the sign-in is told.
	Browser string
}

// Verify checks a User ID and a password. Problems: Unauthenticated, the same
// for every cause; Limited, with the time to wait; Unavailable when all hashing
// slots are taken, which counts as no attempt.
func (s *Service) Verify(ctx context.Context, in SignIn) (Verified, error) {
	userID := strings.TrimSpace(in.UserID)
	if userID == "" || len(userID) > maxUserID || in.Password == "" {
		return Verified{}, errWrong(nil)
	}
	if _, err := password.Normalize(in.Password); err != nil {
		return Verified{}, errWrong(err) // no password is this long
	}
	// Before anything is looked up or counted: in a flood most sign-ins end here,
	// and must cost little.
	if err := s.Hasher.Ready(); err != nil {
		return Verified{}, errBusy(err)
	}
	index := s.People.UserIDIndex(userID)
	a := attempt{account: s.accountName(index), device: deviceHash(in.Device)}
	err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		if a.person, err = tx.People().ByUserID(ctx, index); err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		return a.look(ctx, tx, s.Now())
	})
	if err != nil {
		return Verified{}, fmt.Errorf("credential: %w", err)
	}
	rehash, err := s.prove(ctx, &a, in.Password, audit.SigninFailed)
	if err != nil {
		return Verified{}, err
	}
	compromised := a.stored.Kind == storage.PasswordPersonal && s.compromised(ctx, in.Password)
	return s.succeeded(ctx, a, in, rehash, compromised)
}

// prove enters the attempt and compares the password. An error means that it was
// not right, or that nothing was learned.
func (s *Service) prove(ctx context.Context, a *attempt, pw string, failed audit.Kind) (rehash bool, err error) {
	if err := s.reserve(ctx, a); err != nil {
		return false, err
	}
	match, rehash, err := s.compare(ctx, *a, pw)
	switch {
	case err != nil && ctx.Err() != nil:
		// Who hangs up has had an attempt, and it is told as one: otherwise
		// hanging up in time would make guessing free, or unseen.
		return false, errors.Join(fmt.Errorf("credential: %w", err), s.record(context.WithoutCancel(ctx), *a, failed, cmp.Or(a.reason, "abandoned")))
	case err != nil:
		return false, errors.Join(busy(fmt.Errorf("credential: %w", err)), s.takeBack(ctx, *a))
	case !match:
		return false, s.failed(ctx, *a, failed)
	}
	return rehash, nil
}

// compare computes exactly one password hash, whatever the case.
func (s *Service) compare(ctx context.Context, a attempt, pw string) (match, rehash bool, err error) {
	if a.reason != "" {
		return false, false, s.Hasher.VerifyNothing(ctx, pw)
	}
	verifier, err := s.open(ctx, verifierPlace(a.person.ID), a.stored.Verifier)
	if err != nil {
		return false, false, err
	}
	if a.stored.Kind == storage.PasswordTemporary {
		match = secret.Equal(verifier, secret.Hash(password.NormalizeTemporary(pw)))
		return match, false, s.Hasher.VerifyNothing(ctx, pw)
	}
	return s.Hasher.Verify(ctx, string(verifier), pw)
}

// compromised asks the screen. Where that does not answer, the sign-in stands:
// nobody is locked out because a list cannot be reached.
func (s *Service) compromised(ctx context.Context, pw string) bool {
	if s.Screen == nil {
		return false
	}
	found, err := s.Screen.Compromised(ctx, pw)
	if err != nil {
		s.Log.LogAttrs(ctx, slog.LevelWarn, "a password could not be compared with those that are known to be compromised", slog.Any("error", err))
	}
	return found
}

// succeeded clears the counts and records the sign-in.
func (s *Service) succeeded(ctx context.Context, a attempt, in SignIn, rehash, compromised bool) (Verified, error) {
	v := Verified{PersonID: a.person.ID, Subject: a.person.Subject, Kind: a.stored.Kind, Version: a.stored.Version}
	err := s.Store.Tx(ctx, func(tx storage.Tx) (err error) {
		v.At = tx.Now()
		if err := a.proven(ctx, tx); err != nil {
			return err
		}
		if in.Remember {
			if v.Device, err = remember(ctx, tx, a, in.Device); err != nil {
				return err
			}
		}
		if compromised && a.stored.ForcedAt.IsZero() {
			if err := s.force(ctx, tx, a.person.ID, MustCompromised, "", audit.Actor{Type: "system"}); err != nil {
				return err
			}
			a.stored.ForcedAt, a.stored.ForcedReason = tx.Now(), MustCompromised
		}
		if err := s.stand(ctx, tx, a, &v); err != nil {
			return err
		}
		if s.Unknown != nil && !a.known && a.stored.Kind == storage.PasswordPersonal {
			if err := s.Unknown(ctx, tx, a.person.ID, in.Browser); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.SigninSucceeded, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: a.person.ID},
			Subject: a.person.ID, Detail: succeededDetail(a, v),
		})
	})
	if errors.Is(err, errOvertaken) {
		a.reason = "overtaken"
		return Verified{}, s.failed(ctx, a, audit.SigninFailed)
	}
	if err != nil {
		return Verified{}, fmt.Errorf("credential: %w", err)
	}
	if err := s.forget(ctx, a); err != nil {
		return Verified{}, err
	}
	// The sign-in stands without it; the next one tries again.
	if err := s.renew(ctx, a, in.Password, rehash); err != nil {
		s.Log.LogAttrs(ctx, slog.LevelWarn, "a password hash could not be renewed", slog.Any("error", err))
	}
	return v, nil
}

func succeededDetail(a attempt, v Verified) map[string]string {
	d := map[string]string{"method": "password", "password": string(v.Kind)}
	if a.known {
		d["device"] = "known"
	}
	if v.Must != "" {
		d["must_change"] = v.Must
	}
	return d
}

// renew brings the stored hash of a password that was proven to today's
// parameters and today's key.
func (s *Service) renew(ctx context.Context, a attempt, pw string, rehash bool) error {
	switch {
	case a.stored.Kind != storage.PasswordPersonal:
		return nil
	case rehash || a.stored.Untold: // who signs in knows the User ID
		return s.rehash(ctx, a, pw)
	case s.outdated(a.stored.Verifier):
		return s.reseal(ctx, a)
	}
	return nil
}

// rehash stores the same password under today's parameters.
func (s *Service) rehash(ctx context.Context, a attempt, pw string) error {
	phc, err := s.Hasher.Hash(ctx, pw)
	if err != nil {
		return err
	}
	next := a.stored
	next.Scheme, next.Untold = s.Hasher.Scheme(), false
	if next.Verifier, err = s.seal(verifierPlace(a.person.ID), []byte(phc)); err != nil {
		return err
	}
	return s.store(ctx, next, audit.CredentialRehashed, map[string]string{"from": a.stored.Scheme, "to": next.Scheme})
}

// reseal stores the same hash under today's key.
func (s *Service) reseal(ctx context.Context, a attempt) error {
	place := verifierPlace(a.person.ID)
	phc, err := s.open(ctx, place, a.stored.Verifier)
	if err != nil {
		return err
	}
	next := a.stored
	if next.Verifier, err = s.seal(place, phc); err != nil {
		return err
	}
	return s.store(ctx, next, audit.CredentialResealed, map[string]string{
		"from": strconv.FormatInt(secret.SealedBy(a.stored.Verifier), 10), "to": strconv.FormatInt(secret.SealedBy(next.Verifier), 10),
	})
}

func (s *Service) store(ctx context.Context, next storage.Password, kind audit.Kind, detail map[string]string) error {
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := tx.Passwords().Reseal(ctx, next); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: kind, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "system"}, Subject: next.PersonID, Detail: detail,
		})
	})
	if errors.Is(err, storage.ErrStale) {
		return nil // the password was changed in the meantime
	}
	return err
}
