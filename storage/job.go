package storage

import (
	"context"
	"time"
)

// JobState is how far a job has come.
type JobState string

// The states of a job.
const (
	// JobQueued: nobody has begun.
	JobQueued JobState = "queued"
	// JobRunning: somebody works on it, or did before a crash.
	JobRunning JobState = "running"
	// JobFinished, JobFailed and JobCancelled: it is over.
	JobFinished  JobState = "finished"
	JobFailed    JobState = "failed"
	JobCancelled JobState = "cancelled"
)

// Job is work that takes longer than a request.
type Job struct {
	ID   string
	Kind string
	// Digest names what it works on: of one kind, at most one job that is not over
	// has it.
	Digest string
	State  JobState
	// Options and Actor are JSON, which package job knows; Counts too.
	Options, Actor, Counts string
	// Done of Total is what was worked on, in units of the kind.
	Total, Done int64
	// Problem says why it failed, in words that may be shown.
	Problem string
	// Cancelled says that somebody asked to stop.
	Cancelled            bool
	CreatedAt, UpdatedAt time.Time
	FinishedAt           time.Time
	// LeasedUntil is when another worker may take a running job over.
	LeasedUntil time.Time
	// Version counts changes, from 1.
	Version int64
}

// JobSide says whether a part of a job went in or came out.
type JobSide string

// The sides.
const (
	JobInput  JobSide = "in"
	JobOutput JobSide = "out"
)

// Jobs keeps the jobs.
type Jobs interface {
	// Insert adds j with Version 1, or ErrConflict when a job of its kind and
	// digest is not over.
	Insert(ctx context.Context, j Job) error
	Get(ctx context.Context, id string) (Job, error)
	// List returns up to limit jobs with an id greater than after, by id.
	List(ctx context.Context, after string, limit int) ([]Job, error)
	// Open says whether there is something to claim.
	Open(ctx context.Context, at time.Time) (bool, error)
	// Claim returns the oldest job that is queued, or whose lease is over, running
	// and leased until a time; ErrNotFound when there is none.
	Claim(ctx context.Context, at, until time.Time) (Job, error)
	// Save writes State, Counts, Done, Problem, UpdatedAt, FinishedAt and
	// LeasedUntil where the version is j.Version, or ErrStale: then somebody else
	// has taken it over, or asked to stop.
	Save(ctx context.Context, j Job) error
	// Cancel notes that somebody asked to stop, where the job is not over and its
	// version is the given one; otherwise ErrStale.
	Cancel(ctx context.Context, id string, version int64, at time.Time) error
	JobParts
}

// JobParts keeps what jobs work on and what they have to say.
type JobParts interface {
	// PutPart adds a part to a side; Parts returns up to limit of them from the
	// n-th on; DropParts removes a side.
	PutPart(ctx context.Context, id string, side JobSide, n int64, content []byte) error
	Parts(ctx context.Context, id string, side JobSide, from int64, limit int) ([][]byte, error)
	DropParts(ctx context.Context, id string, side JobSide) error
	// Purge removes up to limit jobs that were over before a time, with their
	// parts, and returns how many.
	Purge(ctx context.Context, before time.Time, limit int) (int64, error)
}
