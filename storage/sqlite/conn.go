package sqlite

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"
	_ "github.com/ncruces/go-sqlite3/vfs/adiantum" // registers the encrypting file layer

	"github.com/claviger-id/claviger/storage"
)

const (
	keySize = 32
	// maxPrepared bounds the statements a connection keeps. The program has
	// fewer; the bound is for a mistake that builds SQL text.
	maxPrepared = 256
)

// conn is one connection with its prepared statements, or the place of one in the
// process that has the file. One goroutine at a time uses it.
type conn struct {
	far      *attachment // then there is nothing else
	db       *sqlite3.Conn
	prepared map[string]*sqlite3.Stmt
	group    *group // of the writer: the transactions that are not committed yet
}

// dial opens the file with its key, without reading it.
func dial(o FileOptions) (*conn, error) {
	path := escape(o.Path)
	// The log and the index beside the file get the mode of the file.
	db, err := sqlite3.OpenFlags("file:"+path+"?vfs=adiantum&modeof="+path, sqlite3.OPEN_READWRITE|sqlite3.OPEN_URI)
	if err != nil {
		return nil, classify(err)
	}
	c := &conn{db: db, prepared: map[string]*sqlite3.Stmt{}}
	// The key goes through a PRAGMA, not through the file's URI, so that it is
	// in no name that an error could show.
	if err := db.Exec("PRAGMA hexkey='" + hex.EncodeToString(o.Key) + "'"); err != nil {
		return nil, errors.Join(errors.New("sqlite: the key was refused"), c.close())
	}
	return c, nil
}

func openConn(ctx context.Context, o FileOptions) (*conn, error) {
	c, err := dial(o)
	if err != nil {
		return nil, err
	}
	if err := c.setUp(o); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if err := ctx.Err(); err != nil {
		return nil, errors.Join(interrupted(err), c.close())
	}
	return c, nil
}

func (c *conn) setUp(o FileOptions) error {
	// With a wrong key the write-ahead log that a crash left behind reads as
	// garbage, that is, as empty; closing would then remove it, and the last
	// commits with it. Until the key has proved right, closing removes nothing.
	if _, err := c.db.Config(sqlite3.DBCONFIG_NO_CKPT_ON_CLOSE, true); err != nil {
		return classify(err)
	}
	// Reading comes before anything that writes: with the wrong key it fails
	// here, and the file is as it was.
	if err := c.db.Exec(`SELECT count(*) FROM sqlite_schema`); err != nil {
		return classify(err)
	}
	if _, err := c.db.Config(sqlite3.DBCONFIG_NO_CKPT_ON_CLOSE, false); err != nil {
		return classify(err)
	}
	synchronous := "full"
	if o.Relaxed {
		synchronous = "normal"
	}
	for _, pragma := range []string{
		"busy_timeout=5000", "journal_mode=wal", "synchronous=" + synchronous, "foreign_keys=on", "secure_delete=on",
		"temp_store=memory", "trusted_schema=off", "cache_size=-4096", "journal_size_limit=16777216", "wal_autocheckpoint=4000",
	} {
		if err := c.db.Exec("PRAGMA " + pragma); err != nil {
			return classify(err)
		}
	}
	return nil
}

// escape makes a path safe inside a file: URI.
func escape(path string) string {
	var out []byte
	for i := range len(path) {
		switch b := path[i]; b {
		case '%', '?', '#', ' ', '&', '+', '=':
			out = fmt.Appendf(out, "%%%02x", b)
		default:
			out = append(out, b)
		}
	}
	return string(out)
}

func (c *conn) close() error {
	if c.far != nil {
		return nil
	}
	for _, s := range c.prepared {
		_ = s.Close() // it repeats the error of the last step
	}
	if err := c.db.Close(); err != nil {
		return classify(err)
	}
	return nil
}

func (c *conn) prepare(sql string) (*sqlite3.Stmt, error) {
	if s, ok := c.prepared[sql]; ok {
		return s, nil
	}
	s, _, err := c.db.PrepareFlags(sql, sqlite3.PREPARE_PERSISTENT)
	if err != nil {
		return nil, c.failed(err)
	}
	if len(c.prepared) >= maxPrepared {
		for text, old := range c.prepared {
			delete(c.prepared, text)
			_ = old.Close() // it repeats the error of the last step
			break
		}
	}
	c.prepared[sql] = s
	return s, nil
}

// failed is classify for what may have been interrupted by the caller's
// context.
func (c *conn) failed(err error) error {
	if cause := c.db.GetInterrupt().Err(); cause != nil && errors.Is(err, sqlite3.INTERRUPT) {
		return interrupted(cause)
	}
	return classify(err)
}

// interrupted names the end of a context as package postgres does: who
// cancelled knows why, who ran out of time found the store too slow.
func interrupted(cause error) error {
	if errors.Is(cause, context.DeadlineExceeded) {
		cause = errors.Join(storage.ErrUnavailable, cause)
	}
	return fmt.Errorf("sqlite: %w", cause)
}

// classify turns a driver's error into a sentinel, by its code.
func classify(err error) error {
	var extended sqlite3.ExtendedErrorCode
	if !errors.As(err, &extended) {
		return fmt.Errorf("sqlite: %w", err)
	}
	switch extended {
	case sqlite3.CONSTRAINT_UNIQUE, sqlite3.CONSTRAINT_PRIMARYKEY, sqlite3.CONSTRAINT_ROWID:
		return fmt.Errorf("sqlite: %w", errors.Join(storage.ErrConflict, err))
	case sqlite3.IOERR_DATA:
		// The checksum of a page is wrong: the file is damaged, and trying
		// again will not help.
		return fmt.Errorf("sqlite: the file is damaged: %w", err)
	}
	switch extended.Code() {
	case sqlite3.NOTADB:
		return fmt.Errorf("sqlite: %w", errors.Join(storage.ErrWrongKey, err))
	case sqlite3.CORRUPT:
		return fmt.Errorf("sqlite: the file is damaged: %w", err)
	case sqlite3.BUSY, sqlite3.LOCKED, sqlite3.FULL, sqlite3.IOERR, sqlite3.NOMEM, sqlite3.CANTOPEN, sqlite3.INTERRUPT, sqlite3.READONLY:
		return fmt.Errorf("sqlite: %w", errors.Join(storage.ErrUnavailable, err))
	}
	return fmt.Errorf("sqlite: %w", err)
}
