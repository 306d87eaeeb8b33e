package enroll

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/claviger-id/claviger/pkg/enroll/roster"
)

// rejects is the file that tells of rows that cannot be used: line, column,
// reason, NPI. It copies nothing else of a row, so that what made the row bad
// does not travel on.
type rejects struct {
	file *os.File
	out  *bufio.Writer
	size int64
}

// openRejects opens the file at the size that the last transaction knew; what
// was written after it belongs to rows that are read again.
func openRejects(path string, size int64) (*rejects, error) {
	if path == "" {
		return nil, errors.New("rejects: no file is named")
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("rejects: %w", err)
	}
	r := &rejects{file: f, out: bufio.NewWriter(f), size: size}
	info, err := f.Stat()
	if err == nil && info.Size() < size {
		err = fmt.Errorf("%s is shorter than when the import stopped; put it back, or name another file and import without --resume", path)
	}
	if err == nil {
		err = f.Truncate(size)
	}
	if err == nil {
		_, err = f.Seek(size, io.SeekStart)
	}
	if err == nil && size == 0 {
		err = r.write("line", "column", "reason", "npi")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("rejects: %w", err), f.Close())
	}
	return r, nil
}

func (r *rejects) add(line int64, why roster.Reject) error {
	if err := r.write(strconv.FormatInt(line, 10), why.Column, why.Reason, why.NPI); err != nil {
		return fmt.Errorf("rejects: %w", err)
	}
	return nil
}

func (r *rejects) write(cells ...string) error {
	counted := &counter{w: r.out}
	w := csv.NewWriter(counted)
	if err := w.Write(cells); err != nil {
		return err
	}
	w.Flush()
	r.size += counted.n
	return w.Error()
}

// sync brings all of it to disk and returns the size.
func (r *rejects) sync() (int64, error) {
	if err := errors.Join(r.out.Flush(), r.file.Sync()); err != nil {
		return 0, fmt.Errorf("rejects: %w", err)
	}
	return r.size, nil
}

func (r *rejects) close() error { return errors.Join(r.out.Flush(), r.file.Close()) }

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}
