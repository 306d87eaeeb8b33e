package approval

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/worker"
	"github.com/claviger-id/claviger/storage"
)

const (
	// interval is how often it is looked whose time is over.
	interval = 10 * time.Second
	// batch is how many are looked at at once.
	batch = 100
	// kept is how long a request that is over is kept.
	kept = 30 * 24 * time.Hour
)

// Run ends requests whose time is over, and forgets what is long over, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	return worker.Every(ctx, interval, s.Log, "requests for a second person", s.Sweep)
}

// Sweep does so once.
func (s *Service) Sweep(ctx context.Context) error {
	for n := batch; n == batch; {
		if err := s.Store.Tx(ctx, func(tx storage.Tx) error {
			due, err := tx.Approvals().Overdue(ctx, tx.Now(), batch)
			if err != nil {
				return err
			}
			n = len(due)
			for _, a := range due {
				r, err := parse(a)
				if err != nil {
					return err
				}
				if err := s.expire(ctx, tx, r, "time"); err != nil {
					return err
				}
			}
			_, err = tx.Approvals().Purge(ctx, tx.Now().Add(-kept), batch)
			return err
		}); err != nil {
			return fmt.Errorf("approval: %w", err)
		}
	}
	return nil
}

// expire ends a request, unless it has ended meanwhile.
func (*Service) expire(ctx context.Context, tx storage.Tx, r Request, why string) error {
	from := r.State
	r.State, r.EndedAt = storage.ApprovalExpired, tx.Now()
	if err := tx.Approvals().Move(ctx, r.Approval, from); errors.Is(err, storage.ErrStale) {
		return nil
	} else if err != nil {
		return err
	}
	return audit.Record(ctx, tx, event(audit.ApprovalExpired, r, why, audit.Actor{Type: "system"}))
}
