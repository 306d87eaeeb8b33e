package audit

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/claviger-id/claviger/storage"
)

// storedHashes reads tree hashes from the log, and from those that are not
// stored yet.
type storedHashes struct {
	ctx   context.Context
	log   storage.AuditLog
	fresh map[int64]tlog.Hash
}

// ReadHashes returns the hashes with these indexes, in tlog's numbering.
func (s *storedHashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	var missing []int64
	for i, index := range indexes {
		h, ok := s.fresh[index]
		if !ok {
			missing = append(missing, index)
			continue
		}
		out[i] = h
	}
	if len(missing) == 0 {
		return out, nil
	}
	found, err := s.log.Hashes(s.ctx, missing)
	if err != nil {
		return nil, fmt.Errorf("audit: tree hashes: %w", err)
	}
	next := 0
	for i, index := range indexes {
		if _, ok := s.fresh[index]; ok {
			continue
		}
		if len(found[next]) != tlog.HashSize {
			return nil, fmt.Errorf("audit: tree hash %d has %d bytes", index, len(found[next]))
		}
		copy(out[i][:], found[next])
		next++
	}
	return out, nil
}

// grow computes the hashes that events add to a tree of the given size.
func grow(size int64, events []storage.AuditEvent, read *storedHashes) ([]storage.TreeHash, error) {
	var added []storage.TreeHash
	for i, e := range events {
		n := size + int64(i)
		hashes, err := tlog.StoredHashes(n, e.Body, read)
		if err != nil {
			return nil, err
		}
		first := tlog.StoredHashIndex(0, n)
		for j, h := range hashes {
			index := first + int64(j)
			read.fresh[index] = h
			added = append(added, storage.TreeHash{Index: index, Hash: append([]byte(nil), h[:]...)})
		}
	}
	return added, nil
}

// frontier is the compact form of a growing tree: the roots of its perfect
// subtrees, largest first. With it a whole log is verified in flat memory.
type frontier struct {
	size  int64
	roots []tlog.Hash
}

// add appends a leaf and returns every hash that it completes, lowest level
// first: those that a log stores for it.
func (f *frontier) add(entry []byte) []tlog.Hash {
	h := tlog.RecordHash(entry)
	completed := []tlog.Hash{h}
	for n := f.size; n&1 == 1; n >>= 1 {
		h = tlog.NodeHash(f.roots[len(f.roots)-1], h)
		f.roots = f.roots[:len(f.roots)-1]
		completed = append(completed, h)
	}
	f.roots = append(f.roots, h)
	f.size++
	return completed
}

// root is the tree's root (RFC 6962 section 2.1).
func (f *frontier) root() tlog.Hash {
	if len(f.roots) == 0 {
		h, _ := tlog.TreeHash(0, nil) // of the empty tree: needs no hashes
		return h
	}
	h := f.roots[len(f.roots)-1]
	for i := len(f.roots) - 2; i >= 0; i-- {
		h = tlog.NodeHash(f.roots[i], h)
	}
	return h
}
