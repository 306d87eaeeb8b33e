package sqlstore

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type jobs struct{ c Conn }

var _ storage.Jobs = jobs{}

const jobColumns = `id, kind, state, digest, options, actor, total, done, counts, problem, cancelled, created_at, updated_at, finished_at, leased_until, version`

func scanJob(j *storage.Job) func(Row) error {
	return func(r Row) error {
		var state string
		var cancelled, created, updated, finished, leased int64
		err := r.Scan(&j.ID, &j.Kind, &state, &j.Digest, &j.Options, &j.Actor, &j.Total, &j.Done, &j.Counts, &j.Problem, &cancelled, &created, &updated, &finished, &leased, &j.Version)
		j.State, j.Cancelled = storage.JobState(state), cancelled != 0
		j.CreatedAt, j.UpdatedAt, j.FinishedAt, j.LeasedUntil = moment(created), moment(updated), moment(finished), moment(leased)
		return err
	}
}

func (s jobs) Insert(ctx context.Context, j storage.Job) error {
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO job (`+jobColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12, 0, 0, 1) ON CONFLICT DO NOTHING`,
		j.ID, j.Kind, string(j.State), j.Digest, j.Options, j.Actor, j.Total, j.Done, j.Counts, j.Problem, micros(j.CreatedAt), micros(j.UpdatedAt))
}

func (s jobs) Get(ctx context.Context, id string) (j storage.Job, err error) {
	err = find(ctx, s.c, `SELECT `+jobColumns+` FROM job WHERE id = $1`, []any{id}, scanJob(&j))
	return j, err
}

func (s jobs) List(ctx context.Context, after string, limit int) ([]storage.Job, error) {
	var all []storage.Job
	_, err := s.c.Do(ctx, `SELECT `+jobColumns+` FROM job WHERE id > $1 ORDER BY id LIMIT $2`, []any{after, int64(limit)}, func(r Row) error {
		var j storage.Job
		err := scanJob(&j)(r)
		all = append(all, j)
		return err
	})
	return all, err
}

func (s jobs) Open(ctx context.Context, at time.Time) (bool, error) {
	n, err := s.c.Do(ctx, `SELECT id FROM job WHERE finished_at = 0 AND leased_until <= $1 LIMIT 1`, []any{micros(at)}, func(r Row) error {
		var id string
		return r.Scan(&id)
	})
	return n > 0, err
}

func (s jobs) Claim(ctx context.Context, at, until time.Time) (j storage.Job, err error) {
	// The row is taken by its version: of many callers one succeeds, and the others
	// find nothing this time.
	var open storage.Job
	if err := find(ctx, s.c,
		`SELECT `+jobColumns+` FROM job WHERE finished_at = 0 AND leased_until <= $1 ORDER BY created_at, id LIMIT 1`,
		[]any{micros(at)}, scanJob(&open)); err != nil {
		return j, err
	}
	err = find(ctx, s.c, `UPDATE job SET state = 'running', leased_until = $1, updated_at = $2, version = version + 1
		WHERE id = $3 AND version = $4 AND finished_at = 0 RETURNING `+jobColumns,
		[]any{micros(until), micros(at), open.ID, open.Version}, scanJob(&j))
	return j, err
}

func (s jobs) Save(ctx context.Context, j storage.Job) error {
	return write(ctx, s.c, storage.ErrStale,
		`UPDATE job SET state = $1, counts = $2, done = $3, problem = $4, updated_at = $5, finished_at = $6, leased_until = $7, version = version + 1
		 WHERE id = $8 AND version = $9 AND finished_at = 0`,
		string(j.State), j.Counts, j.Done, j.Problem, micros(j.UpdatedAt), micros(j.FinishedAt), micros(j.LeasedUntil), j.ID, j.Version)
}

func (s jobs) Cancel(ctx context.Context, id string, version int64, at time.Time) error {
	return write(ctx, s.c, storage.ErrStale,
		`UPDATE job SET cancelled = 1, updated_at = $1, version = version + 1 WHERE id = $2 AND version = $3 AND finished_at = 0`,
		micros(at), id, version)
}

func (s jobs) PutPart(ctx context.Context, id string, side storage.JobSide, n int64, content []byte) error {
	_, err := s.c.Do(ctx, `INSERT INTO job_part (job_id, side, n, content) VALUES ($1, $2, $3, $4)`, []any{id, string(side), n, content}, nil)
	return err
}

func (s jobs) Parts(ctx context.Context, id string, side storage.JobSide, from int64, limit int) ([][]byte, error) {
	var all [][]byte
	_, err := s.c.Do(ctx, `SELECT content FROM job_part WHERE job_id = $1 AND side = $2 AND n >= $3 ORDER BY n LIMIT $4`,
		[]any{id, string(side), from, int64(limit)}, func(r Row) error {
			var content []byte
			err := r.Scan(&content)
			all = append(all, content)
			return err
		})
	return all, err
}

func (s jobs) DropParts(ctx context.Context, id string, side storage.JobSide) error {
	_, err := s.c.Do(ctx, `DELETE FROM job_part WHERE job_id = $1 AND side = $2`, []any{id, string(side)}, nil)
	return err
}

func (s jobs) Purge(ctx context.Context, before time.Time, limit int) (int64, error) {
	if _, err := s.c.Do(ctx, `DELETE FROM job_part WHERE job_id IN (SELECT id FROM job WHERE finished_at > 0 AND finished_at < $1 ORDER BY finished_at, id LIMIT $2)`,
		[]any{micros(before), int64(limit)}, nil); err != nil {
		return 0, err
	}
	return s.c.Do(ctx, `DELETE FROM job WHERE id IN (SELECT id FROM job WHERE finished_at > 0 AND finished_at < $1 ORDER BY finished_at, id LIMIT $2)`,
		[]any{micros(before), int64(limit)}, nil)
}
