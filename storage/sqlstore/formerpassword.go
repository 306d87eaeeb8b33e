package sqlstore

import (
	"context"

	"github.com/claviger-id/claviger/storage"
)

type formerPasswords struct{ c Conn }

var _ storage.FormerPasswords = formerPasswords{}

func (s formerPasswords) Add(ctx context.Context, f storage.FormerPassword, keep int) error {
	if err := write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO former_password (person_id, version, verifier, scheme, set_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		f.PersonID, f.Version, f.Verifier, f.Scheme, micros(f.SetAt)); err != nil {
		return err
	}
	return s.c.Later(ctx,
		`DELETE FROM former_password WHERE person_id = $1 AND version NOT IN
		   (SELECT version FROM former_password WHERE person_id = $1 ORDER BY version DESC LIMIT $2)`,
		f.PersonID, int64(keep))
}

func (s formerPasswords) List(ctx context.Context, personID string) ([]storage.FormerPassword, error) {
	var all []storage.FormerPassword
	_, err := s.c.Do(ctx,
		`SELECT person_id, version, verifier, scheme, set_at FROM former_password WHERE person_id = $1 ORDER BY version DESC`,
		[]any{personID}, func(r Row) error {
			var f storage.FormerPassword
			var set int64
			err := r.Scan(&f.PersonID, &f.Version, &f.Verifier, &f.Scheme, &set)
			f.SetAt = moment(set)
			all = append(all, f)
			return err
		})
	return all, err
}

func (s formerPasswords) Clear(ctx context.Context, personID string) error {
	return s.c.Later(ctx, `DELETE FROM former_password WHERE person_id = $1`, personID)
}
