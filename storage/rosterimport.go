package storage

import (
	"context"
	"time"
)

// Import is the progress of one roster file. It is written in the transaction
// of the rows that it counts, so that after a crash it is exact.
type Import struct {
	// ID is derived from the file's content, so that a renamed file is the same.
	ID string
	// Line and Offset are the last line done, and the byte after it.
	Line   int64
	Offset int64
	// RejectsSize is the length of the rejects file at that moment, in bytes.
	RejectsSize int64
	// Created, Known and Rejected count rows by outcome.
	Created   int64
	Known     int64
	Rejected  int64
	StartedAt time.Time
	UpdatedAt time.Time
	// FinishedAt is set when the whole file is done.
	FinishedAt time.Time
	// SubmittedBy is who handed the file in, where somebody else has to import it.
	SubmittedBy string
}

// Imports keeps the progress of roster imports.
type Imports interface {
	Get(ctx context.Context, id string) (Import, error)
	// Put inserts or overwrites the record with this ID.
	Put(ctx context.Context, i Import) error
}
