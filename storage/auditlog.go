package storage

import (
	"context"
	"time"
)

// AuditEvent is one entry of the audit log as it is stored: opaque bytes with
// a name and a time. Package audit owns their meaning.
type AuditEvent struct {
	// ID is unique and sorts by time.
	ID   string
	At   time.Time
	Kind string
	// Subject is the person whom the event is about, or empty; a column of its
	// own because it is searched.
	Subject string
	// Body is the canonical encoding that the tree hashes.
	Body []byte
	// Sequence is the entry's place in the tree from 0, or -1 before the
	// sequencer has placed it.
	Sequence int64
	// Filing is empty before that.
	Filing
}

// Filing is by what else an event is found: parts of its body in columns of their own.
type Filing struct {
	// Actor is the id of who did it, ClientID the application, Organization whom else it
	// is about; each may be empty.
	Actor, ClientID, Organization string
	// Outcome is never empty of an event that is filed.
	Outcome string
}

// PlacedEvent is an event that gets a place in the tree.
type PlacedEvent struct {
	ID string
	Filing
}

// TreeHash is one stored hash of the tree, in tlog's numbering.
type TreeHash struct {
	Index int64
	Hash  []byte
}

// Checkpoint is a signed statement of the tree's size and root.
type Checkpoint struct {
	Size int64
	At   time.Time
	// Note is the signed note, C2SP tlog-checkpoint.
	Note []byte
}

// AuditBy is one thing by which events are found.
type AuditBy string

// The things.
const (
	// AuditBySubject: the person whom the events are about.
	AuditBySubject AuditBy = "subject"
	// AuditByActor, AuditByClient, AuditByOrganization and AuditByDenial find events that
	// are filed; the last one those that were denied, whatever the value.
	AuditByActor        AuditBy = "actor"
	AuditByClient       AuditBy = "client"
	AuditByOrganization AuditBy = "organization"
	AuditByDenial       AuditBy = "denial"
	// AuditByKind: what happened.
	AuditByKind AuditBy = "kind"
)

// AuditSpan is a stretch of the log in the order of IDs, which is that of time.
type AuditSpan struct {
	// By is what the events are found by, and Value what it is; empty: all events.
	By    AuditBy
	Value string
	// After and Before bound the IDs; neither is among what is found.
	After, Before string
	// Newest says that the greatest IDs come first.
	Newest bool
	// Notable finds the events of a subject, the newest first, whether they have a
	// place yet or not, and leaves out what applications and readers cause all the time:
	// there may be a thousand of those for one that a person wants to know of.
	Notable bool
	Limit   int
}

// AuditLog keeps the events and their Merkle tree.
type AuditLog interface {
	// Append adds events without a place in the tree.
	Append(ctx context.Context, all ...AuditEvent) error
	// Pending returns up to limit events without a place, by ID.
	Pending(ctx context.Context, limit int) ([]AuditEvent, error)
	// Place gives these events the places size, size+1, …, files them, stores
	// the hashes and sets the tree's size to size+len(events). ErrStale when the
	// tree's size is not the given one: of many callers exactly one succeeds.
	Place(ctx context.Context, size int64, events []PlacedEvent, hashes []TreeHash) error
	// Size is the number of placed events.
	Size(ctx context.Context) (int64, error)
	// Hashes returns the stored hashes with these indexes, in that order;
	// ErrNotFound when one is missing.
	Hashes(ctx context.Context, indexes []int64) ([][]byte, error)
	// Entries returns up to limit placed events from place first, in order.
	Entries(ctx context.Context, first int64, limit int) ([]AuditEvent, error)
	// Find returns the placed events of a span, or the notable ones.
	Find(ctx context.Context, s AuditSpan) ([]AuditEvent, error)
	// PutCheckpoint stores c; a checkpoint of the same size is kept as it is.
	PutCheckpoint(ctx context.Context, c Checkpoint) error
	// Checkpoints returns up to limit checkpoints of at least size, ascending.
	Checkpoints(ctx context.Context, size int64, limit int) ([]Checkpoint, error)
	// LatestCheckpoint returns the largest checkpoint, or ErrNotFound.
	LatestCheckpoint(ctx context.Context) (Checkpoint, error)
}

// AuditFiling files the events of before there was any filing.
type AuditFiling interface {
	// Unfiled returns up to limit placed events that are not filed, by ID.
	Unfiled(ctx context.Context, limit int) ([]AuditEvent, error)
	// File files events that are not.
	File(ctx context.Context, events []PlacedEvent) error
}
