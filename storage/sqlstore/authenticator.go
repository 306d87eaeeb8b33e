package sqlstore

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type authenticators struct{ c Conn }

var _ storage.Authenticators = authenticators{}

const authenticatorColumns = `id, person_id, kind, name, handle, secret, counter, created_at, used_at`

func scanAuthenticator(r Row) (a storage.Authenticator, err error) {
	var kind string
	var created, used int64
	err = r.Scan(&a.ID, &a.PersonID, &kind, &a.Name, &a.Handle, &a.Secret, &a.Counter, &created, &used)
	a.Kind, a.CreatedAt, a.UsedAt = storage.AuthenticatorKind(kind), moment(created), moment(used)
	return a, err
}

func (s authenticators) Insert(ctx context.Context, a storage.Authenticator) error {
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO authenticator (`+authenticatorColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
		a.ID, a.PersonID, string(a.Kind), a.Name, a.Handle, a.Secret, a.Counter, micros(a.CreatedAt), micros(a.UsedAt))
}

func (s authenticators) ByPerson(ctx context.Context, personID string) ([]storage.Authenticator, error) {
	var all []storage.Authenticator
	_, err := s.c.Do(ctx, `SELECT `+authenticatorColumns+` FROM authenticator WHERE person_id = $1 ORDER BY created_at, id`, []any{personID},
		func(r Row) error {
			a, err := scanAuthenticator(r)
			all = append(all, a)
			return err
		})
	return all, err
}

func (s authenticators) ByHandle(ctx context.Context, kind storage.AuthenticatorKind, handle []byte) (a storage.Authenticator, err error) {
	err = one(ctx, s.c, `SELECT `+authenticatorColumns+` FROM authenticator WHERE handle = $1 AND kind = $2`, []any{handle, string(kind)},
		func(r Row) (err error) {
			a, err = scanAuthenticator(r)
			return err
		})
	return a, err
}

func (s authenticators) Advance(ctx context.Context, id string, counter int64, at time.Time) error {
	return write(ctx, s.c, storage.ErrUsed,
		`UPDATE authenticator SET counter = $1, used_at = $2 WHERE id = $3 AND counter < $1`, counter, micros(at), id)
}

func (s authenticators) Use(ctx context.Context, a storage.Authenticator, read []byte) error {
	return write(ctx, s.c, storage.ErrStale,
		`UPDATE authenticator SET secret = $1, counter = $2, used_at = $3 WHERE id = $4 AND secret = $5`, a.Secret, a.Counter, micros(a.UsedAt), a.ID, read)
}

func (s authenticators) Spend(ctx context.Context, personID string, handle []byte) error {
	return write(ctx, s.c, storage.ErrUsed,
		`DELETE FROM authenticator WHERE person_id = $1 AND kind = 'recovery' AND handle = $2`, personID, handle)
}

func (s authenticators) Rename(ctx context.Context, personID, id string, name []byte) error {
	return write(ctx, s.c, storage.ErrNotFound, `UPDATE authenticator SET name = $1 WHERE person_id = $2 AND id = $3`, name, personID, id)
}

func (s authenticators) Remove(ctx context.Context, personID, id string) error {
	return write(ctx, s.c, storage.ErrNotFound, `DELETE FROM authenticator WHERE person_id = $1 AND id = $2`, personID, id)
}

func (s authenticators) RemoveKind(ctx context.Context, personID string, kind storage.AuthenticatorKind) (int64, error) {
	return s.c.Do(ctx, `DELETE FROM authenticator WHERE person_id = $1 AND kind = $2`, []any{personID, string(kind)}, nil)
}
