package sqlstore

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type passwords struct{ c Conn }

var _ storage.Passwords = passwords{}

func (s passwords) Get(ctx context.Context, personID string) (storage.Password, error) {
	var p storage.Password
	err := find(ctx, s.c,
		`SELECT person_id, kind, verifier, scheme, set_at, expires_at, failures, last_failure_at, version FROM password WHERE person_id = $1`,
		[]any{personID}, func(r Row) error {
			var set, expires, failed int64
			err := r.Scan(&p.PersonID, (*string)(&p.Kind), &p.Verifier, &p.Scheme, &set, &expires, &p.Failures, &failed, &p.Version)
			p.SetAt, p.ExpiresAt, p.LastFailureAt = moment(set), moment(expires), moment(failed)
			return err
		})
	return p, err
}

func (s passwords) Insert(ctx context.Context, p storage.Password) error {
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO password (person_id, kind, verifier, scheme, set_at, expires_at, failures, last_failure_at, version)
		 VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 1) ON CONFLICT DO NOTHING`,
		p.PersonID, string(p.Kind), p.Verifier, p.Scheme, micros(p.SetAt), micros(p.ExpiresAt))
}

func (s passwords) Replace(ctx context.Context, p storage.Password) error {
	return write(ctx, s.c, storage.ErrStale,
		`UPDATE password SET kind = $1, verifier = $2, scheme = $3, set_at = $4, expires_at = $5, failures = 0, last_failure_at = 0, version = version + 1
		 WHERE person_id = $6 AND version = $7`,
		string(p.Kind), p.Verifier, p.Scheme, micros(p.SetAt), micros(p.ExpiresAt), p.PersonID, p.Version)
}

func (s passwords) Reseal(ctx context.Context, p storage.Password) error {
	return write(ctx, s.c, storage.ErrStale,
		`UPDATE password SET verifier = $1, scheme = $2 WHERE person_id = $3 AND version = $4`,
		p.Verifier, p.Scheme, p.PersonID, p.Version)
}

func (s passwords) Fail(ctx context.Context, personID string, at time.Time) (int64, error) {
	var n int64
	err := one(ctx, s.c,
		`UPDATE password SET failures = failures + 1, last_failure_at = $1 WHERE person_id = $2 RETURNING failures`,
		[]any{micros(at), personID}, func(r Row) error { return r.Scan(&n) })
	return n, err
}

func (s passwords) ClearFailures(ctx context.Context, personID string) error {
	return s.c.Later(ctx, `UPDATE password SET failures = 0, last_failure_at = 0 WHERE person_id = $1`, personID)
}
