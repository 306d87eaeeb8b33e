package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/claviger-id/claviger/storage"
)

// Report is what a verification found.
type Report struct {
	// Size is the number of entries that were checked.
	Size int64 `json:"size"`
	// Root is the root of the tree over them, in base64.
	Root string `json:"root"`
	// Checkpoints is the number of signed checkpoints that were checked.
	Checkpoints int64 `json:"checkpoints"`
	// Signed is the size that the newest of them covers.
	Signed int64 `json:"signed"`
	// Pending is the number of events that have no place yet; it is not counted
	// beyond 1,000.
	Pending int64 `json:"pending"`
	// Vouched says that the key came from outside, not from the log itself.
	Vouched bool `json:"vouched"`
}

// Fault is the first thing in a log that is wrong.
type Fault struct {
	// Place is the entry's place in the tree, or the size of the checkpoint.
	Place int64
	// Reason says what is wrong with it.
	Reason string
}

// Error names the place and the reason.
func (f *Fault) Error() string { return fmt.Sprintf("entry %d: %s", f.Place, f.Reason) }

// pageSize is how many entries are read at once.
const pageSize = 1000

// verifier follows a log from its first entry in flat memory.
type verifier struct {
	key     note.Verifier
	tree    frontier
	report  Report
	waiting []storage.Checkpoint // ascending; each is compared when its size is reached
}

// entry checks the next entry. stored are the tree hashes that the log keeps
// for it, or nil where there are none to compare.
func (v *verifier) entry(e storage.AuditEvent, stored func(indexes []int64) ([][]byte, error)) error {
	place := v.tree.size
	switch {
	case e.Sequence > place:
		return &Fault{place, fmt.Sprintf("is missing; the next one there is %d", e.Sequence)}
	case e.Sequence < place:
		return &Fault{place, fmt.Sprintf("place %d is taken twice", e.Sequence)}
	}
	var b body
	// What is not filed is found by a look at all events.
	if err := json.Unmarshal(e.Body, &b); err != nil || b.ID != e.ID || string(b.Kind) != e.Kind || b.Subject != e.Subject || b.Time != e.At.Format(timeLayout) ||
		e.Outcome != "" && e.Filing != b.filing() {
		return &Fault{place, "its columns do not agree with its body"}
	}
	hashes := v.tree.add(e.Body)
	if stored != nil {
		first := tlog.StoredHashIndex(0, place)
		indexes := make([]int64, len(hashes))
		for i := range hashes {
			indexes[i] = first + int64(i)
		}
		kept, err := stored(indexes)
		if errors.Is(err, storage.ErrNotFound) {
			return &Fault{place, "its hash is missing from the tree"}
		}
		if err != nil {
			return err
		}
		for i, h := range hashes {
			if !bytes.Equal(kept[i], h[:]) {
				return &Fault{place, "it is not what the tree was built from: it was altered, or exchanged for another"}
			}
		}
	}
	return v.reached()
}

// reached compares the checkpoints of the tree's present size.
func (v *verifier) reached() error {
	for len(v.waiting) > 0 && v.waiting[0].Size <= v.tree.size {
		c, err := openCheckpoint(v.waiting[0].Note, v.key)
		switch {
		case err != nil:
			return &Fault{v.waiting[0].Size, err.Error()}
		case c.size != v.waiting[0].Size || c.origin != v.key.Name():
			return &Fault{v.waiting[0].Size, "the checkpoint is of another log or size"}
		case c.size == v.tree.size && c.root != v.tree.root():
			return &Fault{c.size, "the entries before it are not those that the checkpoint signed"}
		}
		v.report.Checkpoints++
		v.report.Signed = c.size
		v.waiting = v.waiting[1:]
	}
	return nil
}

// end reports a log that is shorter than a checkpoint says.
func (v *verifier) end() error {
	if len(v.waiting) > 0 {
		return &Fault{v.tree.size, fmt.Sprintf("the log ends here, but %d entries were signed: it was cut, or an older copy was put in its place", v.waiting[len(v.waiting)-1].Size)}
	}
	v.report.Size = v.tree.size
	v.report.Root = v.tree.root().String()
	return nil
}

// Verify checks a whole log: that every entry is the one that the tree was
// built from, that no place is empty, and that every checkpoint is signed by
// the key and agrees with the entries. outside are checkpoints that were kept
// elsewhere; a log that is behind one of them was rolled back. The first thing
// that is wrong is returned as a *Fault.
func Verify(ctx context.Context, store storage.Store, key note.Verifier, outside ...[]byte) (Report, error) {
	v := &verifier{key: key}
	for next := int64(0); ; {
		var page []storage.AuditEvent
		err := store.View(ctx, func(tx storage.Tx) error {
			log := tx.Audit()
			if next == 0 {
				if err := v.loadCheckpoints(ctx, log, outside); err != nil {
					return err
				}
			}
			var err error
			if page, err = log.Entries(ctx, next, pageSize); err != nil {
				return err
			}
			for _, e := range page {
				if err := v.entry(e, func(i []int64) ([][]byte, error) { return log.Hashes(ctx, i) }); err != nil {
					return err
				}
			}
			if len(page) > 0 {
				return nil
			}
			size, err := log.Size(ctx)
			if err != nil {
				return err
			}
			if size > v.tree.size {
				return &Fault{v.tree.size, fmt.Sprintf("is missing; the tree has %d entries", size)}
			}
			pending, err := log.Pending(ctx, pageSize)
			v.report.Pending = int64(len(pending))
			return err
		})
		if err != nil {
			return Report{}, err
		}
		if len(page) == 0 {
			err := v.end()
			v.report.Vouched = len(outside) > 0
			return v.report, err
		}
		next = v.tree.size
	}
}

// loadCheckpoints reads all checkpoints of the log, and merges those from
// outside. One is stored for each minute of work at most, some hundred bytes.
func (v *verifier) loadCheckpoints(ctx context.Context, log storage.AuditLog, outside [][]byte) error {
	for size := int64(0); ; {
		page, err := log.Checkpoints(ctx, size, pageSize)
		if err != nil {
			return err
		}
		v.waiting = append(v.waiting, page...)
		if len(page) < pageSize {
			break
		}
		size = page[len(page)-1].Size + 1
	}
	for _, msg := range outside {
		c, err := openCheckpoint(msg, v.key)
		if err != nil {
			return fmt.Errorf("the checkpoint from outside: %w", err)
		}
		v.insert(storage.Checkpoint{Size: c.size, Note: msg})
	}
	return v.reached() // a checkpoint of size 0
}

func (v *verifier) insert(c storage.Checkpoint) {
	at := len(v.waiting)
	for at > 0 && v.waiting[at-1].Size > c.Size {
		at--
	}
	v.waiting = append(v.waiting[:at], append([]storage.Checkpoint{c}, v.waiting[at:]...)...)
}
