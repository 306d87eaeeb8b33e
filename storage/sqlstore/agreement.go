package sqlstore

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type agreements struct{ c Conn }

var _ storage.Agreements = agreements{}

func (s agreements) Publish(ctx context.Context, a storage.Agreement) error {
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO agreement (audience, version, language, body, hash, effective_at, grace, published_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		a.Audience, a.Version, a.Language, a.Text, a.Hash, micros(a.EffectiveAt), a.Grace.Microseconds(), micros(a.PublishedAt))
}

func (s agreements) Published(ctx context.Context) ([]storage.Agreement, error) {
	var all []storage.Agreement
	_, err := s.c.Do(ctx,
		`SELECT audience, version, language, hash, effective_at, grace, published_at
		 FROM agreement ORDER BY audience, effective_at, version, language`, nil,
		func(r Row) error {
			var a storage.Agreement
			var effective, grace, published int64
			err := r.Scan(&a.Audience, &a.Version, &a.Language, &a.Hash, &effective, &grace, &published)
			a.EffectiveAt, a.Grace, a.PublishedAt = moment(effective), time.Duration(grace)*time.Microsecond, moment(published)
			all = append(all, a)
			return err
		})
	return all, err
}

func (s agreements) Get(ctx context.Context, audience, version, language string) (storage.Agreement, error) {
	a := storage.Agreement{Audience: audience, Version: version, Language: language}
	err := find(ctx, s.c,
		`SELECT body, hash, effective_at, grace, published_at FROM agreement WHERE audience = $1 AND version = $2 AND language = $3`,
		[]any{audience, version, language}, func(r Row) error {
			var effective, grace, published int64
			err := r.Scan(&a.Text, &a.Hash, &effective, &grace, &published)
			a.EffectiveAt, a.Grace, a.PublishedAt = moment(effective), time.Duration(grace)*time.Microsecond, moment(published)
			return err
		})
	if err != nil {
		return storage.Agreement{}, err
	}
	return a, nil
}

const acceptanceColumns = `id, person_id, audience, version, language, hash, interaction_id, session_id, accepted_at, withdrawn_at`

func scanAcceptance(r Row) (a storage.Acceptance, err error) {
	var accepted, withdrawn int64
	err = r.Scan(&a.ID, &a.PersonID, &a.Audience, &a.Version, &a.Language, &a.Hash, &a.InteractionID, &a.SessionID, &accepted, &withdrawn)
	a.AcceptedAt, a.WithdrawnAt = moment(accepted), moment(withdrawn)
	return a, err
}

func (s agreements) Accept(ctx context.Context, a storage.Acceptance) error {
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO acceptance (`+acceptanceColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
		a.ID, a.PersonID, a.Audience, a.Version, a.Language, a.Hash, a.InteractionID, a.SessionID, micros(a.AcceptedAt), micros(a.WithdrawnAt))
}

func (s agreements) Accepted(ctx context.Context, personID string) ([]storage.Acceptance, error) {
	var all []storage.Acceptance
	_, err := s.c.Do(ctx, `SELECT `+acceptanceColumns+` FROM acceptance WHERE person_id = $1 ORDER BY accepted_at, id`, []any{personID},
		func(r Row) error {
			a, err := scanAcceptance(r)
			all = append(all, a)
			return err
		})
	return all, err
}

func (s agreements) Acceptance(ctx context.Context, personID, id string) (a storage.Acceptance, err error) {
	err = find(ctx, s.c, `SELECT `+acceptanceColumns+` FROM acceptance WHERE id = $1 AND person_id = $2`, []any{id, personID},
		func(r Row) (err error) {
			a, err = scanAcceptance(r)
			return err
		})
	return a, err
}

func (s agreements) Withdraw(ctx context.Context, personID string, at time.Time) (int64, error) {
	return s.c.Do(ctx, `UPDATE acceptance SET withdrawn_at = $1 WHERE person_id = $2 AND withdrawn_at = 0`, []any{micros(at), personID}, nil)
}

func (s agreements) Unaccepted(ctx context.Context, audience, version, after string, look, limit int) ([]storage.Person, string, error) {
	last, end := "", "~" // after every id
	if _, err := s.c.Do(ctx, `SELECT id FROM person WHERE id > $1 AND state <> 'closed' ORDER BY id LIMIT 1 OFFSET $2`,
		[]any{after, int64(look - 1)}, func(r Row) error { return r.Scan(&last) }); err != nil {
		return nil, "", err
	}
	if last != "" {
		end = last
	}
	var all []storage.Person
	// With a limit it is asked for each person by the index; NOT EXISTS becomes a join, for
	// which PostgreSQL may read all acceptances.
	_, err := s.c.Do(ctx,
		`SELECT `+personColumns+` FROM person
		 WHERE id > $1 AND id <= $2 AND state <> 'closed' AND (
		     SELECT 1 FROM acceptance
		     WHERE acceptance.person_id = person.id AND acceptance.audience = $3 AND acceptance.version = $4 AND acceptance.withdrawn_at = 0
		     LIMIT 1) IS NULL
		 ORDER BY id LIMIT $5`,
		[]any{after, end, audience, version, int64(limit)},
		func(r Row) error {
			var p storage.Person
			err := scanPerson(&p)(r)
			all = append(all, p)
			return err
		})
	if len(all) == limit {
		last = all[limit-1].ID
	}
	return all, last, err
}
