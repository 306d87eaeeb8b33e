package sqlstore

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type passwords struct{ c Conn }

var _ storage.Passwords = passwords{}

const passwordColumns = `person_id, kind, verifier, scheme, set_at, expires_at, forced_at, forced_reason, remind_at, short, untold, version`

func scanPassword(p *storage.Password) func(Row) error {
	return func(r Row) error {
		var set, expires, forced, remind, short, untold int64
		err := r.Scan(&p.PersonID, (*string)(&p.Kind), &p.Verifier, &p.Scheme, &set, &expires, &forced, &p.ForcedReason, &remind, &short, &untold, &p.Version)
		p.SetAt, p.ExpiresAt, p.ForcedAt, p.RemindAt = moment(set), moment(expires), moment(forced), moment(remind)
		p.Short, p.Untold = short != 0, untold != 0
		return err
	}
}

func (s passwords) Get(ctx context.Context, personID string) (storage.Password, error) {
	var p storage.Password
	err := find(ctx, s.c, `SELECT `+passwordColumns+` FROM password WHERE person_id = $1`, []any{personID}, scanPassword(&p))
	return p, err
}

// failures and last_failure_at are of an older program.

func (s passwords) Insert(ctx context.Context, p storage.Password) error {
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO password (person_id, kind, verifier, scheme, set_at, expires_at, failures, last_failure_at, untold, version)
		 VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7, 1) ON CONFLICT DO NOTHING`,
		p.PersonID, string(p.Kind), p.Verifier, p.Scheme, micros(p.SetAt), micros(p.ExpiresAt), number(p.Untold))
}

func (s passwords) Replace(ctx context.Context, p storage.Password) error {
	return write(ctx, s.c, storage.ErrStale,
		`UPDATE password SET kind = $1, verifier = $2, scheme = $3, set_at = $4, expires_at = $5, forced_at = 0, forced_reason = '', remind_at = 0,
		   failures = 0, last_failure_at = 0, short = $6, untold = $7, version = version + 1
		 WHERE person_id = $8 AND version = $9`,
		string(p.Kind), p.Verifier, p.Scheme, micros(p.SetAt), micros(p.ExpiresAt), number(p.Short), number(p.Untold), p.PersonID, p.Version)
}

func (s passwords) Reseal(ctx context.Context, p storage.Password) error {
	return write(ctx, s.c, storage.ErrStale,
		`UPDATE password SET verifier = $1, scheme = $2, untold = $3 WHERE person_id = $4 AND version = $5`,
		p.Verifier, p.Scheme, number(p.Untold), p.PersonID, p.Version)
}

func (s passwords) Told(ctx context.Context, personID string) error {
	return s.c.Later(ctx, `UPDATE password SET untold = 0 WHERE person_id = $1`, personID)
}

func (s passwords) Force(ctx context.Context, personID, reason string, at time.Time) (bool, error) {
	n, err := s.c.Do(ctx,
		`UPDATE password SET forced_at = $1, forced_reason = $2 WHERE person_id = $3 AND kind = 'personal' AND forced_at = 0`,
		[]any{micros(at), reason, personID}, nil)
	return n > 0, err
}

func (s passwords) Remind(ctx context.Context, personID string, version int64, at time.Time) error {
	return write(ctx, s.c, storage.ErrStale,
		`UPDATE password SET remind_at = $1 WHERE person_id = $2 AND version = $3`, micros(at), personID, version)
}

func (s passwords) Page(ctx context.Context, after string, limit int) ([]storage.Password, error) {
	var page []storage.Password
	_, err := s.c.Do(ctx,
		`SELECT `+passwordColumns+` FROM password WHERE person_id > $1 AND kind = 'personal' ORDER BY person_id LIMIT $2`,
		[]any{after, int64(limit)}, func(r Row) error {
			var p storage.Password
			if err := scanPassword(&p)(r); err != nil {
				return err
			}
			page = append(page, p)
			return nil
		})
	return page, err
}
