package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type registrations struct{ c Conn }

var _ storage.Registrations = registrations{}

func (s registrations) Lock(ctx context.Context) error {
	// As for signing keys: who writes the row makes the others wait.
	_, err := s.c.Do(ctx,
		`INSERT INTO lock (name, taken) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET taken = lock.taken + 1`,
		[]any{"client_registration"}, nil)
	return err
}

func (s registrations) Insert(ctx context.Context, r storage.Registration) error {
	scopes, err := words(r.Scopes)
	if err != nil {
		return fmt.Errorf("registration %s: %w", r.ClientID, err)
	}
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO client_registration (client_id, token_sha256, initial_token, scopes, registered_at, used_at)
		 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
		r.ClientID, r.TokenSHA256, r.InitialToken, scopes, micros(r.RegisteredAt), micros(r.UsedAt))
}

func (s registrations) Get(ctx context.Context, clientID string) (storage.Registration, error) {
	r := storage.Registration{ClientID: clientID}
	err := find(ctx, s.c, `SELECT token_sha256, initial_token, scopes, registered_at, used_at FROM client_registration WHERE client_id = $1`,
		[]any{clientID}, func(row Row) error {
			var scopes string
			var registered, used int64
			err := row.Scan(&r.TokenSHA256, &r.InitialToken, &scopes, &registered, &used)
			r.Scopes, r.RegisteredAt, r.UsedAt = list(scopes), moment(registered), moment(used)
			return err
		})
	if err != nil {
		return storage.Registration{}, err
	}
	return r, nil
}

func (s registrations) Rotate(ctx context.Context, clientID string, from, to []byte) error {
	return write(ctx, s.c, storage.ErrStale,
		`UPDATE client_registration SET token_sha256 = $1 WHERE client_id = $2 AND token_sha256 = $3`, to, clientID, from)
}

func (s registrations) Touch(ctx context.Context, clientID string, at time.Time) error {
	return s.c.Later(ctx, `UPDATE client_registration SET used_at = $1 WHERE client_id = $2 AND used_at < $1`, micros(at), clientID)
}

func (s registrations) Remove(ctx context.Context, clientID string) (bool, error) {
	n, err := s.c.Do(ctx, `DELETE FROM client_registration WHERE client_id = $1`, []any{clientID}, nil)
	return n > 0, err
}

func (s registrations) Count(ctx context.Context) (int64, error) {
	var n int64
	_, err := s.c.Do(ctx, `SELECT count(*) FROM client_registration`, nil, func(r Row) error { return r.Scan(&n) })
	return n, err
}

func (s registrations) Unused(ctx context.Context, before time.Time, limit int) ([]string, error) {
	var ids []string
	_, err := s.c.Do(ctx, `SELECT client_id FROM client_registration WHERE used_at < $1 ORDER BY used_at LIMIT $2`,
		[]any{micros(before), int64(limit)}, func(r Row) error {
			var id string
			err := r.Scan(&id)
			ids = append(ids, id)
			return err
		})
	return ids, err
}
