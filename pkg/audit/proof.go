package audit

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/claviger-id/claviger/storage"
)

// Proven is an entry with its way to the root of a checkpoint (RFC 9162 section
// 2.1.3).
type Proven struct {
	Entry
	Proof [][]byte
}

// Prove returns entries with their proofs, and the newest checkpoint, to which they
// lead. Entries of the last moments, that no checkpoint covers, are left out.
func Prove(ctx context.Context, store storage.Store, entries []Entry) (checkpoint storage.Checkpoint, proven []Proven, err error) {
	err = store.View(ctx, func(tx storage.Tx) error {
		checkpoint, err = tx.Audit().LatestCheckpoint(ctx)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		read := &storedHashes{ctx: ctx, log: tx.Audit(), fresh: map[int64]tlog.Hash{}}
		for _, e := range entries {
			if e.Place >= checkpoint.Size {
				continue
			}
			hashes, err := tlog.ProveRecord(checkpoint.Size, e.Place, read)
			if err != nil {
				return err
			}
			p := Proven{Entry: e}
			for _, h := range hashes {
				p.Proof = append(p.Proof, h[:])
			}
			proven = append(proven, p)
		}
		return nil
	})
	if err != nil {
		return storage.Checkpoint{}, nil, fmt.Errorf("audit: %w", err)
	}
	return checkpoint, proven, nil
}
