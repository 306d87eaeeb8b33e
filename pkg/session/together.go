package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/claviger-id/claviger/storage"
)

// together is how many sessions of a batch the ephemeral store is asked about at a
// time.
const together = 16

// because is the same reason for every session.
func because(reason Reason) func(storage.Session) Reason {
	return func(storage.Session) Reason { return reason }
}

// endTogether ends sessions in one durable transaction, each for the reason that why
// gives, and returns how many. When the batch fails as a whole, one that cannot be
// ended does not keep the others.
func (s *Service) endTogether(ctx context.Context, all []storage.Session, why func(storage.Session) Reason) (int, error) {
	// All replicas take rows in one order.
	slices.SortFunc(all, func(a, b storage.Session) int { return cmp.Compare(a.ID, b.ID) })
	var (
		open = make([]bool, len(all)) // where the durable part is not done
		errs = make([]error, len(all))
		n    atomic.Int64
	)
	side := func(do func(i int) error) {
		var group errgroup.Group
		group.SetLimit(together)
		for i := range all {
			if errs[i] == nil {
				group.Go(func() error {
					if err := do(i); err != nil {
						errs[i] = fmt.Errorf("session: %w", err)
					}
					return nil
				})
			}
		}
		_ = group.Wait()
	}
	side(func(i int) error {
		done, err := s.Ephemeral.Marks().Any(ctx, s.Now(), Mark(all[i].ID))
		open[i] = err == nil && !done
		return err
	})
	if slices.Contains(open, true) {
		err := s.Store.Tx(ctx, func(tx storage.Tx) error {
			for i, record := range all {
				if open[i] {
					if err := s.endDurably(ctx, tx, record, why(record)); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if errors.Is(err, storage.ErrUnavailable) {
			return 0, fmt.Errorf("session: %w", err) // the lease brings them back
		}
		if err != nil {
			return s.endEach(ctx, all, why)
		}
	}
	side(func(i int) error {
		var err error
		if open[i] {
			err = s.bury(ctx, all[i], why(all[i]))
		} else {
			_, err = s.Ephemeral.Sessions().Remove(ctx, all[i].ID)
		}
		if err == nil {
			n.Add(1)
		}
		return err
	})
	if s.Wake != nil {
		s.Wake()
	}
	return int(n.Load()), errors.Join(errs...)
}

// endEach ends sessions one after the other.
func (s *Service) endEach(ctx context.Context, all []storage.Session, why func(storage.Session) Reason) (n int, err error) {
	var errs []error
	for _, record := range all {
		if err := s.end(ctx, record, why(record)); err != nil {
			errs = append(errs, err)
			continue
		}
		n++
	}
	return n, errors.Join(errs...)
}
