package sqlstore

import (
	"context"
	"slices"
	"strings"

	"github.com/claviger-id/claviger/storage"
)

type people struct{ c Conn }

var _ storage.People = people{}

const personColumns = `id, subject, user_id_index, npi_index, email_index, state, profile, created_at, updated_at, version`

func scanPerson(p *storage.Person) func(Row) error {
	return func(r Row) error {
		var created, updated int64
		err := r.Scan(&p.ID, &p.Subject, &p.UserIDIndex, &p.NPIIndex, &p.EmailIndex, (*string)(&p.State), &p.Profile, &created, &updated, &p.Version)
		p.CreatedAt, p.UpdatedAt = moment(created), moment(updated)
		return err
	}
}

func (s people) Insert(ctx context.Context, p storage.Person) error {
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO person (`+personColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1) ON CONFLICT DO NOTHING`,
		p.ID, p.Subject, p.UserIDIndex, p.NPIIndex, p.EmailIndex, string(p.State), p.Profile, micros(p.CreatedAt), micros(p.UpdatedAt))
}

func (s people) by(ctx context.Context, where string, arg any) (storage.Person, error) {
	var p storage.Person
	err := find(ctx, s.c, `SELECT `+personColumns+` FROM person WHERE `+where, []any{arg}, scanPerson(&p))
	return p, err
}

func (s people) Get(ctx context.Context, id string) (storage.Person, error) {
	return s.by(ctx, `id = $1`, id)
}

func (s people) BySubject(ctx context.Context, subject string) (storage.Person, error) {
	return s.by(ctx, `subject = $1`, subject)
}

func (s people) ByUserID(ctx context.Context, index []byte) (storage.Person, error) {
	return s.by(ctx, `user_id_index = $1`, index)
}

func (s people) ByNPI(ctx context.Context, index []byte) (storage.Person, error) {
	return s.by(ctx, `npi_index = $1`, index)
}

func (s people) ByEmail(ctx context.Context, index []byte, limit int) ([]storage.Person, error) {
	var all []storage.Person
	_, err := s.c.Do(ctx, `SELECT `+personColumns+` FROM person WHERE email_index = $1 LIMIT $2`, []any{index, int64(limit)}, func(r Row) error {
		var p storage.Person
		err := scanPerson(&p)(r)
		all = append(all, p)
		return err
	})
	slices.SortFunc(all, func(a, b storage.Person) int { return strings.Compare(a.ID, b.ID) })
	return all, err
}

func (s people) Update(ctx context.Context, p storage.Person) error {
	return write(ctx, s.c, storage.ErrStale,
		`UPDATE person SET state = $1, profile = $2, npi_index = $3, email_index = $4, updated_at = $5, version = version + 1 WHERE id = $6 AND version = $7`,
		string(p.State), p.Profile, p.NPIIndex, p.EmailIndex, micros(p.UpdatedAt), p.ID, p.Version)
}

func (s people) NextOrdinal(ctx context.Context, stem []byte) (int64, error) {
	var n int64
	err := one(ctx, s.c,
		`INSERT INTO user_id_stem (stem, ordinal) VALUES ($1, 1) ON CONFLICT (stem) DO UPDATE SET ordinal = user_id_stem.ordinal + 1 RETURNING ordinal`,
		[]any{stem}, func(r Row) error { return r.Scan(&n) })
	return n, err
}

func (s people) List(ctx context.Context, after string, state storage.PersonState, limit int) ([]storage.Person, error) {
	sql, args := `SELECT `+personColumns+` FROM person WHERE id > $1 ORDER BY id LIMIT $2`, []any{after, int64(limit)}
	if state != "" {
		sql, args = `SELECT `+personColumns+` FROM person WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3`, []any{string(state), after, int64(limit)}
	}
	var all []storage.Person
	_, err := s.c.Do(ctx, sql, args, func(r Row) error {
		var p storage.Person
		err := scanPerson(&p)(r)
		all = append(all, p)
		return err
	})
	return all, err
}

func (s people) Count(ctx context.Context) (map[storage.PersonState]int64, error) {
	counts := map[storage.PersonState]int64{}
	_, err := s.c.Do(ctx, `SELECT state, count(*) FROM person GROUP BY state`, nil, func(r Row) error {
		var state string
		var n int64
		err := r.Scan(&state, &n)
		counts[storage.PersonState(state)] = n
		return err
	})
	return counts, err
}
