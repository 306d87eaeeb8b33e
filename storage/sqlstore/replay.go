package sqlstore

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type replays struct{ c Conn }

var _ storage.Replays = replays{}

func (s replays) Insert(ctx context.Context, r storage.Replay) error {
	at := micros(r.CreatedAt)
	if err := s.c.Later(ctx, `DELETE FROM replay WHERE id = $1 AND expires_at <= $2`, r.ID, at); err != nil {
		return err
	}
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO replay (id, request, answer, created_at, expires_at) VALUES ($1, $2, NULL, $3, $4) ON CONFLICT DO NOTHING`,
		r.ID, r.Request, at, micros(r.ExpiresAt))
}

func (s replays) Get(ctx context.Context, id string, at time.Time) (storage.Replay, error) {
	var r storage.Replay
	err := find(ctx, s.c, `SELECT id, request, answer, created_at, expires_at FROM replay WHERE id = $1 AND expires_at > $2`, []any{id, micros(at)},
		func(row Row) error {
			var created, expires int64
			err := row.Scan(&r.ID, &r.Request, &r.Answer, &created, &expires)
			r.CreatedAt, r.ExpiresAt = moment(created), moment(expires)
			return err
		})
	return r, err
}

func (s replays) Answer(ctx context.Context, id string, answer []byte) error {
	return write(ctx, s.c, storage.ErrNotFound, `UPDATE replay SET answer = $1 WHERE id = $2`, answer, id)
}

func (s replays) Purge(ctx context.Context, at time.Time, limit int) (int64, error) {
	return s.c.Do(ctx, `DELETE FROM replay WHERE id IN (SELECT id FROM replay WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`,
		[]any{micros(at), int64(limit)}, nil)
}
