package audit

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/claviger-id/claviger/storage"
)

// line is one line of an exported bundle: exactly one member is set.
type line struct {
	Log        *header         `json:"log,omitempty"`
	Checkpoint *exportedNote   `json:"checkpoint,omitempty"`
	Entry      json.RawMessage `json:"entry,omitempty"`
}

type header struct {
	Format int    `json:"format"`
	Key    string `json:"key"`
	Size   int64  `json:"size"`
}

type exportedNote struct {
	Size int64  `json:"size"`
	Note string `json:"note"`
}

// maxLine bounds one line of a bundle, in bytes.
const maxLine = 1 << 20

// Signed returns how many entries the newest checkpoint covers; without any
// checkpoint, none.
func Signed(ctx context.Context, store storage.Store) (size int64, err error) {
	err = store.View(ctx, func(tx storage.Tx) error {
		last, err := tx.Audit().LatestCheckpoint(ctx)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		size = last.Size
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("audit: %w", err)
	}
	return size, nil
}

// Export writes the first entries of the log as NDJSON: a header, the checkpoints, the
// entries in order. size is how many, as Signed has returned it, so that all of
// it is signed. verifierKey is the log's key in note form.
func Export(ctx context.Context, store storage.Store, verifierKey string, size int64, w io.Writer) error {
	out := bufio.NewWriter(w)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	err := store.View(ctx, func(tx storage.Tx) error {
		if err := encoder.Encode(line{Log: &header{Format: 1, Key: verifierKey, Size: size}}); err != nil {
			return err
		}
		for from := int64(0); ; {
			page, err := tx.Audit().Checkpoints(ctx, from, pageSize)
			if err != nil {
				return err
			}
			for _, c := range page {
				if c.Size > size { // signed since
					return nil
				}
				if err := encoder.Encode(line{Checkpoint: &exportedNote{c.Size, string(c.Note)}}); err != nil {
					return err
				}
				from = c.Size + 1
			}
			if len(page) < pageSize {
				return nil
			}
		}
	})
	if err != nil {
		return fmt.Errorf("audit: export: %w", err)
	}
	for next := int64(0); next < size; {
		var page []storage.AuditEvent
		if err := store.View(ctx, func(tx storage.Tx) (err error) {
			page, err = tx.Audit().Entries(ctx, next, pageSize)
			return err
		}); err != nil {
			return fmt.Errorf("audit: export: %w", err)
		}
		if len(page) == 0 {
			return fmt.Errorf("audit: export: %w", &Fault{next, "is missing"})
		}
		for _, e := range page {
			if e.Sequence >= size {
				next = size
				break
			}
			// The body is written as it is: its bytes are what is hashed.
			if _, err := fmt.Fprintf(out, "{\"entry\":%s}\n", e.Body); err != nil {
				return fmt.Errorf("audit: export: %w", err)
			}
			next = e.Sequence + 1
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("audit: export: %w", err)
	}
	return nil
}

// VerifyBundle checks an exported bundle without any server. trusted is the
// log's key as somebody outside of the log vouches for it, or nil: then the
// key in the bundle is used and the report says that nobody vouched for it.
func VerifyBundle(r io.Reader, trusted note.Verifier, outside ...[]byte) (Report, error) {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 64<<10), maxLine)
	head, err := readHeader(in)
	if err != nil {
		return Report{}, err
	}
	key := trusted
	if key == nil {
		if key, err = note.NewVerifier(head.Key); err != nil {
			return Report{}, errors.New("the bundle's key is malformed")
		}
	}
	v := &verifier{key: key}
	for _, msg := range outside {
		c, err := openCheckpoint(msg, key)
		if err != nil {
			return Report{}, fmt.Errorf("the checkpoint from outside: %w", err)
		}
		v.insert(storage.Checkpoint{Size: c.size, Note: msg})
	}
	for n := 2; in.Scan(); n++ {
		if err := v.line(in.Bytes(), n); err != nil {
			return Report{}, err
		}
	}
	if err := in.Err(); err != nil {
		return Report{}, fmt.Errorf("the bundle cannot be read to its end: %w", err)
	}
	if v.tree.size != head.Size {
		return Report{}, &Fault{v.tree.size, fmt.Sprintf("is missing; the bundle should have %d", head.Size)}
	}
	err = v.end()
	v.report.Vouched = trusted != nil
	return v.report, err
}

func readHeader(in *bufio.Scanner) (header, error) {
	var l line
	if !in.Scan() || json.Unmarshal(in.Bytes(), &l) != nil || l.Log == nil || l.Log.Format != 1 {
		return header{}, errors.New("this is not an exported audit log")
	}
	return *l.Log, nil
}

func (v *verifier) line(text []byte, n int) error {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return fmt.Errorf("line %d is not JSON", n)
	}
	switch {
	case l.Checkpoint != nil && v.tree.size == 0:
		v.insert(storage.Checkpoint{Size: l.Checkpoint.Size, Note: []byte(l.Checkpoint.Note)})
		return v.reached()
	case l.Entry != nil:
		var b body
		if err := json.Unmarshal(l.Entry, &b); err != nil {
			return &Fault{v.tree.size, "it is not an event"}
		}
		at, err := time.Parse(timeLayout, b.Time)
		if err != nil {
			return &Fault{v.tree.size, "it has no time"}
		}
		return v.entry(storage.AuditEvent{ID: b.ID, At: at, Kind: string(b.Kind), Subject: b.Subject, Body: l.Entry, Sequence: v.tree.size}, nil)
	}
	return fmt.Errorf("line %d is neither an entry nor, before the first entry, a checkpoint", n)
}
