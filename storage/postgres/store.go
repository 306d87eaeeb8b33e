package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlstore"
)

// Options says how the durable store is opened.
type Options struct {
	// URL is a PostgreSQL connection URL. It may hold a password and is never
	// logged.
	URL string
	Now func() time.Time
	Log *slog.Logger
	// MaxConns bounds the connections; 0 means 10.
	MaxConns int
	// Migrate takes pending steps of the schema on opening. Without it, a
	// schema that is behind is ErrTooOld.
	Migrate bool
	// InsecurePlaintext allows a connection without TLS to a host that is not
	// this machine.
	InsecurePlaintext bool
}

// Store is the durable store on PostgreSQL.
type Store struct {
	pool *pgxpool.Pool
	now  func() time.Time
}

var _ storage.Store = (*Store)(nil)

const (
	connectTime   = 5 * time.Second
	statementTime = "15000" // milliseconds
	lockTime      = "5000"
)

// Open connects. ErrUnavailable when the server does not answer, ErrTooNew and
// ErrTooOld when the schema does not fit.
func Open(ctx context.Context, o Options) (*Store, error) {
	c, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		// pgx's text holds the URL, and with it the password.
		return nil, errors.New("postgres: the connection URL cannot be read")
	}
	if !o.InsecurePlaintext {
		if err := refusePlaintext(c.ConnConfig); err != nil {
			return nil, err
		}
	}
	c.MaxConns = 10
	if o.MaxConns > 0 {
		c.MaxConns = int32(min(o.MaxConns, 1000)) //nolint:gosec // bounded
	}
	c.ConnConfig.ConnectTimeout = connectTime
	for name, value := range map[string]string{
		"application_name": "claviger", "statement_timeout": statementTime, "lock_timeout": lockTime,
		"idle_in_transaction_session_timeout": statementTime,
	} {
		c.ConnConfig.RuntimeParams[name] = value
	}
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, classify(err)
	}
	s := &Store{pool: pool, now: o.Now}
	if err := s.checkSchema(ctx, o); err != nil {
		pool.Close()
		return nil, err
	}
	return s, nil
}

// refusePlaintext fails when any way to reach the server is neither encrypted
// nor on this machine.
func refusePlaintext(c *pgx.ConnConfig) error {
	plain := func(host string, encrypted bool) bool {
		if encrypted || strings.HasPrefix(host, "/") || host == "localhost" {
			return false
		}
		a, err := netip.ParseAddr(host)
		return err != nil || !a.IsLoopback()
	}
	bad := plain(c.Host, c.TLSConfig != nil)
	for _, f := range c.Fallbacks {
		bad = bad || plain(f.Host, f.TLSConfig != nil)
	}
	if bad {
		return fmt.Errorf("postgres: the connection to %s could be unencrypted; add sslmode=verify-full to the URL", c.Host)
	}
	return nil
}

func (s *Store) checkSchema(ctx context.Context, o Options) error {
	pending, err := s.Pending(ctx)
	switch {
	case err != nil:
		return err
	case len(pending) == 0:
		return nil
	case !o.Migrate:
		return storage.ErrTooOld
	}
	return s.migrate(ctx, o.Log)
}

// Pending returns the steps of the schema that the database has not had.
func (s *Store) Pending(ctx context.Context) ([]sqlstore.Migration, error) {
	all, err := sqlstore.Migrations("BYTEA")
	if err != nil {
		return nil, err
	}
	var table *string
	if err := s.pool.QueryRow(ctx, `SELECT to_regclass('schema_version')::text`).Scan(&table); err != nil {
		return nil, classify(err)
	}
	var version int64
	if table != nil {
		if err := s.pool.QueryRow(ctx, sqlstore.VersionQuery).Scan(&version); err != nil {
			return nil, classify(err)
		}
	}
	return sqlstore.Pending(all, version)
}

// migrationLock is the advisory lock that one migrating process holds.
const migrationLock = 0x636c6176 // "clav"

// migrate takes all pending steps, each in its own transaction. Of several
// processes that begin together one does it; the others find nothing to do.
func (s *Store) migrate(ctx context.Context, log *slog.Logger) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return classify(err)
	}
	defer conn.Release()
	// A step may wait for the lock, or work, longer than a request may.
	for _, set := range []string{`SET statement_timeout = 0`, `SET lock_timeout = 0`} {
		if _, err := conn.Exec(ctx, set); err != nil {
			return classify(err)
		}
	}
	defer func() {
		_, _ = conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(migrationLock))
		_ = conn.Conn().Close(context.WithoutCancel(ctx)) // its settings are not the pool's
	}()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(migrationLock)); err != nil {
		return classify(err)
	}
	if _, err := conn.Exec(ctx, sqlstore.VersionTable); err != nil {
		return classify(err)
	}
	pending, err := s.Pending(ctx)
	if err != nil {
		return err
	}
	for _, m := range pending {
		if err := s.step(ctx, conn.Conn(), m); err != nil {
			return err
		}
		log.LogAttrs(ctx, slog.LevelInfo, "schema migrated", slog.Int64("number", m.Number), slog.String("name", m.Name))
	}
	return nil
}

func (s *Store) step(ctx context.Context, conn *pgx.Conn, m sqlstore.Migration) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return classify(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := tx.Exec(ctx, m.SQL); err != nil {
		return classify(err)
	}
	if err := sqlstore.Mark(ctx, &sqlstore.Tx{Conn: plainConn{tx}, Time: s.now()}, m); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return classify(err)
	}
	return nil
}

// Tx runs fn in a read-write transaction.
func (s *Store) Tx(ctx context.Context, fn func(storage.Tx) error) error {
	return s.transact(ctx, `BEGIN`, fn)
}

// View runs fn against one snapshot.
func (s *Store) View(ctx context.Context, fn func(storage.Tx) error) error {
	return s.transact(ctx, `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`, fn)
}

func (s *Store) transact(ctx context.Context, begin string, fn func(storage.Tx) error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return classify(err)
	}
	defer conn.Release()
	t := &tx{conn: conn.Conn(), begin: begin}
	finished := false
	defer func() {
		if !finished { // fn failed or panicked
			t.rollback(ctx)
		}
	}()
	if err := fn(&sqlstore.Tx{Conn: t, Time: s.now().UTC().Truncate(time.Microsecond)}); err != nil {
		return err
	}
	finished = true
	return t.commit(ctx)
}

// Ping asks the server for nothing.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.pool.Ping(ctx); err != nil {
		return classify(err)
	}
	return nil
}

// Close closes all connections; transactions under way finish first.
func (s *Store) Close() error {
	s.pool.Close()
	return nil
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}
