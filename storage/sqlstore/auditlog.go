package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/claviger-id/claviger/storage"
)

type auditLog struct{ c Conn }

var _ storage.AuditLog = auditLog{}

const eventColumns = `id, at, kind, subject, body, place`

func scanEvent(into *[]storage.AuditEvent) func(Row) error {
	return func(r Row) error {
		var e storage.AuditEvent
		var at int64
		if err := r.Scan(&e.ID, &at, &e.Kind, &e.Subject, &e.Body, &e.Sequence); err != nil {
			return err
		}
		e.At = moment(at)
		*into = append(*into, e)
		return nil
	}
}

func (s auditLog) Append(ctx context.Context, all ...storage.AuditEvent) error {
	for part := range chunks(all) {
		var args []any
		for _, e := range part {
			args = append(args, e.ID, micros(e.At), e.Kind, e.Subject, e.Body, int64(-1))
		}
		if err := s.c.Later(ctx, `INSERT INTO audit_event (`+eventColumns+`) VALUES `+values(len(part), "", "", "", "", "", ""), args...); err != nil {
			return err
		}
	}
	return nil
}

func (s auditLog) Pending(ctx context.Context, limit int) ([]storage.AuditEvent, error) {
	var found []storage.AuditEvent
	_, err := s.c.Do(ctx, `SELECT `+eventColumns+` FROM audit_event WHERE place = -1 ORDER BY id LIMIT $1`, []any{int64(limit)}, scanEvent(&found))
	return found, err
}

func (s auditLog) Place(ctx context.Context, size int64, ids []string, hashes []storage.TreeHash) error {
	// The one row of audit_tree is the gate: who advances it from the size
	// that it knows has the tree for this transaction.
	if err := write(ctx, s.c, storage.ErrStale, `UPDATE audit_tree SET size = $1 WHERE id = 1 AND size = $2`, size+int64(len(ids)), size); err != nil {
		return err
	}
	at := size
	for part := range chunks(ids) {
		var args []any
		for _, id := range part {
			args = append(args, id, at)
			at++
		}
		if err := s.c.Later(ctx, `WITH placed (id, place) AS (VALUES `+values(len(part), "TEXT", "BIGINT")+`)
			UPDATE audit_event SET place = placed.place FROM placed WHERE audit_event.id = placed.id AND audit_event.place = -1`, args...); err != nil {
			return err
		}
	}
	for part := range chunks(hashes) {
		var args []any
		for _, h := range part {
			args = append(args, h.Index, h.Hash)
		}
		if err := s.c.Later(ctx, `INSERT INTO audit_hash (id, hash) VALUES `+values(len(part), "", ""), args...); err != nil {
			return err
		}
	}
	// An id that is unknown or has a place already would leave a hole.
	var placed int64
	if err := one(ctx, s.c, `SELECT count(*) FROM audit_event WHERE place >= 0 AND place >= $1`, []any{size}, func(r Row) error { return r.Scan(&placed) }); err != nil {
		return err
	}
	if placed != int64(len(ids)) {
		return fmt.Errorf("audit log: %d of %d events could be placed from %d on", placed, len(ids), size)
	}
	return nil
}

func (s auditLog) Size(ctx context.Context) (int64, error) {
	var size int64
	err := one(ctx, s.c, `SELECT size FROM audit_tree WHERE id = 1`, nil, func(r Row) error { return r.Scan(&size) })
	return size, err
}

// hashesAtOnce is how many hashes one query asks for; a proof in a tree of a
// thousand million entries needs twice as many.
const hashesAtOnce = 16

func (s auditLog) Hashes(ctx context.Context, indexes []int64) ([][]byte, error) {
	known := make(map[int64][]byte, len(indexes))
	for part := range slices.Chunk(indexes, hashesAtOnce) {
		args := make([]any, hashesAtOnce)
		for i := range args {
			args[i] = part[min(i, len(part)-1)] // the last one fills up
		}
		_, err := s.c.Do(ctx, `SELECT id, hash FROM audit_hash WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
			args, func(r Row) error {
				var index int64
				var hash []byte
				err := r.Scan(&index, &hash)
				known[index] = hash
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	found := make([][]byte, len(indexes))
	for i, index := range indexes {
		hash, ok := known[index]
		if !ok {
			return nil, fmt.Errorf("hash %d: %w", index, storage.ErrNotFound)
		}
		found[i] = hash
	}
	return found, nil
}

func (s auditLog) Entries(ctx context.Context, first int64, limit int) ([]storage.AuditEvent, error) {
	var found []storage.AuditEvent
	// "place >= 0" is the condition of the index.
	_, err := s.c.Do(ctx, `SELECT `+eventColumns+` FROM audit_event WHERE place >= 0 AND place >= $1 ORDER BY place LIMIT $2`,
		[]any{first, int64(limit)}, scanEvent(&found))
	return found, err
}

// notable is the condition of an index, which both databases compare word by word.
const notable = `kind NOT IN ('audit.read', 'grant.created', 'grant.ended', 'grant.refreshed', 'logout.delivered', 'mail.sent', 'person.read', 'session.read', 'token.denied', 'userinfo.read', 'webhook.sent')`

func (s auditLog) Find(ctx context.Context, span storage.AuditSpan) ([]storage.AuditEvent, error) {
	sql, args := `SELECT `+eventColumns+` FROM audit_event WHERE id > $1 AND id < $2 AND place >= 0 ORDER BY id LIMIT $3`,
		[]any{span.After, span.Before, int64(span.Limit)}
	switch {
	case span.Notable:
		sql = `SELECT ` + eventColumns + ` FROM audit_event WHERE subject = $1 AND subject <> '' AND ` + notable + ` AND id > $2 AND id < $3 ORDER BY id DESC LIMIT $4`
	case span.Subject != "" && span.Newest:
		sql = `SELECT ` + eventColumns + ` FROM audit_event WHERE subject = $1 AND subject <> '' AND id > $2 AND id < $3 AND place >= 0 ORDER BY id DESC LIMIT $4`
	case span.Subject != "":
		sql = `SELECT ` + eventColumns + ` FROM audit_event WHERE subject = $1 AND subject <> '' AND id > $2 AND id < $3 AND place >= 0 ORDER BY id LIMIT $4`
	case span.Kind != "" && span.Newest:
		sql = `SELECT ` + eventColumns + ` FROM audit_event WHERE kind = $1 AND id > $2 AND id < $3 AND place >= 0 ORDER BY id DESC LIMIT $4`
	case span.Kind != "":
		sql = `SELECT ` + eventColumns + ` FROM audit_event WHERE kind = $1 AND id > $2 AND id < $3 AND place >= 0 ORDER BY id LIMIT $4`
	case span.Newest:
		sql = `SELECT ` + eventColumns + ` FROM audit_event WHERE id > $1 AND id < $2 AND place >= 0 ORDER BY id DESC LIMIT $3`
	}
	if named := cmp.Or(span.Subject, span.Kind); named != "" || span.Notable {
		args = slices.Insert(args, 0, any(named))
	}
	var found []storage.AuditEvent
	_, err := s.c.Do(ctx, sql, args, scanEvent(&found))
	return found, err
}

func (s auditLog) PutCheckpoint(ctx context.Context, c storage.Checkpoint) error {
	_, err := s.c.Do(ctx, `INSERT INTO audit_checkpoint (size, at, note) VALUES ($1, $2, $3) ON CONFLICT (size) DO NOTHING`,
		[]any{c.Size, micros(c.At), c.Note}, nil)
	return err
}

func (s auditLog) checkpoints(ctx context.Context, sql string, args ...any) ([]storage.Checkpoint, error) {
	var found []storage.Checkpoint
	_, err := s.c.Do(ctx, sql, args, func(r Row) error {
		var c storage.Checkpoint
		var at int64
		if err := r.Scan(&c.Size, &at, &c.Note); err != nil {
			return err
		}
		c.At = moment(at)
		found = append(found, c)
		return nil
	})
	return found, err
}

func (s auditLog) Checkpoints(ctx context.Context, size int64, limit int) ([]storage.Checkpoint, error) {
	return s.checkpoints(ctx, `SELECT size, at, note FROM audit_checkpoint WHERE size >= $1 ORDER BY size LIMIT $2`, size, int64(limit))
}

func (s auditLog) LatestCheckpoint(ctx context.Context) (storage.Checkpoint, error) {
	found, err := s.checkpoints(ctx, `SELECT size, at, note FROM audit_checkpoint ORDER BY size DESC LIMIT 1`)
	if err == nil && len(found) == 0 {
		err = storage.ErrNotFound
	}
	if err != nil {
		return storage.Checkpoint{}, err
	}
	return found[0], nil
}
