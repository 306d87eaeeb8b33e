package sqlstore

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type applications struct{ c Conn }

var _ storage.Applications = applications{}

const applicationColumns = `id, state, source, profile, npi_index, submitted_by, submitted_at, decided_by, decided_at, reason, person_id, version`

func scanApplications(all *[]storage.Application) func(Row) error {
	return func(r Row) error {
		var a storage.Application
		var submitted, decided int64
		err := r.Scan(&a.ID, (*string)(&a.State), &a.Source, &a.Profile, &a.NPIIndex, &a.SubmittedBy, &submitted,
			&a.DecidedBy, &decided, &a.Reason, &a.PersonID, &a.Version)
		a.SubmittedAt, a.DecidedAt = moment(submitted), moment(decided)
		*all = append(*all, a)
		return err
	}
}

func (s applications) Insert(ctx context.Context, a storage.Application) error {
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO application (`+applicationColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1) ON CONFLICT DO NOTHING`,
		a.ID, string(a.State), a.Source, a.Profile, a.NPIIndex, a.SubmittedBy, micros(a.SubmittedAt), a.DecidedBy, micros(a.DecidedAt), a.Reason, a.PersonID)
}

func (s applications) Get(ctx context.Context, id string) (storage.Application, error) {
	var found []storage.Application
	if err := find(ctx, s.c, `SELECT `+applicationColumns+` FROM application WHERE id = $1`, []any{id}, scanApplications(&found)); err != nil {
		return storage.Application{}, err
	}
	return found[0], nil
}

func (s applications) Decide(ctx context.Context, a storage.Application) error {
	return write(ctx, s.c, storage.ErrStale,
		`UPDATE application SET state = $1, decided_by = $2, decided_at = $3, reason = $4, person_id = $5, version = version + 1
		 WHERE id = $6 AND version = $7 AND state = 'submitted'`,
		string(a.State), a.DecidedBy, micros(a.DecidedAt), a.Reason, a.PersonID, a.ID, a.Version)
}

func (s applications) List(ctx context.Context, state storage.ApplicationState, after storage.Application, limit int) ([]storage.Application, error) {
	var all []storage.Application
	_, err := s.c.Do(ctx,
		`SELECT `+applicationColumns+` FROM application WHERE state = $1 AND (submitted_at, id) > ($2, $3) ORDER BY submitted_at, id LIMIT $4`,
		[]any{string(state), micros(after.SubmittedAt), after.ID, int64(limit)}, scanApplications(&all))
	return all, err
}

func (s applications) Waiting(ctx context.Context) (int64, time.Time, error) {
	var n, oldest int64
	_, err := s.c.Do(ctx, `SELECT count(*), coalesce(min(submitted_at), 0) FROM application WHERE state = 'submitted'`, nil,
		func(r Row) error { return r.Scan(&n, &oldest) })
	return n, moment(oldest), err
}

func (s applications) WaitingOf(ctx context.Context, submittedBy string) (int64, error) {
	var n int64
	err := one(ctx, s.c, `SELECT count(*) FROM application WHERE state = 'submitted' AND submitted_by = $1`, []any{submittedBy},
		func(r Row) error { return r.Scan(&n) })
	return n, err
}

func (s applications) Purge(ctx context.Context, before time.Time, limit int) (int64, error) {
	return s.c.Do(ctx,
		`DELETE FROM application WHERE id IN (SELECT id FROM application WHERE state = 'rejected' AND decided_at < $1 LIMIT $2)`,
		[]any{micros(before), int64(limit)}, nil)
}
