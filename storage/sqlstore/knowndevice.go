package sqlstore

import (
	"context"

	"github.com/claviger-id/claviger/storage"
)

type knownDevices struct{ c Conn }

var _ storage.KnownDevices = knownDevices{}

func (s knownDevices) Know(ctx context.Context, d storage.KnownDevice, most int) error {
	if err := s.c.Later(ctx,
		`INSERT INTO known_device (person_id, hash, failures, known_at, used_at) VALUES ($1, $2, 0, $3, $4)
		 ON CONFLICT (person_id, hash) DO UPDATE SET failures = 0, used_at = excluded.used_at`,
		d.PersonID, d.Hash, micros(d.KnownAt), micros(d.UsedAt)); err != nil {
		return err
	}
	return s.c.Later(ctx,
		`DELETE FROM known_device WHERE person_id = $1 AND hash NOT IN
		   (SELECT hash FROM known_device WHERE person_id = $1 ORDER BY used_at DESC LIMIT $2)`,
		d.PersonID, int64(most))
}

func (s knownDevices) Get(ctx context.Context, hash []byte, personID string) (storage.KnownDevice, error) {
	var d storage.KnownDevice
	err := find(ctx, s.c,
		`SELECT hash, person_id, failures, known_at, used_at FROM known_device WHERE person_id = $1 AND hash = $2`,
		[]any{personID, hash}, func(r Row) error {
			var known, used int64
			err := r.Scan(&d.Hash, &d.PersonID, &d.Failures, &known, &used)
			d.KnownAt, d.UsedAt = moment(known), moment(used)
			return err
		})
	return d, err
}

func (s knownDevices) Known(ctx context.Context, hash []byte) (bool, error) {
	n, err := s.c.Do(ctx, `SELECT 1 FROM known_device WHERE hash = $1 LIMIT 1`, []any{hash}, nil)
	return n > 0, err
}

func (s knownDevices) Reserve(ctx context.Context, hash []byte, personID string, failures int64) (bool, error) {
	n, err := s.c.Do(ctx,
		`UPDATE known_device SET failures = failures + 1 WHERE person_id = $1 AND hash = $2 AND failures < $3`,
		[]any{personID, hash, failures}, nil)
	return n > 0, err
}

func (s knownDevices) Return(ctx context.Context, hash []byte, personID string) error {
	return s.c.Later(ctx,
		`UPDATE known_device SET failures = failures - 1 WHERE person_id = $1 AND hash = $2 AND failures > 0`, personID, hash)
}

func (s knownDevices) Forget(ctx context.Context, personID string) error {
	return s.c.Later(ctx, `DELETE FROM known_device WHERE person_id = $1`, personID)
}
