package breach

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Build writes the binary form of a list in text, and tells how much of the text
// it has read. The list has to be in order of its hashes. The result takes its
// place at once and as a whole.
func Build(text io.Reader, into string, progress func(bytes, hashes int64)) (hashes int64, err error) {
	out, err := os.CreateTemp(filepath.Dir(into), ".corpus-*")
	if err != nil {
		return 0, fmt.Errorf("breach: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(out.Name()))
		}
	}()
	w := bufio.NewWriterSize(out, 1<<20)
	hashes, err = convert(text, w, progress)
	if err = errors.Join(err, w.Flush(), out.Sync(), out.Close()); err != nil {
		return 0, err
	}
	if err := os.Rename(out.Name(), into); err != nil {
		return 0, fmt.Errorf("breach: %w", err)
	}
	return hashes, nil
}

func convert(text io.Reader, out io.Writer, progress func(bytes, hashes int64)) (hashes int64, err error) {
	lines := bufio.NewScanner(text)
	lines.Buffer(make([]byte, 64<<10), 64<<10)
	var last Hash
	var read int64
	for lines.Scan() {
		read += int64(len(lines.Bytes())) + 1
		h, err := parseLine(lines.Bytes())
		switch {
		case err != nil:
			return 0, fmt.Errorf("line %d: %w", hashes+1, err)
		case hashes > 0 && bytes.Compare(h[:], last[:]) <= 0:
			return 0, fmt.Errorf("line %d: %w: it does not come after the line before", hashes+1, ErrMalformed)
		}
		if _, err := out.Write(h[:]); err != nil {
			return 0, fmt.Errorf("breach: %w", err)
		}
		last = h
		if hashes++; hashes%(1<<16) == 0 {
			progress(read, hashes)
		}
	}
	if err := lines.Err(); err != nil {
		return 0, fmt.Errorf("breach: %w", err)
	}
	if hashes == 0 {
		return 0, ErrMalformed
	}
	progress(read, hashes)
	return hashes, nil
}

// Verify reads a list in either form from beginning to end.
func Verify(path string, progress func(bytes, hashes int64)) (hashes int64, err error) {
	f, err := Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	from := bufio.NewReaderSize(f.open.file, 1<<20)
	if f.open.text {
		return convert(from, io.Discard, progress)
	}
	var h, last Hash
	for {
		_, err := io.ReadFull(from, h[:])
		if errors.Is(err, io.EOF) {
			progress(hashes*int64(recordSize), hashes)
			return hashes, nil
		}
		if err != nil {
			return 0, fmt.Errorf("breach: %w", err)
		}
		if hashes > 0 && bytes.Compare(h[:], last[:]) <= 0 {
			return 0, fmt.Errorf("entry %d: %w: it does not come after the one before", hashes+1, ErrMalformed)
		}
		last = h
		if hashes++; hashes%(1<<16) == 0 {
			progress(hashes*int64(recordSize), hashes)
		}
	}
}
