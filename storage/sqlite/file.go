package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

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
	// Socket is where a process that has the file may share it; then the
	// transactions run there, instead of ErrInUse. Empty: they never do.
	Socket string
	// Follows is for a file whose key changes together with that of another one,
	// which is opened before it: where the key is not the file's, but that of a
	// copy that Rekey made, the copy takes its place.
	Follows bool
}

// File is a pool of connections to one encrypted file: one that writes, and
// some that read. It is safe for concurrent use.
type File struct {
	options FileOptions
	lock    *os.File
	writer  chan *conn
	readers chan *conn
	opened  int // readers there are
	closing sync.Once
	closed  chan struct{}
	// attached says that another process has the file, and shares it.
	attached bool
}

// Attached reports whether another process has the file and runs the transactions.
func (f *File) Attached() bool { return f.attached }

// OpenFile opens the file, and makes it where there is none. ErrInUse when
// another process has it, ErrWrongKey when the key is not the file's or the
// file is no database; then nothing was written.
func OpenFile(ctx context.Context, o FileOptions) (*File, error) {
	if len(o.Key) != keySize {
		return nil, fmt.Errorf("sqlite: a key has %d bytes", keySize)
	}
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	o.Path = path
	lock, err := lockFile(path + ".lock")
	if errors.Is(err, storage.ErrInUse) && o.Socket != "" {
		f, refused := attach(ctx, o.Socket, filepath.Base(path))
		switch {
		case refused == nil:
			return f, nil
		case errors.Is(refused, fs.ErrNotExist) || errors.Is(refused, unix.ECONNREFUSED):
			return nil, err // nobody shares it
		}
		return nil, refused
	}
	if err != nil {
		return nil, err
	}
	f := &File{
		options: o, lock: lock,
		writer: make(chan *conn, 1), readers: make(chan *conn, max(2, runtime.GOMAXPROCS(0))),
		closed: make(chan struct{}),
	}
	if err := ensureFile(o); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	// The writer comes first: it decides whether the key fits and makes the
	// write-ahead log that the readers need.
	w, err := openFirst(ctx, o)
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
		f.opened++
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
	if err := unix.Flock(int(l.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = storage.ErrInUse
		}
		return nil, errors.Join(fmt.Errorf("sqlite: lock: %w", err), l.Close())
	}
	return l, nil
}

// Read runs fn against one snapshot.
func (f *File) Read(ctx context.Context, fn func(*Tx) error) error {
	c, err := f.take(ctx, f.readers)
	if err != nil {
		return err
	}
	defer func() { f.readers <- c }()
	return c.read(ctx, fn)
}

// readApart is Read on a connection of its own, so that whoever takes long takes
// none from the others.
func (f *File) readApart(ctx context.Context, fn func(*Tx) error) error {
	c, err := openConn(ctx, f.options)
	if err != nil {
		return err
	}
	return errors.Join(c.read(ctx, fn), c.close())
}

// take waits for a connection.
func (f *File) take(ctx context.Context, pool chan *conn) (*conn, error) {
	select {
	case <-f.closed:
		return nil, fmt.Errorf("sqlite: closed: %w", storage.ErrUnavailable)
	case <-ctx.Done():
		return nil, interrupted(ctx.Err())
	case c := <-pool:
		return c, nil
	}
}

// Close lets transactions under way finish, fails those that wait, and closes
// all connections.
func (f *File) Close() error {
	var errs []error
	f.closing.Do(func() {
		close(f.closed)
		for range f.opened {
			r := <-f.readers
			errs = append(errs, r.close())
		}
		// The writer is the last one: closing it empties the write-ahead log
		// into the file and removes it.
		w := <-f.writer
		if w.group != nil {
			w.commit()
		}
		errs = append(errs, w.close())
		if f.lock != nil {
			errs = append(errs, f.lock.Close())
		}
	})
	return errors.Join(errs...)
}
