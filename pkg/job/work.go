package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/worker"
	"github.com/claviger-id/claviger/storage"
)

const (
	// interval is how often a worker looks for jobs.
	interval = time.Second
	// lease is how long a job that nobody has said anything of stays with who took
	// it.
	lease = 2 * time.Minute
)

// ErrCancelled says that somebody asked the job to stop.
var ErrCancelled = errors.New("job: somebody asked to stop")

// Work is a job being done.
type Work struct {
	Job
	Content []byte

	service *Service
	record  storage.Job
	parts   int64
}

// Progress is what a step notes.
type Progress struct {
	// Done is how many bytes of the content are done.
	Done   int64
	Counts map[string]int64
	// Output is what there is to say, or nothing.
	Output []byte
}

// Step notes progress in the transaction of what was done. Its error has to end the
// transaction: somebody else has taken the job over, or it was cancelled.
func (w *Work) Step(ctx context.Context, tx storage.Tx, p Progress) error {
	counts, err := json.Marshal(p.Counts)
	if err != nil {
		return err
	}
	w.record.Done, w.record.Counts = p.Done, string(counts)
	w.record.UpdatedAt, w.record.LeasedUntil = tx.Now(), tx.Now().Add(lease)
	if err := tx.Jobs().Save(ctx, w.record); errors.Is(err, storage.ErrStale) {
		now, err := tx.Jobs().Get(ctx, w.record.ID)
		if err == nil && now.Cancelled && now.Version == w.record.Version+1 {
			return ErrCancelled
		}
		return errors.Join(err, storage.ErrStale)
	} else if err != nil {
		return err
	}
	if len(p.Output) > 0 {
		sealed, err := w.service.Keys.Seal(place(w.record.ID, storage.JobOutput, w.parts), p.Output)
		if err != nil {
			return err
		}
		if err := tx.Jobs().PutPart(ctx, w.record.ID, storage.JobOutput, w.parts, sealed); err != nil {
			return err
		}
	}
	return nil
}

// Stepped says that the transaction of the last step stands.
func (w *Work) Stepped(output bool) {
	w.record.Version++
	if output {
		w.parts++
	}
}

// Run does jobs until ctx ends. Any number of replicas may run it on one store.
func (s *Service) Run(ctx context.Context) error {
	return worker.Every(ctx, interval, s.Log, "jobs", func(ctx context.Context) error {
		for {
			if done, err := s.One(ctx); err != nil || !done {
				return err
			}
		}
	})
}

// One does one job, if there is any.
func (s *Service) One(ctx context.Context) (bool, error) {
	open := false
	if err := s.Store.View(ctx, func(tx storage.Tx) (err error) { // a look costs no write
		open, err = tx.Jobs().Open(ctx, tx.Now())
		return err
	}); err != nil || !open {
		return false, err
	}
	w := &Work{service: s}
	err := s.Store.Tx(ctx, func(tx storage.Tx) (err error) {
		if w.record, err = tx.Jobs().Claim(ctx, tx.Now(), tx.Now().Add(lease)); err != nil {
			return err
		}
		return w.load(ctx, tx)
	})
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	do, ok := s.Kinds[w.record.Kind]
	switch {
	case w.record.Cancelled:
		err = ErrCancelled
	case !ok:
		err = fmt.Errorf("job: there is no kind %q", w.record.Kind)
	default:
		err = do(ctx, w)
	}
	return true, s.end(ctx, w, err)
}

func (w *Work) load(ctx context.Context, tx storage.Tx) (err error) {
	if w.Job, err = opened(w.record); err != nil {
		return err
	}
	for side, into := range map[storage.JobSide]func(n int64, part []byte) error{
		storage.JobInput: func(n int64, part []byte) error {
			text, err := w.service.Keys.Open(place(w.record.ID, storage.JobInput, n), part)
			w.Content = append(w.Content, text...)
			return err
		},
		storage.JobOutput: func(int64, []byte) error { w.parts++; return nil },
	} {
		for n := int64(0); ; n++ {
			parts, err := tx.Jobs().Parts(ctx, w.record.ID, side, n, 1)
			if err != nil {
				return err
			}
			if len(parts) == 0 {
				break
			}
			if err := into(n, parts[0]); err != nil {
				return err
			}
		}
	}
	return nil
}

// end notes what became of a job. One that a stop of the program interrupted is
// there for the next to go on with at once.
func (s *Service) end(ctx context.Context, w *Work, result error) error {
	interrupted := ctx.Err() != nil
	ctx = context.WithoutCancel(ctx)
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		r, err := tx.Jobs().Get(ctx, w.record.ID)
		if err != nil {
			return err
		}
		// Somebody may have asked to stop since the last step; anything else since
		// then is somebody else's.
		if r.Version != w.record.Version && (r.Version != w.record.Version+1 || !r.Cancelled) {
			return storage.ErrStale
		}
		r.UpdatedAt, r.LeasedUntil = tx.Now(), tx.Now()
		switch {
		case result == nil:
			r.State, r.FinishedAt, r.Done = storage.JobFinished, tx.Now(), r.Total
		case errors.Is(result, ErrCancelled):
			r.State, r.FinishedAt = storage.JobCancelled, tx.Now()
		case interrupted, errors.Is(result, storage.ErrUnavailable):
			return tx.Jobs().Save(ctx, r)
		default:
			r.State, r.FinishedAt, r.Problem = storage.JobFailed, tx.Now(), problem.From(result).Message
		}
		if err := tx.Jobs().Save(ctx, r); err != nil {
			return err
		}
		if err := tx.Jobs().DropParts(ctx, r.ID, storage.JobInput); err != nil {
			return err
		}
		_, err = tx.Jobs().Purge(ctx, tx.Now().Add(-kept), 100)
		return err
	})
	if errors.Is(err, storage.ErrStale) {
		return nil // another replica has it
	}
	if err == nil && result != nil && !interrupted && !errors.Is(result, ErrCancelled) && problem.From(result).Code == problem.Internal {
		s.Log.LogAttrs(ctx, slog.LevelError, "a job failed", slog.String("job", w.record.ID), slog.Any("error", result))
	}
	return err
}
