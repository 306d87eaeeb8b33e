package sqlite

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/ncruces/go-sqlite3"
	_ "github.com/ncruces/go-sqlite3/vfs/adiantum" // registers the encrypting file layer
	"golang.org/x/sys/unix"

	"github.com/claviger-id/claviger/storage"
)

// FileOptions says how a file is opened.
type FileOptions struct {
	Path string
	// Key is the 32-byte key of the file.
	Key []byte
	// Relaxed lets a commit return before it is on disk. It survives the death
	// of the process, not a power failure, which may take the last commits but
	// never harms the file.
	Relaxed bool
}

// File is a pool of connections to one encrypted file: one that writes, and
// some that read. It is safe for concurrent use.
type File struct {
	lock    *os.File
	writer  chan *conn
	readers chan *conn
	closed  chan struct{}
}

// OpenFile opens the file, and makes it where there is none. ErrInUse when
// another process has it, ErrWrongKey when the key is not the file's; then
// nothing was written.
func OpenFile(ctx context.Context, o FileOptions) (*File, error) {
	if len(o.Key) != 32 {
		return nil, errors.New("sqlite: a key has 32 bytes")
	}
	lock, err := lockFile(o.Path + ".lock")
	if err != nil {
		return nil, err
	}
	f := &File{
		lock:   lock,
		writer: make(chan *conn, 1), readers: make(chan *conn, max(2, runtime.GOMAXPROCS(0))),
		closed: make(chan struct{}),
	}
	// The writer comes first: it decides whether the key fits and makes the
	// write-ahead log that the readers need.
	w, err := openConn(ctx, o)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	f.writer <- w
	for range cap(f.readers) {
		r, err := openConn(ctx, o)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		f.readers <- r
	}
	return f, nil
}

// lockFile takes the lock that says which process has the file. The kernel
// gives it back when the process ends, so that kill -9 leaves nothing behind.
func lockFile(path string) (*os.File, error) {
	l, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // beside the database the operator named
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	if err := unix.Flock(int(l.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil { //nolint:gosec // a file descriptor fits an int
		_ = l.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("sqlite: %w", storage.ErrInUse)
		}
		return nil, fmt.Errorf("sqlite: lock: %w", err)
	}
	return l, nil
}

func openConn(ctx context.Context, o FileOptions) (*conn, error) {
	db, err := sqlite3.OpenFlags("file:"+escapePath(o.Path)+"?vfs=adiantum",
		sqlite3.OPEN_READWRITE|sqlite3.OPEN_CREATE|sqlite3.OPEN_URI)
	if err != nil {
		return nil, classify(err)
	}
	c := &conn{db: db, prepared: map[string]*sqlite3.Stmt{}}
	if err := c.setUp(o); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, ctx.Err()
}

func (c *conn) setUp(o FileOptions) error {
	// The key goes through a PRAGMA, not through the file's URI, so that it is
	// in no name that an error could show.
	if err := c.db.Exec("PRAGMA hexkey='" + hex.EncodeToString(o.Key) + "'"); err != nil {
		return errors.New("sqlite: the key was refused")
	}
	// Reading comes before anything that writes: with the wrong key it fails
	// here, and the file is as it was.
	if err := c.db.Exec(`SELECT count(*) FROM sqlite_schema`); err != nil {
		return classify(err)
	}
	sync := "FULL"
	if o.Relaxed {
		sync = "NORMAL"
	}
	for _, pragma := range []string{
		"journal_mode=wal", "synchronous=" + sync, "foreign_keys=on", "secure_delete=on",
		"temp_store=memory", "busy_timeout=5000", "trusted_schema=off", "cache_size=-8192",
	} {
		if err := c.db.Exec("PRAGMA " + pragma); err != nil {
			return classify(err)
		}
	}
	return nil
}

// escapePath makes a path safe inside a file: URI.
func escapePath(path string) string {
	var out []byte
	for i := range len(path) {
		switch b := path[i]; b {
		case '%', '?', '#', ' ':
			out = fmt.Appendf(out, "%%%02x", b)
		default:
			out = append(out, b)
		}
	}
	return string(out)
}

// Write runs fn in the one write transaction that there is at a time.
func (f *File) Write(ctx context.Context, fn func(*Tx) error) error {
	return f.use(ctx, f.writer, "BEGIN IMMEDIATE", fn)
}

// Read runs fn against one snapshot.
func (f *File) Read(ctx context.Context, fn func(*Tx) error) error {
	return f.use(ctx, f.readers, "BEGIN", func(tx *Tx) error {
		tx.readOnly = true
		return fn(tx)
	})
}

func (f *File) use(ctx context.Context, pool chan *conn, begin string, fn func(*Tx) error) (err error) {
	var c *conn
	select {
	case <-f.closed:
		return fmt.Errorf("sqlite: closed: %w", storage.ErrUnavailable)
	case <-ctx.Done():
		return ctx.Err()
	case c = <-pool:
	}
	defer func() { pool <- c }()
	return c.transact(ctx, begin, fn)
}

// Close waits for transactions under way and closes all connections.
func (f *File) Close() error {
	select {
	case <-f.closed:
		return nil
	default:
	}
	close(f.closed)
	var errs []error
	for range cap(f.readers) {
		select {
		case r := <-f.readers:
			errs = append(errs, r.close())
		default: // OpenFile failed half-way
		}
	}
	w := <-f.writer
	errs = append(errs, w.close(), f.lock.Close())
	return errors.Join(errs...)
}
