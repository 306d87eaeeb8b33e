package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/claviger-id/claviger/storage"
)

// ensureFile makes the database where there is none. It is made aside and then
// renamed, so that at any moment there is either no file or a whole one, and an
// empty file can only be an accident, which is refused.
func ensureFile(o FileOptions) error {
	info, err := os.Stat(o.Path)
	switch {
	case err == nil && info.Size() > 0:
		return nil
	case err == nil:
		return fmt.Errorf("sqlite: %s is empty: %w", o.Path, storage.ErrWrongKey)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("sqlite: %w", err)
	}
	if _, err := os.Lstat(o.Path + "-wal"); err == nil {
		// A new database would swallow the log of the one that is gone.
		return fmt.Errorf("sqlite: %s is missing, but its write-ahead log is there", o.Path)
	}
	o.Path += ".new"
	for _, suffix := range []string{"", "-journal", "-wal", "-shm"} {
		if err := os.Remove(o.Path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("sqlite: %w", err)
		}
	}
	if err := createFile(o); err != nil {
		return err
	}
	if err := os.Rename(o.Path, o.Path[:len(o.Path)-len(".new")]); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return syncDirectory(filepath.Dir(o.Path))
}

func createFile(o FileOptions) error {
	// SQLite would make it readable by everybody.
	f, err := os.OpenFile(o.Path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	c, err := dial(o)
	if err != nil {
		return err
	}
	// A checksum inside each encrypted page: whatever changes a block of the
	// file turns the whole page into noise, and the checksum tells.
	err = c.db.EnableChecksums("main")
	if err == nil {
		err = c.db.Exec("PRAGMA journal_mode=wal")
	}
	if err != nil {
		err = classify(err)
	}
	return errors.Join(err, c.close())
}

// syncDirectory makes a rename survive a power failure.
func syncDirectory(path string) error {
	d, err := os.Open(path) //nolint:gosec // the directory of the database the operator named
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return nil
}
