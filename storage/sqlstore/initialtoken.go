package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type initialTokens struct{ c Conn }

var _ storage.InitialTokens = initialTokens{}

const initialTokenColumns = `id, sha256, note, scopes, max_uses, uses, created_at, expires_at, revoked_at`

func scanInitialToken(t *storage.InitialToken) func(Row) error {
	return func(r Row) error {
		var scopes string
		var created, expires, revoked int64
		err := r.Scan(&t.ID, &t.SHA256, &t.Note, &scopes, &t.MaxUses, &t.Uses, &created, &expires, &revoked)
		t.Scopes = list(scopes)
		t.CreatedAt, t.ExpiresAt, t.RevokedAt = moment(created), moment(expires), moment(revoked)
		return err
	}
}

func (s initialTokens) Insert(ctx context.Context, t storage.InitialToken) error {
	scopes, err := words(t.Scopes)
	if err != nil {
		return fmt.Errorf("initial token %s: %w", t.ID, err)
	}
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO initial_token (`+initialTokenColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
		t.ID, t.SHA256, t.Note, scopes, t.MaxUses, t.Uses, micros(t.CreatedAt), micros(t.ExpiresAt), micros(t.RevokedAt))
}

func (s initialTokens) ByHash(ctx context.Context, sha256 []byte) (storage.InitialToken, error) {
	var t storage.InitialToken
	err := find(ctx, s.c, `SELECT `+initialTokenColumns+` FROM initial_token WHERE sha256 = $1`, []any{sha256}, scanInitialToken(&t))
	return t, err
}

func (s initialTokens) Use(ctx context.Context, id string, at time.Time) error {
	return write(ctx, s.c, storage.ErrUsed,
		`UPDATE initial_token SET uses = uses + 1 WHERE id = $1 AND uses < max_uses AND expires_at > $2 AND revoked_at = 0`,
		id, micros(at))
}

func (s initialTokens) Revoke(ctx context.Context, id string, at time.Time) (bool, error) {
	n, err := s.c.Do(ctx, `UPDATE initial_token SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0`, []any{micros(at), id}, nil)
	return n > 0, err
}

func (s initialTokens) List(ctx context.Context, after string, limit int) ([]storage.InitialToken, error) {
	var found []storage.InitialToken
	_, err := s.c.Do(ctx, `SELECT `+initialTokenColumns+` FROM initial_token WHERE id > $1 ORDER BY id LIMIT $2`,
		[]any{after, int64(limit)}, func(r Row) error {
			var t storage.InitialToken
			if err := scanInitialToken(&t)(r); err != nil {
				return err
			}
			found = append(found, t)
			return nil
		})
	return found, err
}

func (s initialTokens) Purge(ctx context.Context, before time.Time, limit int) (int64, error) {
	return s.c.Do(ctx, `DELETE FROM initial_token WHERE id IN (SELECT id FROM initial_token WHERE expires_at < $1 LIMIT $2)`,
		[]any{micros(before), int64(limit)}, nil)
}
