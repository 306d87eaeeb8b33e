package sqlstore

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type logouts struct{ c Conn }

var _ storage.Logouts = logouts{}

const logoutColumns = `id, session_id, client_id, person_id, subject, reason, state, attempts, last_status, last_answer, created_at, next_at, settled_at`

func scanLogouts(all *[]storage.Logout) func(Row) error {
	return func(r Row) error {
		var l storage.Logout
		var state string
		var created, next, settled int64
		err := r.Scan(&l.ID, &l.SessionID, &l.ClientID, &l.PersonID, &l.Subject, &l.Reason, &state, &l.Attempts,
			&l.LastStatus, &l.LastAnswer, &created, &next, &settled)
		l.State = storage.LogoutState(state)
		l.CreatedAt, l.NextAt, l.SettledAt = moment(created), moment(next), moment(settled)
		*all = append(*all, l)
		return err
	}
}

func (s logouts) Insert(ctx context.Context, l storage.Logout) error {
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO logout (`+logoutColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING`,
		l.ID, l.SessionID, l.ClientID, l.PersonID, l.Subject, l.Reason, string(l.State), l.Attempts,
		l.LastStatus, l.LastAnswer, micros(l.CreatedAt), micros(l.NextAt), micros(l.SettledAt))
}

// Claim asks for what is due a second time outside of the selection: who waited
// for another worker's row finds there that it is not due any more.
func (s logouts) Claim(ctx context.Context, at, leaseUntil time.Time, sessionID string, limit int) ([]storage.Logout, error) {
	var claimed []storage.Logout
	_, err := s.c.Do(ctx,
		`UPDATE logout SET next_at = $1 WHERE state = 'pending' AND next_at <= $2 AND id IN (
		   SELECT id FROM logout WHERE state = 'pending' AND next_at <= $2 AND ($3 = '' OR session_id = $3) ORDER BY next_at LIMIT $4)
		 RETURNING `+logoutColumns,
		[]any{micros(leaseUntil), micros(at), sessionID, int64(limit)}, scanLogouts(&claimed))
	return claimed, err
}

func (s logouts) Settle(ctx context.Context, l storage.Logout) error {
	return write(ctx, s.c, storage.ErrStale,
		`UPDATE logout SET state = $1, attempts = $2, last_status = $3, last_answer = $4, next_at = $5, settled_at = $6
		 WHERE id = $7 AND state = 'pending'`,
		string(l.State), l.Attempts, l.LastStatus, l.LastAnswer, micros(l.NextAt), micros(l.SettledAt), l.ID)
}

func (s logouts) BySession(ctx context.Context, sessionID string) ([]storage.Logout, error) {
	var all []storage.Logout
	_, err := s.c.Do(ctx, `SELECT `+logoutColumns+` FROM logout WHERE session_id = $1`, []any{sessionID}, scanLogouts(&all))
	slices.SortFunc(all, func(a, b storage.Logout) int { return strings.Compare(a.ID, b.ID) })
	return all, err
}

func (s logouts) Waiting(ctx context.Context) (int64, time.Time, error) {
	var n, oldest int64
	_, err := s.c.Do(ctx, `SELECT count(*), coalesce(min(created_at), 0) FROM logout WHERE state = 'pending'`, nil,
		func(r Row) error { return r.Scan(&n, &oldest) })
	return n, moment(oldest), err
}

func (s logouts) Purge(ctx context.Context, before time.Time, limit int) (int64, error) {
	return s.c.Do(ctx,
		`DELETE FROM logout WHERE id IN (SELECT id FROM logout WHERE settled_at > 0 AND settled_at < $1 LIMIT $2)`,
		[]any{micros(before), int64(limit)}, nil)
}
