package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlstore"
)

// conn is one connection with its prepared statements. One goroutine at a
// time uses it.
type conn struct {
	db       *sqlite3.Conn
	prepared map[string]*sqlite3.Stmt
}

// maxPrepared bounds the statements a connection keeps. The program has fewer;
// the bound is for a mistake that builds SQL text.
const maxPrepared = 256

func (c *conn) close() error {
	for _, s := range c.prepared {
		_ = s.Close()
	}
	if err := c.db.Close(); err != nil {
		return classify(err)
	}
	return nil
}

func (c *conn) transact(ctx context.Context, begin string, fn func(*Tx) error) (err error) {
	c.db.SetInterrupt(ctx)
	defer c.db.SetInterrupt(context.Background())
	tx := &Tx{c: c}
	if err := tx.run(begin); err != nil {
		return err
	}
	done := false
	defer func() {
		if !done { // fn failed or panicked
			c.db.SetInterrupt(context.Background())
			_ = tx.run("ROLLBACK")
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.run("COMMIT"); err != nil {
		return err
	}
	done = true
	return nil
}

func (c *conn) prepare(sql string) (*sqlite3.Stmt, error) {
	if s, ok := c.prepared[sql]; ok {
		return s, nil
	}
	s, _, err := c.db.PrepareFlags(sql, sqlite3.PREPARE_PERSISTENT)
	if err != nil {
		return nil, classify(err)
	}
	if len(c.prepared) >= maxPrepared {
		for text, old := range c.prepared {
			delete(c.prepared, text)
			_ = old.Close()
			break
		}
	}
	c.prepared[sql] = s
	return s, nil
}

// Tx is a transaction on one connection.
type Tx struct {
	c        *conn
	readOnly bool
}

var _ sqlstore.Conn = (*Tx)(nil)

func (t *Tx) run(sql string) error {
	_, err := t.do(sql, nil, nil)
	return err
}

// Do runs one statement; see sqlstore.Conn.
func (t *Tx) Do(ctx context.Context, sql string, args []any, each func(sqlstore.Row) error) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return t.do(sql, args, each)
}

// Script runs several statements without arguments: for making a schema.
func (t *Tx) Script(sql string) error {
	if err := t.c.db.Exec(sql); err != nil {
		return classify(err)
	}
	return nil
}

// Later runs one statement at once: here there is no round trip to save.
func (t *Tx) Later(ctx context.Context, sql string, args ...any) error {
	_, err := t.Do(ctx, sql, args, nil)
	return err
}

func (t *Tx) do(sql string, args []any, each func(sqlstore.Row) error) (n int64, err error) {
	s, err := t.c.prepare(sql)
	if err != nil {
		return 0, err
	}
	if t.readOnly && !s.ReadOnly() {
		return 0, errors.New("sqlite: a write in a read-only transaction")
	}
	defer func() {
		if e := s.Reset(); err == nil && e != nil {
			err = classify(e)
		}
	}()
	for i, a := range args {
		if err := bind(s, i+1, a); err != nil {
			return 0, err
		}
	}
	before := t.c.db.TotalChanges()
	for s.Step() {
		n++
		if each == nil {
			continue
		}
		if err := each(row{s}); err != nil {
			return n, err
		}
	}
	if err := s.Err(); err != nil {
		return n, classify(err)
	}
	if s.ColumnCount() == 0 {
		n = t.c.db.TotalChanges() - before
	}
	return n, nil
}

func bind(s *sqlite3.Stmt, i int, value any) error {
	var err error
	switch v := value.(type) {
	case string:
		err = s.BindText(i, v)
	case int64:
		err = s.BindInt64(i, v)
	case []byte:
		if v == nil {
			err = s.BindNull(i)
		} else {
			err = s.BindBlob(i, v)
		}
	default:
		return fmt.Errorf("sqlite: a %T cannot be bound", value)
	}
	if err != nil {
		return classify(err)
	}
	return nil
}

// Row is one row of a result; see sqlstore.Row.
type Row = sqlstore.Row

type row struct{ s *sqlite3.Stmt }

// Scan copies the columns.
func (r row) Scan(dest ...any) error {
	for i, d := range dest {
		switch v := d.(type) {
		case *string:
			*v = r.s.ColumnText(i)
		case *int64:
			*v = r.s.ColumnInt64(i)
		case *[]byte:
			*v = nil
			if r.s.ColumnType(i) != sqlite3.NULL {
				*v = append([]byte{}, r.s.ColumnRawBlob(i)...)
			}
		default:
			return fmt.Errorf("sqlite: cannot scan into a %T", d)
		}
	}
	return nil
}

// classify turns a driver's error into a sentinel, by its code.
func classify(err error) error {
	var code sqlite3.ErrorCode
	if !errors.As(err, &code) {
		return fmt.Errorf("sqlite: %w", err)
	}
	switch code {
	case sqlite3.NOTADB, sqlite3.CORRUPT:
		return fmt.Errorf("sqlite: %w", errors.Join(storage.ErrWrongKey, err))
	case sqlite3.CONSTRAINT:
		return fmt.Errorf("sqlite: %w", errors.Join(storage.ErrConflict, err))
	case sqlite3.BUSY, sqlite3.LOCKED, sqlite3.FULL, sqlite3.IOERR, sqlite3.NOMEM, sqlite3.CANTOPEN, sqlite3.INTERRUPT, sqlite3.READONLY:
		return fmt.Errorf("sqlite: %w", errors.Join(storage.ErrUnavailable, err))
	}
	return fmt.Errorf("sqlite: %w", err)
}
