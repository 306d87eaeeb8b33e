package sqlstore

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type logouts struct {
	c          Conn
	skipLocked bool
}

var _ storage.Logouts = logouts{}

const logoutColumns = `id, session_id, client_id, person_id, subject, reason, state, attempts, last_status, last_answer, created_at, next_at, settled_at, asked_at`

func scanLogouts(all *[]storage.Logout) func(Row) error {
	return func(r Row) error {
		var l storage.Logout
		var state string
		var created, next, settled, asked int64
		err := r.Scan(&l.ID, &l.SessionID, &l.ClientID, &l.PersonID, &l.Subject, &l.Reason, &state, &l.Attempts,
			&l.LastStatus, &l.LastAnswer, &created, &next, &settled, &asked)
		l.State = storage.LogoutState(state)
		l.CreatedAt, l.NextAt, l.SettledAt, l.AskedAt = moment(created), moment(next), moment(settled), moment(asked)
		*all = append(*all, l)
		return err
	}
}

func (s logouts) Enter(ctx context.Context, lines ...storage.Logout) error {
	for part := range chunks(lines) {
		var args []any
		for _, l := range part {
			args = append(args, l.ID, l.SessionID, l.ClientID, l.PersonID, l.Subject, l.Reason, string(l.State), l.Attempts,
				l.LastStatus, l.LastAnswer, micros(l.CreatedAt), micros(l.NextAt), micros(l.SettledAt), micros(l.AskedAt))
		}
		if err := s.c.Later(ctx, `INSERT INTO logout (`+logoutColumns+`) VALUES `+values(len(part), make([]string, 14)...)+`
			ON CONFLICT (id) DO UPDATE SET state = excluded.state, reason = excluded.reason, attempts = 0, last_status = 0, last_answer = '',
			  created_at = excluded.created_at, next_at = excluded.next_at, settled_at = 0 WHERE logout.state <> 'pending'`, args...); err != nil {
			return err
		}
	}
	return nil
}

// Due goes from one application to the next by the index, however many lines wait
// for one of them.
func (s logouts) Due(ctx context.Context, at time.Time) ([]string, error) {
	var all []string
	_, err := s.c.Do(ctx,
		`WITH RECURSIVE lane(client_id) AS (
		   SELECT min(client_id) FROM logout WHERE state = 'pending'
		   UNION ALL
		   SELECT (SELECT min(client_id) FROM logout WHERE state = 'pending' AND client_id > lane.client_id) FROM lane WHERE client_id IS NOT NULL)
		 SELECT client_id FROM lane
		 WHERE EXISTS (SELECT 1 FROM logout WHERE state = 'pending' AND logout.client_id = lane.client_id AND next_at <= $1)`,
		[]any{micros(at)}, func(r Row) error {
			var id string
			err := r.Scan(&id)
			all = append(all, id)
			return err
		})
	return all, err
}

// Claim makes workers pass over each other's rows instead of queueing on them. The
// selection is made once: one that skips locks finds other rows each time.
func (s logouts) Claim(ctx context.Context, clientID string, at, leaseUntil time.Time, limit int) ([]storage.Logout, error) {
	var claimed []storage.Logout
	_, err := s.c.Do(ctx,
		`WITH due AS MATERIALIZED (
		   SELECT id FROM logout WHERE state = 'pending' AND client_id = $1 AND next_at <= $2 ORDER BY next_at LIMIT $3`+s.lock()+`)
		 UPDATE logout SET next_at = $4 WHERE state = 'pending' AND next_at <= $2 AND id IN (SELECT id FROM due)
		 RETURNING `+logoutColumns,
		[]any{clientID, micros(at), int64(limit), micros(leaseUntil)}, scanLogouts(&claimed))
	return claimed, err
}

func (s logouts) ClaimSession(ctx context.Context, sessionID string, at, leaseUntil time.Time) ([]storage.Logout, error) {
	var claimed []storage.Logout
	_, err := s.c.Do(ctx,
		`WITH due AS MATERIALIZED (
		   SELECT id FROM logout WHERE session_id = $1 AND state = 'pending' AND next_at <= $2`+s.lock()+`)
		 UPDATE logout SET next_at = $3 WHERE state = 'pending' AND next_at <= $2 AND id IN (SELECT id FROM due)
		 RETURNING `+logoutColumns,
		[]any{sessionID, micros(at), micros(leaseUntil)}, scanLogouts(&claimed))
	return claimed, err
}

func (s logouts) lock() string {
	if s.skipLocked {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

func (s logouts) Hasten(ctx context.Context, clientID string, later, at time.Time) error {
	_, err := s.c.Do(ctx,
		`UPDATE logout SET next_at = $1 WHERE state = 'pending' AND client_id = $2 AND next_at > $3 AND attempts > 0`,
		[]any{micros(at), clientID, micros(later)}, nil)
	return err
}

func (s logouts) GiveUp(ctx context.Context, since, at time.Time, limit int) ([]storage.Logout, error) {
	var all []storage.Logout
	_, err := s.c.Do(ctx,
		`WITH due AS MATERIALIZED (
		   SELECT id FROM logout WHERE state = 'pending' AND created_at <= $1 AND asked_at <= $1 AND next_at <= $2 ORDER BY created_at LIMIT $3`+s.lock()+`)
		 UPDATE logout SET state = 'gave_up', settled_at = $2 WHERE state = 'pending' AND next_at <= $2 AND id IN (SELECT id FROM due)
		 RETURNING `+logoutColumns,
		[]any{micros(since), micros(at), int64(limit)}, scanLogouts(&all))
	return all, err
}

// settledAtOnce is how many lines one statement of Settle writes.
const settledAtOnce = 128

func (s logouts) Settle(ctx context.Context, lines ...storage.Logout) ([]string, error) {
	var settled []string
	for part := range slices.Chunk(lines, settledAtOnce) {
		part = filled(part)
		var args []any
		for _, l := range part {
			args = append(args, l.ID, string(l.State), l.Attempts, l.LastStatus, l.LastAnswer, micros(l.NextAt), micros(l.SettledAt))
		}
		_, err := s.c.Do(ctx,
			`WITH known (id, state, attempts, last_status, last_answer, next_at, settled_at) AS (VALUES `+
				values(len(part), "TEXT", "TEXT", "BIGINT", "BIGINT", "TEXT", "BIGINT", "BIGINT")+`)
			 UPDATE logout SET state = known.state, attempts = known.attempts, last_status = known.last_status, last_answer = known.last_answer,
			   next_at = known.next_at, settled_at = known.settled_at
			 FROM known WHERE logout.id = known.id AND logout.state = 'pending' RETURNING logout.id`,
			args, func(r Row) error {
				var id string
				err := r.Scan(&id)
				settled = append(settled, id)
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	return settled, nil
}

func (s logouts) Redeliver(ctx context.Context, id string, at time.Time) (storage.Logout, error) {
	var all []storage.Logout
	if err := find(ctx, s.c,
		`UPDATE logout SET state = 'pending', next_at = $1, asked_at = $1, settled_at = 0 WHERE id = $2 RETURNING `+logoutColumns,
		[]any{micros(at), id}, scanLogouts(&all)); err != nil {
		return storage.Logout{}, err
	}
	return all[0], nil
}

func (s logouts) Get(ctx context.Context, id string) (storage.Logout, error) {
	var all []storage.Logout
	if err := find(ctx, s.c, `SELECT `+logoutColumns+` FROM logout WHERE id = $1`, []any{id}, scanLogouts(&all)); err != nil {
		return storage.Logout{}, err
	}
	return all[0], nil
}

func (s logouts) List(ctx context.Context, of storage.LogoutFilter, after storage.LogoutPlace, limit int) ([]storage.Logout, error) {
	before := int64(math.MaxInt64)
	if !after.At.IsZero() {
		before = micros(after.At)
	}
	var all []storage.Logout
	// Each has an index that holds all that it asks for.
	var sql string
	var args []any
	switch {
	case of.PersonID != "":
		// Of one person there are not many: what else is asked for is looked for among these.
		sql = `SELECT ` + logoutColumns + ` FROM logout WHERE person_id = $1 AND (client_id = $2 OR $2 = '') AND (state = $3 OR $3 = '')
		   AND (created_at, id) < ($4, $5) ORDER BY created_at DESC, id DESC LIMIT $6`
		args = []any{of.PersonID, of.ClientID, string(of.State)}
	case of.ClientID != "" && of.State != "":
		sql = `SELECT ` + logoutColumns + ` FROM logout WHERE client_id = $1 AND state = $2 AND (created_at, id) < ($3, $4) ORDER BY created_at DESC, id DESC LIMIT $5`
		args = []any{of.ClientID, string(of.State)}
	case of.ClientID != "":
		sql = `SELECT ` + logoutColumns + ` FROM logout WHERE client_id = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4`
		args = []any{of.ClientID}
	case of.State != "":
		sql = `SELECT ` + logoutColumns + ` FROM logout WHERE state = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4`
		args = []any{string(of.State)}
	default:
		sql = `SELECT ` + logoutColumns + ` FROM logout WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT $3`
	}
	args = append(args, before, after.ID, int64(limit))
	_, err := s.c.Do(ctx, sql, args, scanLogouts(&all))
	return all, err
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
