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
	// Migrate takes pending steps of the schema on opening.
	Migrate bool
	// Unmigrated opens a schema that is behind without taking its pending
	// steps. Pending and Migrate are then all that may be used. With neither
	// of the two, a schema that is behind is ErrTooOld.
	Unmigrated bool
	// Socket is that of FileOptions. The schema of a file that another process
	// has is left to it: one that is behind is ErrTooOld.
	Socket string
}

// Store is the durable store in one file.
type Store struct {
	file *File
	now  func() time.Time
	log  *slog.Logger
}

var _ storage.Store = (*Store)(nil)

// Open opens the store. ErrInUse, ErrWrongKey, ErrTooNew and ErrTooOld say why
// it cannot be; then nothing was changed.
func Open(ctx context.Context, o Options) (*Store, error) {
	f, err := OpenFile(ctx, FileOptions{Path: o.Path, Key: o.Key, Socket: o.Socket})
	if err != nil {
		return nil, err
	}
	s := &Store{file: f, now: o.Now, log: o.Log}
	if err := s.checkSchema(ctx, o); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return s, nil
}

func (s *Store) checkSchema(ctx context.Context, o Options) error {
	if o.Migrate && !s.file.Attached() {
		return s.Migrate(ctx)
	}
	pending, err := s.Pending(ctx)
	if err == nil && len(pending) > 0 && !o.Unmigrated {
		return storage.ErrTooOld
	}
	return err
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
			func(r Row) error { return r.Scan(&tables) }); err != nil || tables == 0 {
			return err
		}
		_, err := tx.Do(ctx, sqlstore.VersionQuery, nil, func(r Row) error { return r.Scan(&version) })
		return err
	})
	if err != nil {
		return nil, err
	}
	return sqlstore.Pending(all, version)
}

// Migrate takes all pending steps, each in its own transaction. No other
// process can do so at the same time, because this one has the file.
func (s *Store) Migrate(ctx context.Context) error {
	pending, err := s.Pending(ctx)
	if err != nil {
		return err
	}
	for _, m := range pending {
		err := s.file.Write(ctx, func(tx *Tx) error {
			for _, sql := range []string{sqlstore.VersionTable, m.SQL} {
				if err := tx.Script(sql); err != nil {
					return err
				}
			}
			return sqlstore.Mark(ctx, s.tx(tx), m)
		})
		if err != nil {
			return err
		}
		if !sqlstore.Fresh(pending) {
			s.log.LogAttrs(ctx, slog.LevelInfo, "schema migrated", slog.Int64("number", m.Number), slog.String("name", m.Name))
		}
	}
	if sqlstore.Fresh(pending) {
		s.log.LogAttrs(ctx, slog.LevelInfo, "schema made", slog.Int64("number", pending[len(pending)-1].Number))
	}
	return nil
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
		_, err := tx.Do(ctx, `SELECT count(*) FROM sqlite_schema`, nil, nil)
		return err
	})
}

// File is the file of the store.
func (s *Store) File() *File { return s.file }

// Close closes the file.
func (s *Store) Close() error { return s.file.Close() }
