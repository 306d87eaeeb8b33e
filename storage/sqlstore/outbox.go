package sqlstore

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type outbox struct {
	c          Conn
	skipLocked bool
}

var _ storage.Outbox = outbox{}

const outboxColumns = `id, carrier, lane, kind, person_id, recipient, address, content, state, attempts, last_status, last_answer, created_at, next_at, expires_at, settled_at`

func scanParcels(all *[]storage.Parcel) func(Row) error {
	return func(r Row) error {
		var p storage.Parcel
		var state string
		var created, next, expires, settled int64
		err := r.Scan(&p.ID, &p.Carrier, &p.Lane, &p.Kind, &p.PersonID, &p.Recipient, &p.Address, &p.Content, &state, &p.Attempts,
			&p.LastStatus, &p.LastAnswer, &created, &next, &expires, &settled)
		p.State = storage.ParcelState(state)
		p.CreatedAt, p.NextAt, p.ExpiresAt, p.SettledAt = moment(created), moment(next), moment(expires), moment(settled)
		*all = append(*all, p)
		return err
	}
}

func (s outbox) Insert(ctx context.Context, p storage.Parcel) error {
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO outbox (`+outboxColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT DO NOTHING`,
		p.ID, p.Carrier, p.Lane, p.Kind, p.PersonID, p.Recipient, p.Address, p.Content, string(p.State), p.Attempts,
		p.LastStatus, p.LastAnswer, micros(p.CreatedAt), micros(p.NextAt), micros(p.ExpiresAt), micros(p.SettledAt))
}

// Due goes from one lane to the next by the index, however many parcels wait in one.
func (s outbox) Due(ctx context.Context, at time.Time) ([]string, error) {
	var all []string
	_, err := s.c.Do(ctx,
		`WITH RECURSIVE lane(name) AS (
		   SELECT min(lane) FROM outbox WHERE state = 'pending'
		   UNION ALL
		   SELECT (SELECT min(outbox.lane) FROM outbox WHERE state = 'pending' AND outbox.lane > lane.name) FROM lane WHERE name IS NOT NULL)
		 SELECT name FROM lane
		 WHERE EXISTS (SELECT 1 FROM outbox WHERE state = 'pending' AND outbox.lane = lane.name AND next_at <= $1)`,
		[]any{micros(at)}, func(r Row) error {
			var name string
			err := r.Scan(&name)
			all = append(all, name)
			return err
		})
	return all, err
}

// Claim asks for what is due a second time outside of the selection: who waited
// for another worker's row finds there that it is not due any more. Where workers can
// pass over each other's rows, they do; the selection is made once for that.
func (s outbox) Claim(ctx context.Context, lane string, at, leaseUntil time.Time, limit int) ([]storage.Parcel, error) {
	lock := ""
	if s.skipLocked {
		lock = " FOR UPDATE SKIP LOCKED"
	}
	var claimed []storage.Parcel
	_, err := s.c.Do(ctx,
		`WITH due AS MATERIALIZED (
		   SELECT id FROM outbox WHERE state = 'pending' AND lane = $1 AND next_at <= $2 ORDER BY next_at LIMIT $3`+lock+`)
		 UPDATE outbox SET next_at = $4 WHERE state = 'pending' AND next_at <= $2 AND id IN (SELECT id FROM due)
		 RETURNING `+outboxColumns,
		[]any{lane, micros(at), int64(limit), micros(leaseUntil)}, scanParcels(&claimed))
	return claimed, err
}

func (s outbox) Settle(ctx context.Context, p storage.Parcel) error {
	if p.Content == nil {
		p.Content = []byte{}
	}
	return write(ctx, s.c, storage.ErrStale,
		`UPDATE outbox SET state = $1, content = $2, attempts = $3, last_status = $4, last_answer = $5, next_at = $6, settled_at = $7
		 WHERE id = $8 AND state = 'pending'`,
		string(p.State), p.Content, p.Attempts, p.LastStatus, p.LastAnswer, micros(p.NextAt), micros(p.SettledAt), p.ID)
}

func (s outbox) Get(ctx context.Context, id string) (storage.Parcel, error) {
	var found []storage.Parcel
	if err := one(ctx, s.c, `SELECT `+outboxColumns+` FROM outbox WHERE id = $1`, []any{id}, scanParcels(&found)); err != nil {
		return storage.Parcel{}, err
	}
	return found[0], nil
}

func (s outbox) Bounce(ctx context.Context, id, answer string) error {
	return write(ctx, s.c, storage.ErrStale,
		`UPDATE outbox SET state = 'bounced', last_status = 0, last_answer = $1 WHERE id = $2 AND state = 'sent'`, answer, id)
}

func (s outbox) To(ctx context.Context, recipient []byte, since time.Time) (int64, time.Time, error) {
	var n, newest int64
	_, err := s.c.Do(ctx, `SELECT count(*), coalesce(max(next_at), 0) FROM outbox WHERE recipient = $1 AND created_at >= $2`,
		[]any{recipient, micros(since)}, func(r Row) error { return r.Scan(&n, &newest) })
	return n, moment(newest), err
}

func (s outbox) List(ctx context.Context, of storage.ParcelFilter, before string, limit int) ([]storage.Parcel, error) {
	var all []storage.Parcel
	if before == "" {
		before = "~" // after every id
	}
	var err error
	switch {
	case of.PersonID != "":
		// About one person there are not many: those in a state are looked for among these.
		_, err = s.c.Do(ctx, OnePlan+`SELECT `+outboxColumns+` FROM outbox WHERE (person_id, carrier, id) > ($1, $2, '') AND (person_id, carrier, id) < ($1, $2, $3)
		   AND (state = $4 OR $4 = '') ORDER BY person_id DESC, carrier DESC, id DESC LIMIT $5`,
			[]any{of.PersonID, of.Carrier, before, string(of.State), int64(limit)}, scanParcels(&all))
	case of.State == "":
		_, err = s.c.Do(ctx, OnePlan+`SELECT `+outboxColumns+` FROM outbox WHERE (carrier, id) > ($1, '') AND (carrier, id) < ($1, $2) ORDER BY carrier DESC, id DESC LIMIT $3`,
			[]any{of.Carrier, before, int64(limit)}, scanParcels(&all))
	default:
		_, err = s.c.Do(ctx, OnePlan+`SELECT `+outboxColumns+` FROM outbox WHERE (carrier, state, id) > ($1, $2, '') AND (carrier, state, id) < ($1, $2, $3) ORDER BY carrier DESC, state DESC, id DESC LIMIT $4`,
			[]any{of.Carrier, string(of.State), before, int64(limit)}, scanParcels(&all))
	}
	return all, err
}

func (s outbox) Counts(ctx context.Context) (map[string]map[storage.ParcelState]int64, time.Time, error) {
	counts := map[string]map[storage.ParcelState]int64{}
	var oldest int64
	_, err := s.c.Do(ctx, `SELECT carrier, state, count(*), min(created_at) FROM outbox WHERE state <> 'sent' GROUP BY carrier, state`, nil, func(r Row) error {
		var carrier, state string
		var n, first int64
		if err := r.Scan(&carrier, &state, &n, &first); err != nil {
			return err
		}
		if counts[carrier] == nil {
			counts[carrier] = map[storage.ParcelState]int64{}
		}
		counts[carrier][storage.ParcelState(state)] = n
		if storage.ParcelState(state) == storage.ParcelPending && (oldest == 0 || first < oldest) {
			oldest = first
		}
		return nil
	})
	return counts, moment(oldest), err
}

func (s outbox) Purge(ctx context.Context, before time.Time, limit int) (int64, error) {
	return s.c.Do(ctx,
		`DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE settled_at > 0 AND settled_at < $1 LIMIT $2)`,
		[]any{micros(before), int64(limit)}, nil)
}
