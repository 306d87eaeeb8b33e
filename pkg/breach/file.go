package breach

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// ErrMalformed says that a file is no sorted list of SHA-1 hashes.
var ErrMalformed = errors.New("breach: not a sorted list of SHA-1 hashes")

const (
	recordSize = len(Hash{})
	// maxLine bounds a line of the text form: 40 digits, a colon, a count.
	maxLine = 64
	// scanned is what is searched from beginning to end, in bytes.
	scanned = 4096
	// samples is how many places of a file are looked at when it is opened.
	samples = 256
)

// File is a sorted list of hashes on disk, searched where it lies: in text, a
// line for each hash in hexadecimal and how often it was seen, or in binary, 20
// bytes for each. It may be replaced, by renaming another file into its place,
// while the program runs.
type File struct {
	path string

	mu   sync.RWMutex // guards open against being closed in use
	open *opened
}

var _ Lookup = (*File)(nil)

type opened struct {
	file *os.File
	info os.FileInfo
	text bool
}

// Open opens a list and looks at samples of it.
func Open(path string) (*File, error) {
	o, err := openFile(path)
	if err != nil {
		return nil, err
	}
	return &File{path: path, open: o}, nil
}

// Close closes the list.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open.file.Close()
}

// Contains searches the list. When another file has taken its place, that one is
// searched from now on; one that cannot be used is told of, and the former goes
// on being searched.
func (f *File) Contains(_ context.Context, h Hash) (bool, error) {
	err := f.refresh()
	f.mu.RLock()
	defer f.mu.RUnlock()
	found, err2 := f.open.contains(h)
	return found, errors.Join(err, err2)
}

func (f *File) refresh() error {
	info, err := os.Stat(f.path)
	if err != nil {
		return fmt.Errorf("breach: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.open.info
	if os.SameFile(info, old) && info.ModTime().Equal(old.ModTime()) && info.Size() == old.Size() {
		return nil
	}
	next, err := openFile(f.path)
	if err != nil {
		return err
	}
	was := f.open
	f.open = next
	return was.file.Close()
}

func openFile(path string) (*opened, error) {
	file, err := os.Open(path) //nolint:gosec // the operator named it
	if err != nil {
		return nil, fmt.Errorf("breach: %w", err)
	}
	o := &opened{file: file}
	if err := o.inspect(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	return o, nil
}

// inspect tells the forms apart, and looks whether samples are in order.
func (o *opened) inspect() (err error) {
	if o.info, err = o.file.Stat(); err != nil {
		return fmt.Errorf("breach: %w", err)
	}
	size := o.info.Size()
	head := make([]byte, 2*recordSize)
	n, err := o.file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("breach: %w", err)
	}
	_, noHex := hex.Decode(make([]byte, recordSize), head[:n-n%2])
	o.text = n == len(head) && noHex == nil
	if size == 0 || !o.text && size%int64(recordSize) != 0 {
		return ErrMalformed
	}
	var last Hash
	for i := range int64(samples) {
		at := size * i / samples // spread over small files too
		if !o.text {
			at -= at % int64(recordSize)
		}
		h, begins, err := o.at(at)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if begins > 0 && bytes.Compare(h[:], last[:]) < 0 {
			return fmt.Errorf("%w: out of order near byte %d", ErrMalformed, begins)
		}
		last = h
	}
	return nil
}

// at returns the first hash that begins at a place or after it, and where.
func (o *opened) at(offset int64) (h Hash, begins int64, err error) {
	if !o.text {
		if _, err := o.file.ReadAt(h[:], offset); err != nil {
			return h, 0, err
		}
		return h, offset, nil
	}
	buffer := make([]byte, 2*maxLine)
	n, err := o.file.ReadAt(buffer, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return h, 0, fmt.Errorf("breach: %w", err)
	}
	buffer, begins = buffer[:n], offset
	if offset > 0 { // in the middle of a line, as far as is known
		end := bytes.IndexByte(buffer, '\n')
		switch {
		case end < 0 && n < 2*maxLine:
			return h, 0, io.EOF
		case end < 0:
			return h, 0, ErrMalformed
		}
		buffer, begins = buffer[end+1:], offset+int64(end)+1
	}
	if len(buffer) == 0 {
		return h, 0, io.EOF
	}
	h, err = parseLine(buffer)
	return h, begins, err
}

// parseLine reads the hash at the beginning of a line.
func parseLine(line []byte) (h Hash, err error) {
	if len(line) < 2*recordSize {
		return h, ErrMalformed
	}
	if _, err := hex.Decode(h[:], line[:2*recordSize]); err != nil {
		return h, ErrMalformed
	}
	if rest := line[2*recordSize:]; len(rest) > 0 && bytes.IndexByte([]byte(":\r\n"), rest[0]) < 0 {
		return h, ErrMalformed
	}
	return h, nil
}

// contains searches by halves, and from beginning to end when little is left.
func (o *opened) contains(want Hash) (bool, error) {
	low, high := int64(0), o.info.Size()
	for high-low > scanned {
		middle := low + (high-low)/2
		if !o.text {
			middle -= middle % int64(recordSize)
		}
		h, begins, err := o.at(middle)
		switch {
		case errors.Is(err, io.EOF):
			high = middle
			continue
		case err != nil:
			return false, err
		}
		switch order := bytes.Compare(h[:], want[:]); {
		case order == 0:
			return true, nil
		case order < 0:
			low = begins
		default:
			high = begins
		}
	}
	return o.scan(want, low, high)
}

func (o *opened) scan(want Hash, low, high int64) (bool, error) {
	part := make([]byte, high-low)
	if _, err := o.file.ReadAt(part, low); err != nil && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("breach: %w", err)
	}
	if !o.text {
		for ; len(part) >= recordSize; part = part[recordSize:] {
			if bytes.Equal(part[:recordSize], want[:]) {
				return true, nil
			}
		}
		return false, nil
	}
	for line := range bytes.Lines(part) {
		h, err := parseLine(line)
		if err != nil {
			return false, err
		}
		if h == want {
			return true, nil
		}
	}
	return false, nil
}
