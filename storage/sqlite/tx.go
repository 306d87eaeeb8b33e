package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/claviger-id/claviger/storage/sqlstore"
)

// Tx is a transaction on one connection.
type Tx struct {
	c        *conn
	far      *remote // instead of c, where another process has the file
	readOnly bool
	// dead is the error after which the database took everything back (a full
	// disk, an interrupted write). What came after it would commit by itself.
	dead error
}

var _ sqlstore.Conn = (*Tx)(nil)

// read runs fn in a transaction that only reads.
func (c *conn) read(ctx context.Context, fn func(*Tx) error) error {
	if c.far != nil {
		return c.far.run(ctx, false, fn)
	}
	c.db.SetInterrupt(ctx)
	defer c.db.SetInterrupt(context.Background())
	tx := &Tx{c: c, readOnly: true}
	if err := tx.run("BEGIN"); err != nil {
		return err
	}
	done := false
	defer func() {
		if !done { // fn failed or panicked
			c.rollback(tx)
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

func (t *Tx) run(sql string) error {
	_, err := t.do(sql, nil, nil)
	return err
}

// Do runs one statement; see sqlstore.Conn.
func (t *Tx) Do(ctx context.Context, sql string, args []any, each func(sqlstore.Row) error) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, interrupted(err)
	}
	if t.far != nil {
		return t.far.ask(ctx, request{Step: stepDo, SQL: sql, Args: args, Rows: each != nil}, each)
	}
	n, err := t.do(sql, args, each)
	if err != nil && t.c.db.GetAutocommit() {
		t.dead = err
	}
	return n, err
}

// Script runs several statements without arguments: for making a schema.
func (t *Tx) Script(sql string) error {
	if t.far != nil {
		return errors.New("sqlite: the schema is made by the process that has the file")
	}
	if t.dead != nil {
		return t.dead
	}
	if err := t.c.db.Exec(sql); err != nil {
		if t.c.db.GetAutocommit() {
			t.dead = t.c.failed(err)
		}
		return t.c.failed(err)
	}
	return nil
}

// Later runs one statement at once: here there is no round trip to save.
func (t *Tx) Later(ctx context.Context, sql string, args ...any) error {
	_, err := t.Do(ctx, sql, args, nil)
	return sqlstore.Delayed(err)
}

func (t *Tx) do(sql string, args []any, each func(sqlstore.Row) error) (n int64, err error) {
	if t.dead != nil {
		return 0, t.dead
	}
	s, err := t.c.prepare(sql)
	if err != nil {
		return 0, err
	}
	if t.readOnly && !s.ReadOnly() {
		return 0, errors.New("sqlite: a write in a read-only transaction")
	}
	defer func() { _ = s.Reset() }() // it repeats the error of the last step
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
		return n, t.c.failed(err)
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
	// A column that could not be read (a damaged overflow page) reads as empty;
	// the connection remembers.
	if err := r.s.Err(); err != nil {
		return classify(err)
	}
	return nil
}
