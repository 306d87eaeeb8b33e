package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/claviger-id/claviger/storage"
)

// The sequencer's pace.
const (
	// batchSize is how many events get their place in one transaction.
	batchSize = 1000
	// placeInterval is how often it looks for events.
	placeInterval = time.Second
	// checkpointInterval and checkpointEntries are when a checkpoint is due.
	checkpointInterval = time.Minute
	checkpointEntries  = 1000
)

// Sequencer gives events their places in the tree and signs checkpoints. Any
// number of them may run on one log: of two that place the same events one
// succeeds, and the other finds nothing left to do.
type Sequencer struct {
	Store  storage.Store
	Signer note.Signer
	Log    *slog.Logger

	pending atomic.Bool
}

// Run works until ctx ends; then it places what is there and signs a last
// checkpoint.
func (s *Sequencer) Run(ctx context.Context) error {
	tick := time.NewTicker(placeInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			return s.Finish(last)
		case <-tick.C:
		}
		err := errors.Join(s.catchUp(ctx), s.fileOld(ctx))
		s.pending.Store(err != nil)
		if err != nil && ctx.Err() == nil {
			s.Log.LogAttrs(ctx, slog.LevelError, "audit events could not be placed; they stay in line", slog.Any("error", err))
		}
	}
}

// catchUp places what is waiting, however much that is, and signs checkpoints on
// the way.
func (s *Sequencer) catchUp(ctx context.Context) error {
	for {
		placed, err := s.Once(ctx)
		if err == nil {
			err = s.checkpointIfDue(ctx)
		}
		if err != nil || placed < batchSize || ctx.Err() != nil {
			return err
		}
		s.pending.Store(true) // until a batch is not full
	}
}

// Behind reports whether events are waiting longer than they should.
func (s *Sequencer) Behind() bool { return s.pending.Load() }

// Finish places all events and signs a checkpoint over them.
func (s *Sequencer) Finish(ctx context.Context) error {
	for {
		placed, err := s.Once(ctx)
		if err != nil {
			return err
		}
		if placed == 0 {
			return s.checkpoint(ctx)
		}
	}
}

// Once places up to a batch of events and returns how many.
func (s *Sequencer) Once(ctx context.Context) (int, error) {
	placed := 0
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		log := tx.Audit()
		// The size comes first: whoever places these events meanwhile makes it stale.
		size, err := log.Size(ctx)
		if err != nil {
			return err
		}
		events, err := log.Pending(ctx, batchSize)
		if err != nil || len(events) == 0 {
			return err
		}
		hashes, err := grow(size, events, &storedHashes{ctx: ctx, log: log, fresh: map[int64]tlog.Hash{}})
		if err != nil {
			return err
		}
		if err := log.Place(ctx, size, filed(events), hashes); err != nil {
			return err
		}
		placed = len(events)
		return nil
	})
	if errors.Is(err, storage.ErrStale) {
		return 0, nil // another replica was first
	}
	if err != nil {
		return 0, fmt.Errorf("audit: %w", err)
	}
	return placed, nil
}

func (s *Sequencer) checkpointIfDue(ctx context.Context) error {
	var due bool
	err := s.Store.View(ctx, func(tx storage.Tx) error {
		size, err := tx.Audit().Size(ctx)
		if err != nil {
			return err
		}
		last, err := tx.Audit().LatestCheckpoint(ctx)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		due = size > last.Size && (size-last.Size >= checkpointEntries || !tx.Now().Before(last.At.Add(checkpointInterval)))
		return nil
	})
	if err != nil || !due {
		return err
	}
	return s.checkpoint(ctx)
}

// checkpoint signs the tree as it is. Before it does, it proves that the tree
// still contains the one that was signed last: a log that was cut or rewritten
// gets no new signature.
func (s *Sequencer) checkpoint(ctx context.Context) error {
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		log := tx.Audit()
		// What was signed comes first: another replica may place events and sign them
		// meanwhile, and the log, which only grows, is to hold what was signed before.
		last, none := log.LatestCheckpoint(ctx)
		if none != nil && !errors.Is(none, storage.ErrNotFound) {
			return none
		}
		size, err := log.Size(ctx)
		if err != nil || size == 0 || none == nil && last.Size == size {
			return err
		}
		read := &storedHashes{ctx: ctx, log: log}
		root, err := tlog.TreeHash(size, read)
		if err != nil {
			return err
		}
		if none == nil {
			if err := s.contains(last, size, root, read); err != nil {
				return err
			}
		}
		msg, err := checkpoint{origin: s.Signer.Name(), size: size, root: root}.sign(s.Signer)
		if err != nil {
			return err
		}
		return log.PutCheckpoint(ctx, storage.Checkpoint{Size: size, At: tx.Now(), Note: msg})
	})
	if err != nil {
		return fmt.Errorf("audit: checkpoint: %w", err)
	}
	return nil
}

// errInconsistent means that the log was altered.
var errInconsistent = errors.New("the log does not contain what was signed before; it was altered, and no checkpoint is signed: run claviger audit verify")

func (s *Sequencer) contains(last storage.Checkpoint, size int64, root tlog.Hash, read tlog.HashReader) error {
	n, err := parseSigned(last.Note)
	if err != nil || n.size != last.Size || last.Size > size {
		return errInconsistent
	}
	proof, err := tlog.ProveTree(size, last.Size, read)
	if err != nil {
		return err
	}
	if tlog.CheckTree(proof, size, root, last.Size, n.root) != nil {
		return errInconsistent
	}
	return nil
}

// parseSigned reads a note's text without checking who signed it.
func parseSigned(msg []byte) (checkpoint, error) {
	text, _, ok := cutLast(string(msg), "\n\n")
	if !ok {
		return checkpoint{}, errors.New("not a signed note")
	}
	return parseCheckpoint(text + "\n")
}

func cutLast(s, sep string) (before, after string, found bool) {
	for i := len(s) - len(sep); i >= 0; i-- {
		if s[i:i+len(sep)] == sep {
			return s[:i], s[i+len(sep):], true
		}
	}
	return s, "", false
}
