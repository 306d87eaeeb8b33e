package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlstore"
)

// tx is a transaction that begins with its first statement. What Later was
// given waits for the next statement, or for COMMIT, and shares its round
// trip; order is kept.
type tx struct {
	conn  *pgx.Conn
	begin string
	begun bool
	later []queued
	// failed is the first error of the database. It has taken everything back
	// then, and a COMMIT would pretend that it had not.
	failed error
}

type queued struct {
	sql  string
	args []any
}

var _ sqlstore.Conn = (*tx)(nil)

// Later puts a statement aside until the next round trip.
func (t *tx) Later(_ context.Context, sql string, args ...any) error {
	t.later = append(t.later, queued{sql, args})
	return nil
}

// waiting returns a batch of what must come before the next statement.
func (t *tx) waiting() *pgx.Batch {
	b := &pgx.Batch{}
	if !t.begun {
		b.Queue(t.begin)
	}
	for _, q := range t.later {
		b.Queue(q.sql, q.args...)
	}
	t.begun, t.later = true, nil
	return b
}

// Do runs one statement together with all that waits.
func (t *tx) Do(ctx context.Context, sql string, args []any, each func(sqlstore.Row) error) (int64, error) {
	if t.failed != nil {
		return 0, t.failed
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	b := t.waiting()
	if strings.HasPrefix(sql, sqlstore.OnePlan) {
		b.Queue(`SET LOCAL plan_cache_mode = force_generic_plan`)
	}
	before := b.Len()
	b.Queue(sql, args...)
	results := t.conn.SendBatch(ctx, b)
	n, err := t.read(results, before, each)
	if e := results.Close(); err == nil && e != nil {
		err = t.fail(e)
	}
	return n, err
}

// fail remembers that the database gave up the transaction.
func (t *tx) fail(err error) error {
	err = classify(err)
	if t.failed == nil {
		t.failed = err
	}
	return err
}

func (t *tx) read(results pgx.BatchResults, before int, each func(sqlstore.Row) error) (int64, error) {
	for range before {
		if _, err := results.Exec(); err != nil {
			return 0, sqlstore.Delayed(t.fail(err))
		}
	}
	rows, err := results.Query()
	if err != nil {
		return 0, t.fail(err)
	}
	defer rows.Close()
	var n int64
	for rows.Next() {
		n++
		if each == nil {
			continue
		}
		if err := each(rows); err != nil {
			return n, err
		}
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return n, t.fail(err)
	}
	if len(rows.FieldDescriptions()) == 0 {
		n = rows.CommandTag().RowsAffected()
	}
	return n, nil
}

// script runs several statements without arguments in one round trip.
func (t *tx) script(ctx context.Context, sql string) error {
	if !t.begun {
		t.begun = true
		sql = t.begin + ";" + sql
	}
	// Only the simple protocol takes several statements at once.
	if _, err := t.conn.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
		return t.fail(err)
	}
	return nil
}

func (t *tx) commit(ctx context.Context) error {
	if t.failed != nil {
		t.rollback(ctx)
		return sqlstore.Delayed(t.failed)
	}
	if !t.begun && len(t.later) == 0 {
		return nil // nothing was asked for
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	b := t.waiting()
	b.Queue(`COMMIT`)
	results := t.conn.SendBatch(ctx, b)
	var err error
	for range b.Len() {
		if _, err = results.Exec(); err != nil {
			break
		}
	}
	if e := results.Close(); err == nil {
		err = e
	}
	if err != nil {
		t.rollback(ctx)
		return sqlstore.Delayed(classify(err))
	}
	return nil
}

// rollback gives the connection back clean, whatever became of ctx; where that
// fails, the connection is closed and the pool makes another.
func (t *tx) rollback(ctx context.Context) {
	if !t.begun {
		return
	}
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTime)
	defer cancel()
	if _, err := t.conn.Exec(clean, `ROLLBACK`); err != nil {
		_ = t.conn.Close(clean) // it is of no use either way
	}
}

// classify turns a driver's error into a sentinel, by SQLSTATE and type.
// lockNotAvailable is the SQLSTATE of who waited too long for a lock.
const lockNotAvailable = "55P03"

func classify(err error) error {
	var pg *pgconn.PgError
	switch {
	case !errors.As(err, &pg):
		if errors.Is(err, context.Canceled) {
			return fmt.Errorf("postgres: %w", err)
		}
		// Without an SQLSTATE it is the connection: refused, broken, too slow,
		// or the pool is closed.
		return fmt.Errorf("postgres: %w", errors.Join(storage.ErrUnavailable, err))
	case pg.Routine == "RevalidateCachedQuery":
		// A statement was prepared before a step changed the type of a column that it
		// reads: once on each connection, and the next time it is prepared anew. The
		// message is in the language of the server; the place is not.
		return fmt.Errorf("postgres: %w", errors.Join(storage.ErrUnavailable, err))
	case pg.Code == "23505": // unique_violation
		return fmt.Errorf("postgres: %w", errors.Join(storage.ErrConflict, err))
	}
	switch pg.Code[:min(2, len(pg.Code))] {
	case "08", // connection exception
		"25", // transaction state: a standby that only reads
		"40", // serialization failure, deadlock
		"53", // insufficient resources
		"55", // object not in the right state: lock timeout
		"57", // operator intervention: shutdown, statement timeout
		"58": // system error
		return fmt.Errorf("postgres: %w", errors.Join(storage.ErrUnavailable, err))
	}
	return fmt.Errorf("postgres: %w", err)
}
