package sqlstore

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type approvals struct{ c Conn }

var _ storage.Approvals = approvals{}

const approvalColumns = `id, act, digest, shown, state, asker, asker_id, person_id, reason, decider, decided_reason, asked_at, decided_at, expires_at, ended_at, version`

func scanApproval(a *storage.Approval) func(Row) error {
	return func(r Row) error {
		var asked, decided, expires, ended int64
		err := r.Scan(&a.ID, &a.Act, &a.Digest, &a.Shown, (*string)(&a.State), &a.Asker, &a.AskerID, &a.PersonID, &a.Reason, &a.Decider, &a.DecidedReason,
			&asked, &decided, &expires, &ended, &a.Version)
		a.AskedAt, a.DecidedAt, a.ExpiresAt, a.EndedAt = moment(asked), moment(decided), moment(expires), moment(ended)
		return err
	}
}

func (s approvals) Insert(ctx context.Context, a storage.Approval) error {
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO approval (`+approvalColumns+`) VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, $8, '', '', $9, 0, $10, 0, 1) ON CONFLICT DO NOTHING`,
		a.ID, a.Act, a.Digest, a.Shown, a.Asker, a.AskerID, a.PersonID, a.Reason, micros(a.AskedAt), micros(a.ExpiresAt))
}

func (s approvals) Get(ctx context.Context, id string) (a storage.Approval, err error) {
	err = find(ctx, s.c, `SELECT `+approvalColumns+` FROM approval WHERE id = $1`, []any{id}, scanApproval(&a))
	return a, err
}

func (s approvals) Open(ctx context.Context, digest []byte) (a storage.Approval, err error) {
	err = find(ctx, s.c, `SELECT `+approvalColumns+` FROM approval WHERE digest = $1 AND ended_at = 0`, []any{digest}, scanApproval(&a))
	return a, err
}

func (s approvals) Count(ctx context.Context, askerID string) (n int64, err error) {
	_, err = s.c.Do(ctx, `SELECT count(*) FROM approval WHERE asker_id = $1 AND ended_at = 0`, []any{askerID}, func(r Row) error { return r.Scan(&n) })
	return n, err
}

func (s approvals) Move(ctx context.Context, a storage.Approval, from storage.ApprovalState) error {
	return write(ctx, s.c, storage.ErrStale,
		`UPDATE approval SET state = $1, decider = $2, decided_reason = $3, decided_at = $4, ended_at = $5, version = version + 1
		 WHERE id = $6 AND state = $7 AND version = $8 AND ended_at = 0`,
		string(a.State), a.Decider, a.DecidedReason, micros(a.DecidedAt), micros(a.EndedAt), a.ID, string(from), a.Version)
}

func (s approvals) list(ctx context.Context, query string, args ...any) ([]storage.Approval, error) {
	var all []storage.Approval
	_, err := s.c.Do(ctx, query, args, func(r Row) error {
		var a storage.Approval
		err := scanApproval(&a)(r)
		all = append(all, a)
		return err
	})
	return all, err
}

func (s approvals) List(ctx context.Context, state storage.ApprovalState, after string, limit int) ([]storage.Approval, error) {
	if state == "" {
		return s.list(ctx, `SELECT `+approvalColumns+` FROM approval WHERE id > $1 ORDER BY id LIMIT $2`, after, int64(limit))
	}
	return s.list(ctx, `SELECT `+approvalColumns+` FROM approval WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3`, string(state), after, int64(limit))
}

func (s approvals) Overdue(ctx context.Context, at time.Time, limit int) ([]storage.Approval, error) {
	return s.list(ctx, `SELECT `+approvalColumns+` FROM approval WHERE ended_at = 0 AND expires_at <= $1 ORDER BY expires_at, id LIMIT $2`, micros(at), int64(limit))
}

func (s approvals) Purge(ctx context.Context, before time.Time, limit int) (int64, error) {
	return s.c.Do(ctx, `DELETE FROM approval WHERE id IN (SELECT id FROM approval WHERE ended_at > 0 AND ended_at < $1 ORDER BY ended_at, id LIMIT $2)`,
		[]any{micros(before), int64(limit)}, nil)
}
