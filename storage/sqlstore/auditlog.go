package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/claviger-id/claviger/storage"
)

type auditLog struct{ c Conn }

var (
	_ storage.AuditLog    = auditLog{}
	_ storage.AuditFiling = auditLog{}
)

const eventColumns = `id, at, kind, subject, body, place, actor, client, organization, outcome`

func scanEvent(into *[]storage.AuditEvent) func(Row) error {
	return func(r Row) error {
		var e storage.AuditEvent
		var at int64
		if err := r.Scan(&e.ID, &at, &e.Kind, &e.Subject, &e.Body, &e.Sequence, &e.Actor, &e.ClientID, &e.Organization, &e.Outcome); err != nil {
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
		if err := s.c.Later(ctx, `INSERT INTO audit_event (id, at, kind, subject, body, place) VALUES `+values(len(part), "", "", "", "", "", ""), args...); err != nil {
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

func (s auditLog) Place(ctx context.Context, size int64, events []storage.PlacedEvent, hashes []storage.TreeHash) error {
	// The one row of audit_tree is the gate: who advances it from the size
	// that it knows has the tree for this transaction.
	if err := write(ctx, s.c, storage.ErrStale, `UPDATE audit_tree SET size = $1 WHERE id = 1 AND size = $2`, size+int64(len(events)), size); err != nil {
		return err
	}
	at := size
	for part := range chunks(events) {
		var args []any
		for _, e := range part {
			args = append(args, e.ID, at, e.Actor, e.ClientID, e.Organization, e.Outcome)
			at++
		}
		if err := s.c.Later(ctx, `WITH placed (id, place, actor, client, organization, outcome) AS (VALUES `+values(len(part), "TEXT", "BIGINT", "TEXT", "TEXT", "TEXT", "TEXT")+`)
			UPDATE audit_event SET place = placed.place, actor = placed.actor, client = placed.client, organization = placed.organization, outcome = placed.outcome
			FROM placed WHERE audit_event.id = placed.id AND audit_event.place = -1`, args...); err != nil {
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
	if placed != int64(len(events)) {
		return fmt.Errorf("audit log: %d of %d events could be placed from %d on", placed, len(events), size)
	}
	return nil
}

func (s auditLog) Unfiled(ctx context.Context, limit int) ([]storage.AuditEvent, error) {
	var found []storage.AuditEvent
	_, err := s.c.Do(ctx, `SELECT `+eventColumns+` FROM audit_event WHERE place >= 0 AND outcome = '' ORDER BY id LIMIT $1`, []any{int64(limit)}, scanEvent(&found))
	return found, err
}

func (s auditLog) File(ctx context.Context, events []storage.PlacedEvent) error {
	for part := range chunks(events) {
		var args []any
		for _, e := range part {
			args = append(args, e.ID, e.Actor, e.ClientID, e.Organization, e.Outcome)
		}
		if err := s.c.Later(ctx, `WITH placed (id, actor, client, organization, outcome) AS (VALUES `+values(len(part), "TEXT", "TEXT", "TEXT", "TEXT", "TEXT")+`)
			UPDATE audit_event SET actor = placed.actor, client = placed.client, organization = placed.organization, outcome = placed.outcome
			FROM placed WHERE audit_event.id = placed.id AND audit_event.outcome = ''`, args...); err != nil {
			return err
		}
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

// foundBy are the texts by which events are found, from the oldest and from the newest on.
// Each repeats the condition of its index, and compares rows as the index holds them: a
// plan that is made for any arguments would otherwise take the index of all events, and
// read them all where few are looked for.
var foundBy = map[storage.AuditBy][2]string{
	"":                          bothWays(`id > $1 AND id < $2 AND place >= 0`, `id`, `$3`),
	storage.AuditByDenial:       bothWays(`(outcome, id) > ('deny', $1) AND (outcome, id) < ('deny', $2) AND place >= 0 AND outcome = 'deny'`, `id`, `$3`),
	storage.AuditBySubject:      bothWays(`(subject, id) > ($1, $2) AND (subject, id) < ($1, $3) AND place >= 0 AND subject <> ''`, `subject, id`, `$4`),
	storage.AuditByKind:         bothWays(`(kind, id) > ($1, $2) AND (kind, id) < ($1, $3) AND place >= 0`, `kind, id`, `$4`),
	storage.AuditByActor:        bothWays(`(actor, id) > ($1, $2) AND (actor, id) < ($1, $3) AND place >= 0 AND actor <> ''`, `actor, id`, `$4`),
	storage.AuditByClient:       bothWays(`(client, id) > ($1, $2) AND (client, id) < ($1, $3) AND place >= 0 AND client <> ''`, `client, id`, `$4`),
	storage.AuditByOrganization: bothWays(`(organization, id) > ($1, $2) AND (organization, id) < ($1, $3) AND place >= 0 AND organization <> ''`, `organization, id`, `$4`),
}

func bothWays(condition, order, limit string) [2]string {
	sql := OnePlan + `SELECT ` + eventColumns + ` FROM audit_event WHERE ` + condition + ` ORDER BY `
	return [2]string{sql + order + ` LIMIT ` + limit, sql + strings.ReplaceAll(order, `,`, ` DESC,`) + ` DESC LIMIT ` + limit}
}

func (s auditLog) Find(ctx context.Context, span storage.AuditSpan) ([]storage.AuditEvent, error) {
	var args []any
	if span.By != "" && span.By != storage.AuditByDenial || span.Notable {
		args = append(args, span.Value)
	}
	args = append(args, span.After, span.Before, int64(span.Limit))
	texts, ok := foundBy[span.By]
	if !ok {
		return nil, fmt.Errorf("audit log: nothing is found by %q", span.By)
	}
	sql := texts[0]
	if span.Newest {
		sql = texts[1]
	}
	if span.Notable {
		sql = OnePlan + `SELECT ` + eventColumns + ` FROM audit_event WHERE (subject, id) > ($1, $2) AND (subject, id) < ($1, $3) AND subject <> '' AND ` + notable + ` ORDER BY subject DESC, id DESC LIMIT $4`
	}
	var all []storage.AuditEvent
	_, err := s.c.Do(ctx, sql, args, scanEvent(&all))
	return all, err
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
