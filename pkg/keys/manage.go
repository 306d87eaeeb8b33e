package keys

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// Status is what a key does at a moment.
type Status string

// The states of a key, in the order of its life.
const (
	// StatusPending: published, and not signing yet.
	StatusPending Status = "pending"
	// StatusActive: it signs.
	StatusActive Status = "active"
	// StatusRetiring: it signs no more, and what it signed is still accepted.
	StatusRetiring Status = "retiring"
)

// StatusOf says what a key of the set does at the given time.
func StatusOf(all []storage.SigningKey, k storage.SigningKey, at time.Time) Status {
	if k.ActiveFrom.After(at) {
		return StatusPending
	}
	if i := current(all, k.Algorithm, at); i >= 0 && all[i].ID == k.ID {
		return StatusActive
	}
	return StatusRetiring
}

// List returns the token keys that are published, oldest first.
func List(ctx context.Context, tx storage.Tx) ([]storage.SigningKey, error) {
	all, err := tx.SigningKeys().All(ctx, storage.KeyUseToken, tx.Now())
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	return all, nil
}

// RotateNow announces a successor of the key that signs an algorithm, in the
// ordinary way: relying applications see it a day before it signs. It returns the
// successor. problem.Conflict when one is announced already, or no key signs the algorithm
// yet; problem.Invalid when there is no such algorithm. The reason may be empty.
func (r *Ring) RotateNow(ctx context.Context, alg, reason string, by audit.Actor) (next storage.SigningKey, err error) {
	if !slices.Contains(algorithms[:], alg) {
		return next, problem.New(problem.Invalid, fmt.Sprintf("There is no algorithm %q; there are %s.", alg, strings.Join(algorithms[:], ", ")))
	}
	announced := func(now time.Time) func(storage.SigningKey) bool {
		return func(k storage.SigningKey) bool { return k.Algorithm == alg && k.ActiveFrom.After(now) }
	}
	drawn, err := r.drawInPlace(ctx, func(all []storage.SigningKey, now time.Time) string {
		if slices.ContainsFunc(all, announced(now)) || current(all, alg, now) < 0 {
			return ""
		}
		return alg
	})
	if err != nil {
		return next, err
	}
	err = r.Store.Tx(ctx, func(tx storage.Tx) error {
		all, i, err := r.locked(ctx, tx, announced(tx.Now()))
		if err != nil {
			return err
		}
		if i >= 0 {
			return problem.New(problem.Conflict, "The successor of the key that signs "+alg+" has been announced already: "+all[i].ID+", which signs from "+all[i].ActiveFrom.UTC().Format(time.RFC3339)+".")
		}
		if i = current(all, alg, tx.Now()); i < 0 {
			return problem.New(problem.Conflict, "No key signs "+alg+" yet. Keys are made when a server starts for the first time.")
		}
		old := all[i]
		old.RetiresAt = tx.Now().Add(Announced)
		old.ExpiresAt = old.RetiresAt.Add(Kept)
		if next, err = r.take(ctx, tx, drawn, alg, old.RetiresAt, by); err != nil {
			return err
		}
		return r.retire(ctx, tx, old, next.ID, reason, by)
	})
	return next, err
}

// drawInPlace draws a key of the algorithm that which says, looking at the set as it is,
// before the transaction that may insert it: for keys of RSA a slow machine takes seconds,
// in which nobody could write. Where which says none, none is drawn.
func (r *Ring) drawInPlace(ctx context.Context, which func(all []storage.SigningKey, now time.Time) string) (k storage.SigningKey, err error) {
	alg := ""
	if err := r.Store.View(ctx, func(tx storage.Tx) error {
		all, err := List(ctx, tx)
		alg = which(all, tx.Now())
		return err
	}); err != nil || alg == "" {
		return k, err
	}
	return newRecord(r.Keys, storage.KeyUseToken, alg, time.Time{}, time.Time{})
}

// take inserts a key that was drawn, or another one where the set is not what it was then.
func (r *Ring) take(ctx context.Context, tx storage.Tx, drawn storage.SigningKey, alg string, activeFrom time.Time, by audit.Actor) (storage.SigningKey, error) {
	if drawn.Algorithm != alg {
		return r.create(ctx, tx, alg, activeFrom, by)
	}
	drawn.CreatedAt, drawn.ActiveFrom = tx.Now(), activeFrom
	return drawn, r.insert(ctx, tx, drawn, by)
}

// Remove takes a key away at once: it signs no more, and nothing that it signed
// is accepted any more. Where it was the one that signs, a new one does from this
// moment; applications that have cached the set meet a kid they do not know, and
// fetch it again. Where it was the announced successor, the one that signs goes on. It
// returns the new key, which has no ID when none was needed.
// problem.NotFound when there is no such key. The reason may be empty.
func (r *Ring) Remove(ctx context.Context, kid, reason string, by audit.Actor) (next storage.SigningKey, err error) {
	drawn, err := r.drawInPlace(ctx, func(all []storage.SigningKey, now time.Time) string {
		i := slices.IndexFunc(all, func(k storage.SigningKey) bool { return k.ID == kid })
		if i < 0 || current(slices.Delete(slices.Clone(all), i, i+1), all[i].Algorithm, now) >= 0 {
			return ""
		}
		return all[i].Algorithm
	})
	if err != nil {
		return next, err
	}
	err = r.Store.Tx(ctx, func(tx storage.Tx) error {
		all, i, err := r.locked(ctx, tx, func(k storage.SigningKey) bool { return k.ID == kid })
		if err != nil {
			return err
		}
		if i < 0 {
			return problem.New(problem.NotFound, "There is no published key "+kid+".")
		}
		old := all[i]
		rest := slices.Delete(slices.Clone(all), i, i+1)
		successor := ""
		signs := current(rest, old.Algorithm, tx.Now())
		followed := slices.ContainsFunc(rest, func(k storage.SigningKey) bool { return k.Algorithm == old.Algorithm && k.ActiveFrom.After(tx.Now()) })
		switch {
		case signs < 0:
			if next, err = r.take(ctx, tx, drawn, old.Algorithm, tx.Now(), by); err != nil {
				return err
			}
			successor = next.ID
		case !rest[signs].RetiresAt.IsZero() && !followed: // it would retire, and nothing sign
			rest[signs].RetiresAt, rest[signs].ExpiresAt = time.Time{}, time.Time{}
			if err := tx.SigningKeys().Update(ctx, rest[signs]); err != nil {
				return fmt.Errorf("keys: %w", err)
			}
			successor = rest[signs].ID
		}
		old.ActiveFrom = minTime(old.ActiveFrom, tx.Now())
		old.RetiresAt, old.ExpiresAt = tx.Now(), tx.Now()
		return r.retire(ctx, tx, old, successor, reason, by)
	})
	return next, err
}

// locked returns the set, which nobody else changes meanwhile, and the index of
// the first key that fits, or -1.
func (r *Ring) locked(ctx context.Context, tx storage.Tx, fits func(storage.SigningKey) bool) ([]storage.SigningKey, int, error) {
	if err := tx.SigningKeys().Lock(ctx, storage.KeyUseToken); err != nil {
		return nil, 0, fmt.Errorf("keys: %w", err)
	}
	all, err := List(ctx, tx)
	return all, slices.IndexFunc(all, fits), err
}

func (r *Ring) retire(ctx context.Context, tx storage.Tx, old storage.SigningKey, successor, reason string, by audit.Actor) error {
	if err := tx.SigningKeys().Update(ctx, old); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	return audit.Record(ctx, tx, audit.Event{
		Kind: audit.KeyRetired, Outcome: audit.OutcomeAllow, Reason: reason, Actor: by,
		Detail: map[string]string{
			"kid": old.ID, "alg": old.Algorithm, "successor": successor,
			"retires_at": old.RetiresAt.Format(time.RFC3339), "expires_at": old.ExpiresAt.Format(time.RFC3339),
		},
	})
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
