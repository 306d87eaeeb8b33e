package job

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Service takes jobs and has them done.
type Service struct {
	Store storage.Store
	Keys  *secret.Keyring
	// Kinds are the jobs that there are, by name.
	Kinds map[string]func(ctx context.Context, w *Work) error
	Now   func() time.Time
	Log   *slog.Logger
}

const (
	// partSize is how much of a job is sealed at once, in bytes.
	partSize = 1 << 20
	// kept is how long a job that is over is kept.
	kept = 30 * 24 * time.Hour
)

// Job is a job as it can be seen.
type Job struct {
	ID, Kind  string
	State     storage.JobState
	By        audit.Actor
	Options   map[string]string
	Counts    map[string]int64
	Fraction  float64
	Problem   string
	Cancelled bool
	CreatedAt time.Time
	UpdatedAt time.Time
	// FinishedAt is zero while it is not over.
	FinishedAt time.Time
	Version    int64
}

func opened(r storage.Job) (Job, error) {
	j := Job{
		ID: r.ID, Kind: r.Kind, State: r.State, Problem: r.Problem, Cancelled: r.Cancelled,
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, FinishedAt: r.FinishedAt, Version: r.Version,
	}
	if r.Total > 0 {
		j.Fraction = min(float64(r.Done)/float64(r.Total), 1)
	}
	return j, errors.Join(json.Unmarshal([]byte(r.Actor), &j.By), json.Unmarshal([]byte(r.Options), &j.Options), json.Unmarshal([]byte(r.Counts), &j.Counts))
}

// New is a job to be done.
type New struct {
	Kind    string
	Options map[string]string
	Content []byte
	By      audit.Actor
	// Reason says why it is wanted: a code, or empty.
	Reason string
}

// Submit hands in a job. Problem: Conflict when one of its kind with the same
// content is not over yet.
func (s *Service) Submit(ctx context.Context, n New) (Job, error) {
	if _, ok := s.Kinds[n.Kind]; !ok {
		return Job{}, fmt.Errorf("job: there is no kind %q", n.Kind)
	}
	options, err := json.Marshal(n.Options)
	if err != nil {
		return Job{}, fmt.Errorf("job: %w", err)
	}
	actor, err := json.Marshal(n.By)
	if err != nil {
		return Job{}, fmt.Errorf("job: %w", err)
	}
	sum := sha256.Sum256(n.Content)
	r := storage.Job{
		ID: secret.NewID(), Kind: n.Kind, State: storage.JobQueued, Digest: hex.EncodeToString(sum[:16]), Options: string(options),
		Actor: string(actor), Counts: "{}", Total: int64(len(n.Content)), Version: 1,
	}
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		r.CreatedAt, r.UpdatedAt = tx.Now(), tx.Now()
		if err := tx.Jobs().Insert(ctx, r); errors.Is(err, storage.ErrConflict) {
			return problem.Wrap(problem.Conflict, "The same work is under way already.", err)
		} else if err != nil {
			return err
		}
		for part, rest := int64(0), n.Content; len(rest) > 0; part++ {
			size := min(partSize, len(rest))
			sealed, err := s.Keys.Seal(place(r.ID, storage.JobInput, part), rest[:size])
			if err != nil {
				return err
			}
			if err := tx.Jobs().PutPart(ctx, r.ID, storage.JobInput, part, sealed); err != nil {
				return err
			}
			rest = rest[size:]
		}
		e := event(audit.JobSubmitted, r, n.By)
		e.Reason = n.Reason
		return audit.Record(ctx, tx, e)
	})
	if err != nil {
		return Job{}, fmt.Errorf("job: %w", err)
	}
	return opened(r)
}

func event(kind audit.Kind, r storage.Job, by audit.Actor) audit.Event {
	return audit.Event{
		Kind: kind, Outcome: audit.OutcomeAllow, Actor: by, Detail: map[string]string{"job": r.ID, "kind": r.Kind, "digest": r.Digest},
	}
}

func place(id string, side storage.JobSide, n int64) secret.Place {
	return secret.Place{Table: "job_part", Column: string(side), Row: id + ":" + strconv.FormatInt(n, 10)}
}

func errNoJob(cause error) error {
	return problem.Wrap(problem.NotFound, "There is no such job.", cause)
}

// Get returns a job. Problem: NotFound.
func (s *Service) Get(ctx context.Context, id string) (found Job, err error) {
	err = s.Store.View(ctx, func(tx storage.Tx) error {
		r, err := tx.Jobs().Get(ctx, id)
		if errors.Is(err, storage.ErrNotFound) {
			return errNoJob(err)
		}
		if err != nil {
			return err
		}
		found, err = opened(r)
		return err
	})
	return found, err
}

// List returns up to limit jobs whose id comes after the given one, by id.
func (s *Service) List(ctx context.Context, after string, limit int) (all []Job, err error) {
	err = s.Store.View(ctx, func(tx storage.Tx) error {
		found, err := tx.Jobs().List(ctx, after, limit)
		if err != nil {
			return err
		}
		for _, r := range found {
			one, err := opened(r)
			if err != nil {
				return err
			}
			all = append(all, one)
		}
		return nil
	})
	return all, err
}

// Cancel asks a job to stop, where its version is the given one; otherwise
// storage.ErrStale. What it has done stays. Problems: NotFound; Conflict when it is
// over.
func (s *Service) Cancel(ctx context.Context, id string, version int64, by audit.Actor) (found Job, err error) {
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		r, err := tx.Jobs().Get(ctx, id)
		switch {
		case errors.Is(err, storage.ErrNotFound):
			return errNoJob(err)
		case err != nil:
			return err
		case !r.FinishedAt.IsZero():
			return problem.New(problem.Conflict, "This job is over.")
		case version != r.Version:
			return storage.ErrStale
		}
		if err := tx.Jobs().Cancel(ctx, id, version, tx.Now()); err != nil {
			return err
		}
		r.Cancelled, r.UpdatedAt = true, tx.Now()
		r.Version++
		if found, err = opened(r); err != nil {
			return err
		}
		return audit.Record(ctx, tx, event(audit.JobCancelled, r, by))
	})
	return found, err
}

// Output returns up to limit parts of what a job has to say, from the n-th on, and
// records that they were read.
func (s *Service) Output(ctx context.Context, id string, from int64, limit int, by audit.Actor) (all [][]byte, err error) {
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		r, err := tx.Jobs().Get(ctx, id)
		if errors.Is(err, storage.ErrNotFound) {
			return errNoJob(err)
		}
		if err != nil {
			return err
		}
		parts, err := tx.Jobs().Parts(ctx, id, storage.JobOutput, from, limit)
		if err != nil {
			return err
		}
		for i, sealed := range parts {
			text, err := s.Keys.Open(place(id, storage.JobOutput, from+int64(i)), sealed)
			if err != nil {
				return err
			}
			all = append(all, text)
		}
		return audit.Record(ctx, tx, event(audit.JobRead, r, by))
	})
	return all, err
}
