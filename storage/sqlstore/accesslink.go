package sqlstore

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type accessLinks struct{ c Conn }

var _ storage.AccessLinks = accessLinks{}

const accessLinkColumns = `hash, person_id, purpose, password_version, created_at, expires_at`

func scanAccessLink(l *storage.AccessLink) func(Row) error {
	return func(r Row) error {
		var purpose string
		var created, expires int64
		err := r.Scan(&l.Hash, &l.PersonID, &purpose, &l.PasswordVersion, &created, &expires)
		l.Purpose, l.CreatedAt, l.ExpiresAt = storage.LinkPurpose(purpose), moment(created), moment(expires)
		return err
	}
}

func (s accessLinks) Put(ctx context.Context, l storage.AccessLink) error {
	_, err := s.c.Do(ctx,
		`INSERT INTO access_link (`+accessLinkColumns+`) VALUES ($1, $2, $3, $4, $5, $6)
		 ON CONFLICT (person_id, purpose) DO UPDATE SET hash = excluded.hash, password_version = excluded.password_version,
		   created_at = excluded.created_at, expires_at = excluded.expires_at`,
		[]any{l.Hash, l.PersonID, string(l.Purpose), l.PasswordVersion, micros(l.CreatedAt), micros(l.ExpiresAt)}, nil)
	return err
}

func (s accessLinks) Get(ctx context.Context, hash []byte, purpose storage.LinkPurpose, at time.Time) (l storage.AccessLink, err error) {
	err = one(ctx, s.c, `SELECT `+accessLinkColumns+` FROM access_link WHERE hash = $1 AND purpose = $2 AND expires_at > $3`,
		[]any{hash, string(purpose), micros(at)}, scanAccessLink(&l))
	return l, err
}

func (s accessLinks) Take(ctx context.Context, hash []byte, purpose storage.LinkPurpose, at time.Time) (l storage.AccessLink, err error) {
	err = one(ctx, s.c, `DELETE FROM access_link WHERE hash = $1 AND purpose = $2 AND expires_at > $3 RETURNING `+accessLinkColumns,
		[]any{hash, string(purpose), micros(at)}, scanAccessLink(&l))
	return l, err
}

func (s accessLinks) Drop(ctx context.Context, personID string) error {
	_, err := s.c.Do(ctx, `DELETE FROM access_link WHERE person_id = $1`, []any{personID}, nil)
	return err
}

func (s accessLinks) Purge(ctx context.Context, before time.Time, limit int) (int64, error) {
	return s.c.Do(ctx,
		`DELETE FROM access_link WHERE hash IN (SELECT hash FROM access_link WHERE expires_at < $1 LIMIT $2)`,
		[]any{micros(before), int64(limit)}, nil)
}
