package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	// Migrate takes pending steps of the schema on opening.
	Migrate bool
	// Unmigrated opens a schema that is behind without taking its pending
	// steps. Pending and Migrate are then all that may be used. With neither
	// of the two, a schema that is behind is ErrTooOld. Where it would take long it is
	// not brought anywhere: ErrLong.
	Unmigrated bool
	// InsecurePlaintext allows a connection without TLS to a host that is not
	// this machine.
	InsecurePlaintext bool
}

// Store is the durable store on PostgreSQL.
type Store struct {
	pool *pgxpool.Pool
	now  func() time.Time
	log  *slog.Logger
}

var _ storage.Store = (*Store)(nil)

const (
	connectTime   = 5 * time.Second
	statementTime = "7000" // milliseconds
	// answerTime is how long we wait for a statement of which the server itself
	// would have given up: it is then not slow but gone.
	answerTime = 8 * time.Second
	lockTime   = "5000"
)

// Open connects. ErrUnavailable when the server does not answer, ErrTooNew and
// ErrTooOld when the schema does not fit.
func Open(ctx context.Context, o Options) (*Store, error) {
	c, err := o.parse()
	if err != nil {
		return nil, err
	}
	c.MaxConns = 10
	if o.MaxConns > 0 {
		c.MaxConns = int32(min(o.MaxConns, 1000))
	}
	c.ConnConfig.ConnectTimeout = connectTime
	for name, value := range map[string]string{
		"application_name": "claviger", "statement_timeout": statementTime, "lock_timeout": lockTime,
		"idle_in_transaction_session_timeout": statementTime,
	} {
		if _, set := c.ConnConfig.RuntimeParams[name]; !set { // the URL may say otherwise
			c.ConnConfig.RuntimeParams[name] = value
		}
	}
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, classify(err)
	}
	s := &Store{pool: pool, now: o.Now, log: o.Log}
	if err := s.checkSchema(ctx, o); err != nil {
		pool.Close()
		return nil, err
	}
	return s, nil
}

// Check says what is wrong with the options, as far as that can be seen without
// connecting.
func Check(o Options) error {
	_, err := o.parse()
	return err
}

func (o Options) parse() (*pgxpool.Config, error) {
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
	return c, nil
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

// Tx runs fn in a read-write transaction. What must not be lost to another
// transaction is written by conditional statements, which READ COMMITTED
// evaluates again on the newest row.
func (s *Store) Tx(ctx context.Context, fn func(storage.Tx) error) error {
	return s.transact(ctx, `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE`, fn)
}

// View runs fn against one snapshot.
func (s *Store) View(ctx context.Context, fn func(storage.Tx) error) error {
	return s.transact(ctx, `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`, fn)
}

func (s *Store) transact(ctx context.Context, begin string, fn func(storage.Tx) error) error {
	conn, err := s.acquire(ctx)
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
	if err := fn(&sqlstore.Tx{Conn: t, Time: s.now().UTC().Truncate(time.Microsecond), SkipLocked: true}); err != nil {
		return err
	}
	finished = true
	return t.commit(ctx)
}

// acquire waits for a connection, not longer than for an answer.
func (s *Store) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	return s.pool.Acquire(ctx)
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
