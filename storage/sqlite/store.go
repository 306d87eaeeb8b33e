package sqlite

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlstore"
)

// Options says how the durable store is opened.
type Options struct {
	Path string
	// Key is the 32-byte key of the file.
	Key []byte
	Now func() time.Time
	Log *slog.Logger
	// Migrate takes pending steps of the schema on opening. Without it, a
	// schema that is behind is ErrTooOld.
	Migrate bool
}

// Store is the durable store in one file.
type Store struct {
	file *File
	now  func() time.Time
}

var _ storage.Store = (*Store)(nil)

// Open opens the store. ErrInUse, ErrWrongKey, ErrTooNew and ErrTooOld say why
// it cannot be; then nothing was changed.
func Open(ctx context.Context, o Options) (*Store, error) {
	f, err := OpenFile(ctx, FileOptions{Path: o.Path, Key: o.Key})
	if err != nil {
		return nil, err
	}
	s := &Store{file: f, now: o.Now}
	if err := s.checkSchema(ctx, o); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return s, nil
}

func (s *Store) checkSchema(ctx context.Context, o Options) error {
	pending, err := s.Pending(ctx)
	switch {
	case err != nil:
		return err
	case len(pending) > 0 && !o.Migrate:
		return storage.ErrTooOld
	}
	for _, m := range pending {
		if err := s.migrate(ctx, m); err != nil {
			return err
		}
		o.Log.LogAttrs(ctx, slog.LevelInfo, "schema migrated", slog.Int64("number", m.Number), slog.String("name", m.Name))
	}
	return nil
}

// Pending returns the steps of the schema that the file has not had.
func (s *Store) Pending(ctx context.Context) ([]sqlstore.Migration, error) {
	all, err := sqlstore.Migrations("BLOB")
	if err != nil {
		return nil, err
	}
	var version, tables int64
	err = s.file.Read(ctx, func(tx *Tx) error {
		if _, err := tx.Do(ctx, `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'`, nil,
			func(r sqlstore.Row) error { return r.Scan(&tables) }); err != nil || tables == 0 {
			return err
		}
		_, err := tx.Do(ctx, sqlstore.VersionQuery, nil, func(r sqlstore.Row) error { return r.Scan(&version) })
		return err
	})
	if err != nil {
		return nil, err
	}
	return sqlstore.Pending(all, version)
}

// migrate takes one step in one transaction.
func (s *Store) migrate(ctx context.Context, m sqlstore.Migration) error {
	return s.file.Write(ctx, func(tx *Tx) error {
		for _, sql := range []string{sqlstore.VersionTable, m.SQL} {
			if err := tx.Script(sql); err != nil {
				return err
			}
		}
		return sqlstore.Mark(ctx, s.tx(tx), m)
	})
}

func (s *Store) tx(tx *Tx) *sqlstore.Tx {
	return &sqlstore.Tx{Conn: tx, Time: s.now().UTC().Truncate(time.Microsecond)}
}

// Tx runs fn in a read-write transaction.
func (s *Store) Tx(ctx context.Context, fn func(storage.Tx) error) error {
	return s.file.Write(ctx, func(tx *Tx) error { return fn(s.tx(tx)) })
}

// View runs fn against one snapshot.
func (s *Store) View(ctx context.Context, fn func(storage.Tx) error) error {
	return s.file.Read(ctx, func(tx *Tx) error { return fn(s.tx(tx)) })
}

// Ping reads from the file.
func (s *Store) Ping(ctx context.Context) error {
	return s.file.Read(ctx, func(tx *Tx) error {
		_, err := tx.Do(ctx, `SELECT 1`, nil, func(sqlstore.Row) error { return nil })
		return err
	})
}

// Close closes the file.
func (s *Store) Close() error { return s.file.Close() }
