package postgres

import (
	"context"
	"errors"
	"fmt"

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
func (t *tx) waiting() (*pgx.Batch, int) {
	b := &pgx.Batch{}
	if !t.begun {
		b.Queue(t.begin)
	}
	for _, q := range t.later {
		b.Queue(q.sql, q.args...)
	}
	t.begun, t.later = true, nil
	return b, b.Len()
}

// Do runs one statement together with all that waits.
func (t *tx) Do(ctx context.Context, sql string, args []any, each func(sqlstore.Row) error) (int64, error) {
	b, before := t.waiting()
	b.Queue(sql, args...)
	results := t.conn.SendBatch(ctx, b)
	n, err := readBatch(results, before, each)
	if e := results.Close(); err == nil && e != nil {
		err = classify(e)
	}
	return n, err
}

func readBatch(results pgx.BatchResults, before int, each func(sqlstore.Row) error) (int64, error) {
	for range before {
		if _, err := results.Exec(); err != nil {
			return 0, classify(err)
		}
	}
	rows, err := results.Query()
	if err != nil {
		return 0, classify(err)
	}
	return readRows(rows, each)
}

// readRows hands the rows to each, and counts them; without rows it returns
// how many the statement affected.
func readRows(rows pgx.Rows, each func(sqlstore.Row) error) (int64, error) {
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
		return n, classify(err)
	}
	if len(rows.FieldDescriptions()) == 0 {
		n = rows.CommandTag().RowsAffected()
	}
	return n, nil
}

func (t *tx) commit(ctx context.Context) error {
	if !t.begun && len(t.later) == 0 {
		return nil // nothing was asked for
	}
	b, _ := t.waiting()
	b.Queue(`COMMIT`)
	results := t.conn.SendBatch(ctx, b)
	var err error
	for range b.Len() {
		tag, e := results.Exec()
		if e != nil {
			err = classify(e)
			break
		}
		// A failed transaction answers COMMIT with ROLLBACK, without an error.
		if tag.String() == "ROLLBACK" {
			err = fmt.Errorf("postgres: the transaction had failed: %w", storage.ErrUnavailable)
		}
	}
	if e := results.Close(); err == nil && e != nil {
		err = classify(e)
	}
	if err != nil {
		t.rollback(ctx)
	}
	return err
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
		_ = t.conn.Close(clean)
	}
}

// plainConn is a pgx transaction as migrations use it.
type plainConn struct{ tx pgx.Tx }

func (p plainConn) Do(ctx context.Context, sql string, args []any, each func(sqlstore.Row) error) (int64, error) {
	rows, err := p.tx.Query(ctx, sql, args...)
	if err != nil {
		return 0, classify(err)
	}
	return readRows(rows, each)
}

func (p plainConn) Later(ctx context.Context, sql string, args ...any) error {
	_, err := p.Do(ctx, sql, args, nil)
	return err
}

// classify turns a driver's error into a sentinel, by SQLSTATE and type.
func classify(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch {
		case pg.Code == "23505": // unique_violation
			return fmt.Errorf("postgres: %w", errors.Join(storage.ErrConflict, err))
		case len(pg.Code) == 5:
			switch pg.Code[:2] {
			case "08", "40", "53", "57", "55", "58", "25":
				// connection, rollback, resources, intervention, object not in
				// the right state (lock timeout), system error, transaction state
				return fmt.Errorf("postgres: %w", errors.Join(storage.ErrUnavailable, err))
			}
		}
		return fmt.Errorf("postgres: %w", err)
	}
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("postgres: %w", err)
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		// Its text may name the user and the database, which an operator may
		// see; it holds no password.
		return fmt.Errorf("postgres: %w", errors.Join(storage.ErrUnavailable, err))
	}
	if isTimeout(err) || pgconn.SafeToRetry(err) || pgconn.Timeout(err) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("postgres: %w", errors.Join(storage.ErrUnavailable, err))
	}
	// What is left without an SQLSTATE is a broken connection.
	return fmt.Errorf("postgres: %w", errors.Join(storage.ErrUnavailable, err))
}
