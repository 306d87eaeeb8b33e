package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/worker"
	"github.com/claviger-id/claviger/storage"
)

// The reaper's pace.
const (
	reapInterval = time.Second
	// lease is how long a replica has to end what it claimed before another
	// one may.
	lease = 30 * time.Second
	// stopLease is the same for who ends sessions because somebody asked for it.
	stopLease = 10 * time.Second
	// reapBatch is how many sessions are claimed at once.
	reapBatch = 200
)

// Run ends the sessions whose time is over, and those that somebody began to end, until ctx ends. Any number of
// replicas may run it on one store.
func (s *Service) Run(ctx context.Context) error {
	return worker.Every(ctx, reapInterval, s.Log, "end of idle sessions", func(ctx context.Context) error {
		_, err := s.Reap(ctx)
		return err
	})
}

// Reap ends the sessions whose time is over now, or whose end was begun and not
// finished, and returns how many. One that cannot be ended does not keep the others.
func (s *Service) Reap(ctx context.Context) (int, error) {
	var (
		n    int
		errs []error
	)
	for ctx.Err() == nil {
		claimed, err := s.Ephemeral.Sessions().ClaimExpired(ctx, s.Now(), lease, reapBatch)
		if err != nil {
			errs = append(errs, fmt.Errorf("session: claim: %w", err))
		}
		if len(claimed) > 0 {
			// What was begun is finished, even when the process is told to stop.
			ended, err := s.endTogether(context.WithoutCancel(ctx), claimed, over)
			n += ended
			if err != nil {
				errs = append(errs, err)
			}
		}
		if err != nil || len(claimed) < reapBatch {
			break
		}
	}
	return n, errors.Join(errs...)
}

// over tells why the life of a session is over: somebody ended it, or it met one of
// its two limits.
func over(record storage.Session) Reason {
	switch {
	case record.EndReason != "":
		return Reason(record.EndReason)
	case record.Deadline.Before(record.AbsoluteDeadline):
		return ReasonIdle
	}
	return ReasonAbsolute
}
