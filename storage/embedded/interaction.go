package embedded

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

type interactions struct{ file *sqlite.File }

var _ storage.Interactions = interactions{}

func (s interactions) Create(ctx context.Context, i storage.Interaction) error {
	i.Version = 1
	b, err := encode(i)
	if err != nil {
		return err
	}
	return s.file.Write(ctx, func(tx *sqlite.Tx) error {
		n, err := tx.Do(ctx, `INSERT INTO interaction (id, expires_at, version, record) VALUES ($1, $2, 1, $3) ON CONFLICT DO NOTHING`,
			[]any{i.ID, i.ExpiresAt.UnixMicro(), b}, nil)
		if err == nil && n == 0 {
			return storage.ErrConflict
		}
		return err
	})
}

func getInteraction(ctx context.Context, tx *sqlite.Tx, id string, at time.Time) (storage.Interaction, error) {
	var b []byte
	n, err := tx.Do(ctx, `SELECT record FROM interaction WHERE id = $1 AND expires_at > $2`, []any{id, at.UnixMicro()},
		func(r sqlite.Row) error { return r.Scan(&b) })
	if err != nil {
		return storage.Interaction{}, err
	}
	if n == 0 {
		return storage.Interaction{}, storage.ErrNotFound
	}
	var i storage.Interaction
	return i, decode(b, &i)
}

func (s interactions) Get(ctx context.Context, id string, at time.Time) (i storage.Interaction, err error) {
	err = s.file.Read(ctx, func(tx *sqlite.Tx) error {
		i, err = getInteraction(ctx, tx, id, at)
		return err
	})
	return i, err
}

func (s interactions) Update(ctx context.Context, i storage.Interaction, at time.Time) error {
	return s.file.Write(ctx, func(tx *sqlite.Tx) error {
		now, err := getInteraction(ctx, tx, i.ID, at)
		switch {
		case err != nil:
			return err
		case now.Version != i.Version:
			return storage.ErrStale
		}
		now.State, now.ExpiresAt = i.State, i.ExpiresAt
		now.Version++
		b, err := encode(now)
		if err != nil {
			return err
		}
		_, err = tx.Do(ctx, `UPDATE interaction SET expires_at = $1, version = $2, record = $3 WHERE id = $4`,
			[]any{now.ExpiresAt.UnixMicro(), now.Version, b, now.ID}, nil)
		return err
	})
}

func (s interactions) Take(ctx context.Context, id string, version int64, at time.Time) error {
	return s.file.Write(ctx, func(tx *sqlite.Tx) error {
		now, err := getInteraction(ctx, tx, id, at)
		switch {
		case err != nil:
			return err
		case now.Version != version:
			return storage.ErrStale
		}
		_, err = tx.Do(ctx, `DELETE FROM interaction WHERE id = $1`, []any{id}, nil)
		return err
	})
}
