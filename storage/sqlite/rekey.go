package sqlite

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ncruces/go-sqlite3"

	"github.com/claviger-id/claviger/storage"
)

// Rekeying is a file beside which its copy under another key is made. Nobody else
// has the file meanwhile. Commit puts the copy in its place; a process that ends
// before that leaves the file as it was, and one that ends later the copy.
type Rekeying struct {
	path string
	lock *os.File
}

// copied is what the name of a copy adds, and beside what it may have: a journal,
// a log with its index, a lock.
const copied = ".rekeyed"

// copyStep is how many pages are copied between two looks at the context.
const copyStep = 1024

// Rekey makes the copy, under the 32-byte key, and tells how many of how many pages
// are done.
// Errors as of OpenFile.
func Rekey(ctx context.Context, o FileOptions, key []byte, progress func(done, all int)) (*Rekeying, error) {
	if len(o.Key) != keySize || len(key) != keySize {
		return nil, fmt.Errorf("sqlite: a key has %d bytes", keySize)
	}
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	o.Path = path
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, err
	}
	r := &Rekeying{path: path, lock: lock}
	if err := r.copy(ctx, o, key, progress); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Path is where the copy is, until it is committed. It may be opened and changed
// there, and has to be closed before it is committed.
func (r *Rekeying) Path() string { return r.path + copied }

func (r *Rekeying) copy(ctx context.Context, o FileOptions, key []byte, progress func(done, all int)) error {
	if err := removeCopy(r.path); err != nil {
		return err
	}
	if err := ensureFile(o); err != nil {
		return err
	}
	c, err := openConn(ctx, o)
	if err != nil {
		return err
	}
	err = copyPages(ctx, c.db, r.Path(), key, progress)
	// The last connection empties the log into the file and removes it, so that
	// nothing of the former key lies beside the copy.
	if err := errors.Join(err, c.close()); err != nil {
		return err
	}
	if err := absent(r.path + "-wal"); err != nil {
		return err
	}
	return r.flush()
}

func copyPages(ctx context.Context, from *sqlite3.Conn, to string, key []byte, progress func(done, all int)) (err error) {
	f, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // beside the database the operator named
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	// Here the key has to go through the URI; see nameless.
	b, err := from.BackupInit("main", "file:"+escape(to)+"?vfs=adiantum&hexkey="+hex.EncodeToString(key))
	if err != nil {
		return nameless(err)
	}
	for done := false; !done; {
		if err := ended(ctx); err != nil {
			return errors.Join(err, nameless(b.Close()))
		}
		if done, err = b.Step(copyStep); err != nil {
			return errors.Join(nameless(err), nameless(b.Close()))
		}
		if progress != nil {
			progress(b.PageCount()-b.Remaining(), b.PageCount())
		}
	}
	return nameless(b.Close())
}

// nameless is classify for an error whose text might name a file with its key: of
// it, only the code is kept.
func nameless(err error) error {
	var code sqlite3.ExtendedErrorCode
	switch {
	case err == nil:
		return nil
	case errors.As(err, &code):
		return fmt.Errorf("sqlite: the copy: %w", classify(code))
	}
	return errors.New("sqlite: the copy could not be made")
}

// Commit puts the copy in the place of the file.
func (r *Rekeying) Commit() error {
	if err := absent(r.Path() + "-wal"); err != nil {
		return err
	}
	if err := r.flush(); err != nil {
		return err
	}
	if err := os.Rename(r.Path(), r.path); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return syncDirectory(filepath.Dir(r.path))
}

// flush makes the copy, and its name, survive a power failure.
func (r *Rekeying) flush() error {
	f, err := os.OpenFile(r.Path(), os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return syncDirectory(filepath.Dir(r.path))
}

// Close removes a copy that was not committed, and lets others have the file.
func (r *Rekeying) Close() error { return errors.Join(removeCopy(r.path), r.lock.Close()) }

func removeCopy(path string) error {
	for _, suffix := range []string{"", "-journal", "-wal", "-shm", ".lock"} {
		if err := os.Remove(path + copied + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("sqlite: %w", err)
		}
	}
	return nil
}

func absent(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fmt.Errorf("sqlite: %s is still there", path), err)
	}
	return nil
}

// openFirst opens the connection that decides whether the key fits, and tidies up
// after a process that ended while it changed the key.
func openFirst(ctx context.Context, o FileOptions) (*conn, error) {
	c, err := openConn(ctx, o)
	if o.Follows && errors.Is(err, storage.ErrWrongKey) {
		if err := adopt(ctx, o); err != nil {
			return nil, err
		}
		c, err = openConn(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	if err := removeCopy(o.Path); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// adopt puts a copy in the place of the file, if this is the copy's key.
func adopt(ctx context.Context, o FileOptions) error {
	r := &Rekeying{path: o.Path}
	if err := absent(o.Path + "-wal"); err != nil {
		return errors.Join(storage.ErrWrongKey, err)
	}
	if _, err := os.Stat(r.Path()); err != nil {
		return fmt.Errorf("sqlite: %w", storage.ErrWrongKey) // there is no copy
	}
	c, err := openConn(ctx, FileOptions{Path: r.Path(), Key: o.Key})
	if err != nil {
		return err
	}
	if err := c.close(); err != nil {
		return err
	}
	return r.Commit()
}
