package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlstore"
)

func (s *Store) checkSchema(ctx context.Context, o Options) error {
	pending, err := s.Pending(ctx)
	switch {
	case err != nil || len(pending) == 0:
		return err
	case o.Migrate:
		return s.migrateUnasked(ctx)
	case !o.Unmigrated:
		return storage.ErrTooOld
	}
	return nil
}

// migrateUnasked is Migrate where nobody asked for it, as at the start of a server: what
// takes long is ErrLong.
func (s *Store) migrateUnasked(ctx context.Context) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return classify(err)
	}
	is, err := long(ctx, conn.Conn())
	conn.Release()
	switch {
	case err != nil:
		return err
	case is:
		return storage.ErrLong
	}
	return s.Migrate(ctx)
}

// Pending returns the steps of the schema that the database has not had.
func (s *Store) Pending(ctx context.Context) ([]sqlstore.Migration, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, classify(err)
	}
	defer conn.Release()
	return pending(ctx, conn.Conn())
}

func pending(ctx context.Context, conn *pgx.Conn) ([]sqlstore.Migration, error) {
	all, err := sqlstore.Migrations("BYTEA")
	if err != nil {
		return nil, err
	}
	var table *string
	if err := conn.QueryRow(ctx, `SELECT to_regclass('schema_version')::text`).Scan(&table); err != nil {
		return nil, classify(err)
	}
	var version int64
	if table != nil {
		if err := conn.QueryRow(ctx, sqlstore.VersionQuery).Scan(&version); err != nil {
			return nil, classify(err)
		}
	}
	return sqlstore.Pending(all, version)
}

// migrationLock is the advisory lock that one migrating process holds.
const migrationLock int64 = 0x636c6176 // "clav"

// A step that has to wait for a table gives up after stepLock, because all who come after
// it wait behind it, and is tried again after stepPause, stepTries times.
const (
	stepLock  = 2 * time.Second
	stepPause = time.Second
	stepTries = 200
)

// Migrate takes all pending steps, each in its own transaction. Of several
// processes that begin together one does it; the others wait and find nothing
// to do.
func (s *Store) Migrate(ctx context.Context) error {
	pooled, err := s.pool.Acquire(ctx)
	if err != nil {
		return classify(err)
	}
	// The connection gets settings that are not the pool's, and is not given
	// back. Its end releases the lock as well.
	conn := pooled.Hijack()
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTime)
		defer cancel()
		_ = conn.Close(closing) // the steps are committed or not, whatever it says
	}()
	// Who waits for the other processes, and a step, may take longer than a request.
	for _, sql := range []string{`SET statement_timeout = 0`, `SET lock_timeout = 0`} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return classify(err)
		}
	}
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, migrationLock); err != nil {
		return classify(err)
	}
	if _, err := conn.Exec(ctx, fmt.Sprintf(`SET lock_timeout = %d`, stepLock.Milliseconds())); err != nil {
		return classify(err)
	}
	steps, err := pending(ctx, conn)
	if err != nil {
		return err
	}
	for i, m := range steps {
		last := i == len(steps)-1
		if last {
			// One table after the other, so that no other one is out of reach meanwhile.
			if err := s.patiently(ctx, func() error { return byteOrder(ctx, conn) }); err != nil {
				return err
			}
		}
		if err := s.patiently(ctx, func() error { return s.step(ctx, conn, m, last) }); err != nil {
			return err
		}
		if !sqlstore.Fresh(steps) {
			s.log.LogAttrs(ctx, slog.LevelInfo, "schema migrated", slog.Int64("number", m.Number), slog.String("name", m.Name))
		}
	}
	if sqlstore.Fresh(steps) {
		s.log.LogAttrs(ctx, slog.LevelInfo, "schema made", slog.Int64("number", steps[len(steps)-1].Number))
	}
	return nil
}

// patiently does something again while a table is in use that it has to have alone.
func (s *Store) patiently(ctx context.Context, do func() error) error {
	for tries := 1; ; tries++ {
		err := do()
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != lockNotAvailable || tries == stepTries {
			return err
		}
		if tries == 1 {
			s.log.LogAttrs(ctx, slog.LevelWarn, "the schema waits for a table that somebody uses, a dump perhaps", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("postgres: %w", ctx.Err())
		case <-time.After(stepPause):
		}
	}
}

// step takes one. The last one puts what it makes in the order of bytes as well.
func (s *Store) step(ctx context.Context, conn *pgx.Conn, m sqlstore.Migration, last bool) error {
	t := &tx{conn: conn, begin: `BEGIN`}
	for _, sql := range []string{sqlstore.VersionTable, m.SQL} {
		if err := t.script(ctx, sql); err != nil {
			t.rollback(ctx)
			return err
		}
	}
	if last {
		if err := byteOrder(ctx, conn); err != nil {
			t.rollback(ctx)
			return err
		}
	}
	if err := sqlstore.Mark(ctx, &sqlstore.Tx{Conn: t, Time: s.now().UTC().Truncate(time.Microsecond)}, m); err != nil {
		t.rollback(ctx)
		return err
	}
	return t.commit(ctx)
}
