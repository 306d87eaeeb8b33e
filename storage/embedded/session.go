package embedded

import (
	"context"
	"errors"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

type sessions struct{ file *sqlite.File }

var _ storage.Sessions = sessions{}

// end is the earlier of a session's two deadlines: what the columns deadline
// and, until a claim leases it, due hold.
func end(s storage.Session) int64 {
	if s.AbsoluteDeadline.Before(s.Deadline) {
		return s.AbsoluteDeadline.UnixMicro()
	}
	return s.Deadline.UnixMicro()
}

func (s sessions) Create(ctx context.Context, record storage.Session) error {
	b, err := encode(record)
	if err != nil {
		return err
	}
	return s.file.Write(ctx, func(tx *sqlite.Tx) error {
		n, err := tx.Do(ctx, `INSERT INTO session (id, person_id, created_at, deadline, due, record) VALUES ($1, $2, $3, $4, $4, $5) ON CONFLICT DO NOTHING`,
			[]any{record.ID, record.PersonID, record.CreatedAt.UnixMicro(), end(record), b}, nil)
		switch {
		case err != nil:
			return err
		case n == 0:
			return storage.ErrConflict
		}
		return joined(ctx, tx, record, record.Clients)
	})
}

func getSession(ctx context.Context, tx *sqlite.Tx, id string, at time.Time) (storage.Session, error) {
	found, err := querySessions(ctx, tx, `SELECT record FROM session WHERE id = $1 AND deadline > $2`, id, at.UnixMicro())
	if err != nil {
		return storage.Session{}, err
	}
	if len(found) == 0 {
		return storage.Session{}, storage.ErrNotFound
	}
	return found[0], nil
}

func querySessions(ctx context.Context, tx *sqlite.Tx, sql string, args ...any) ([]storage.Session, error) {
	var found []storage.Session
	_, err := tx.Do(ctx, sql, args, func(r sqlite.Row) error {
		var b []byte
		if err := r.Scan(&b); err != nil {
			return err
		}
		var one storage.Session
		if err := decode(b, &one); err != nil {
			return err
		}
		found = append(found, one)
		return nil
	})
	return found, err
}

func (s sessions) Get(ctx context.Context, id string, at time.Time) (found storage.Session, err error) {
	err = s.file.Read(ctx, func(tx *sqlite.Tx) error {
		found, err = getSession(ctx, tx, id, at)
		return err
	})
	return found, err
}

func (s sessions) Find(ctx context.Context, ids ...string) (found []storage.Session, err error) {
	err = s.file.Read(ctx, func(tx *sqlite.Tx) error {
		for _, id := range ids {
			one, err := querySessions(ctx, tx, `SELECT record FROM session WHERE id = $1`, id)
			if err != nil {
				return err
			}
			found = append(found, one...)
		}
		return nil
	})
	return found, err
}

func (s sessions) Act(ctx context.Context, a storage.Activity) (after storage.Session, err error) {
	run := s.file.Write
	if a.Looks() {
		run = s.file.Read // looking waits for no writer
	}
	err = run(ctx, func(tx *sqlite.Tx) error {
		ended, err := marked(ctx, tx, a.At, a.Unless)
		if err == nil && ended {
			err = storage.ErrEnded
		}
		if err != nil {
			return err
		}
		after, err = act(ctx, tx, a)
		return err
	})
	return after, err
}

// act applies the activity within a transaction.
func act(ctx context.Context, tx *sqlite.Tx, a storage.Activity) (storage.Session, error) {
	record, err := getSession(ctx, tx, a.SessionID, a.At)
	if err == nil && !record.Suits(a) {
		return storage.Session{}, storage.ErrEnded
	}
	before := len(record.Clients)
	if err != nil || !record.Apply(a) {
		return record, err
	}
	b, err := encode(record)
	if err != nil {
		return storage.Session{}, err
	}
	if _, err := tx.Do(ctx, `UPDATE session SET deadline = $1, due = $1, record = $2 WHERE id = $3`, []any{end(record), b, record.ID}, nil); err != nil {
		return storage.Session{}, err
	}
	return record, joined(ctx, tx, record, record.Clients[before:])
}

func (s sessions) Stop(ctx context.Context, at time.Time, lease time.Duration, e storage.Ending, ids ...string) (stopped []storage.Session, err error) {
	err = s.file.Write(ctx, func(tx *sqlite.Tx) error {
		stopped = nil
		for _, id := range ids {
			found, err := querySessions(ctx, tx, `SELECT record FROM session WHERE id = $1`, id)
			if err != nil {
				return err
			}
			for _, record := range found {
				record.Stop(e, at)
				if err := put(ctx, tx, record, at.Add(lease)); err != nil {
					return err
				}
				stopped = append(stopped, record)
			}
		}
		return nil
	})
	return stopped, err
}

// put writes a session that is dead and becomes due at a moment.
func put(ctx context.Context, tx *sqlite.Tx, record storage.Session, due time.Time) error {
	b, err := encode(record)
	if err != nil {
		return err
	}
	_, err = tx.Do(ctx, `UPDATE session SET deadline = $1, due = $2, record = $3 WHERE id = $4`, []any{end(record), due.UnixMicro(), b, record.ID}, nil)
	return err
}

func (s sessions) Remove(ctx context.Context, ids ...string) (removed int, err error) {
	err = s.file.Write(ctx, func(tx *sqlite.Tx) error {
		removed = 0
		for _, id := range ids {
			gone, err := querySessions(ctx, tx, `DELETE FROM session WHERE id = $1 RETURNING record`, id)
			if err != nil {
				return err
			}
			for _, record := range gone {
				if err := left(ctx, tx, record); err != nil {
					return err
				}
				removed++
			}
		}
		return nil
	})
	return removed, err
}

func (s sessions) ByPeople(ctx context.Context, at time.Time, personIDs ...string) (found []storage.Session, err error) {
	err = s.file.Read(ctx, func(tx *sqlite.Tx) error {
		found = nil
		for _, id := range personIDs {
			some, err := querySessions(ctx, tx, `SELECT record FROM session WHERE person_id = $1 AND deadline > $2 ORDER BY id`, id, at.UnixMicro())
			if err != nil {
				return err
			}
			found = append(found, some...)
		}
		return nil
	})
	return found, err
}

var errNothingDue = errors.New("embedded: nothing is due")

func (s sessions) ClaimExpired(ctx context.Context, at time.Time, lease time.Duration, limit int) (claimed []storage.Session, err error) {
	// Looking costs no write transaction, and mostly there is nothing.
	err = s.file.Read(ctx, func(tx *sqlite.Tx) error {
		n, err := tx.Do(ctx, `SELECT 1 FROM session WHERE due <= $1 LIMIT 1`, []any{at.UnixMicro()}, nil)
		if err == nil && n == 0 {
			return errNothingDue
		}
		return err
	})
	if err != nil {
		if errors.Is(err, errNothingDue) {
			return nil, nil
		}
		return nil, err
	}
	err = s.file.Write(ctx, func(tx *sqlite.Tx) (err error) {
		claimed, err = querySessions(ctx, tx, `SELECT record FROM session WHERE due <= $1 ORDER BY due LIMIT $2`, at.UnixMicro(), int64(limit))
		if err != nil {
			return err
		}
		for _, record := range claimed {
			record.Expire()
			if err := put(ctx, tx, record, at.Add(lease)); err != nil {
				return err
			}
		}
		return nil
	})
	return claimed, err
}

func (s sessions) Count(ctx context.Context) (n int64, err error) {
	err = s.file.Read(ctx, func(tx *sqlite.Tx) error {
		_, err := tx.Do(ctx, `SELECT count(*) FROM session`, nil, func(r sqlite.Row) error { return r.Scan(&n) })
		return err
	})
	return n, err
}
