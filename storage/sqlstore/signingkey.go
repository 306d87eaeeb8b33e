package sqlstore

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type signingKeys struct{ c Conn }

var _ storage.SigningKeys = signingKeys{}

func (s signingKeys) Insert(ctx context.Context, k storage.SigningKey) error {
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO signing_key (id, key_use, algorithm, private, created_at, active_from, retires_at, expires_at, version)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1) ON CONFLICT DO NOTHING`,
		k.ID, string(k.Use), k.Algorithm, k.Private, micros(k.CreatedAt), micros(k.ActiveFrom), micros(k.RetiresAt), micros(k.ExpiresAt))
}

func (s signingKeys) All(ctx context.Context, use storage.KeyUse, at time.Time) ([]storage.SigningKey, error) {
	var found []storage.SigningKey
	_, err := s.c.Do(ctx,
		`SELECT id, key_use, algorithm, private, created_at, active_from, retires_at, expires_at, version FROM signing_key
		 WHERE key_use = $1 AND (expires_at = 0 OR expires_at > $2) ORDER BY created_at, id`,
		[]any{string(use), micros(at)}, func(r Row) error {
			var k storage.SigningKey
			var created, active, retires, expires int64
			if err := r.Scan(&k.ID, (*string)(&k.Use), &k.Algorithm, &k.Private, &created, &active, &retires, &expires, &k.Version); err != nil {
				return err
			}
			k.CreatedAt, k.ActiveFrom, k.RetiresAt, k.ExpiresAt = moment(created), moment(active), moment(retires), moment(expires)
			found = append(found, k)
			return nil
		})
	return found, err
}

func (s signingKeys) Update(ctx context.Context, k storage.SigningKey) error {
	return write(ctx, s.c, storage.ErrStale,
		`UPDATE signing_key SET active_from = $1, retires_at = $2, expires_at = $3, version = version + 1 WHERE id = $4 AND version = $5`,
		micros(k.ActiveFrom), micros(k.RetiresAt), micros(k.ExpiresAt), k.ID, k.Version)
}

func (s signingKeys) Lock(ctx context.Context, use storage.KeyUse) error {
	// Writing one row makes any other transaction that writes it wait, on both
	// databases and without a function that only one of them has.
	_, err := s.c.Do(ctx,
		`INSERT INTO lock (name, taken) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET taken = lock.taken + 1`,
		[]any{"signing_key/" + string(use)}, nil)
	return err
}
