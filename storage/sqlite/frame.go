package sqlite

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/fxamacker/cbor/v2"

	"github.com/claviger-id/claviger/storage"
)

// What a process that has a file and one that is attached to it say to each other:
// frames of a length in four bytes and CBOR (RFC 8949).
const (
	// shareVersion changes with the frames. Two processes of different versions
	// understand that they do not understand each other, and nothing else.
	shareVersion = 1
	// maxFrame bounds a frame, in bytes; a statement or a row cannot be larger.
	maxFrame = 16 << 20
	// rowsFrame is about how many bytes of rows are sent at once.
	rowsFrame = 64 << 10
)

// The steps of a transaction.
const (
	stepBegin  = "begin"
	stepDo     = "do"
	stepCommit = "commit"
)

// request is what the attached process says.
type request struct {
	Step string `cbor:"1,keyasint"`
	// Of a beginning.
	Version int    `cbor:"2,keyasint,omitempty"`
	File    string `cbor:"3,keyasint,omitempty"`
	Write   bool   `cbor:"4,keyasint,omitempty"`
	// Of a statement. Rows says that somebody reads what it returns.
	SQL  string `cbor:"5,keyasint,omitempty"`
	Args []any  `cbor:"6,keyasint,omitempty"`
	Rows bool   `cbor:"7,keyasint,omitempty"`
}

// response is what it is told: any number of frames with rows, and one that says
// how it ended.
type response struct {
	Rows  [][]any `cbor:"1,keyasint,omitempty"`
	Done  bool    `cbor:"2,keyasint,omitempty"`
	Count int64   `cbor:"3,keyasint,omitempty"`
	// Code is the name of a sentinel, Error the text.
	Code  string `cbor:"4,keyasint,omitempty"`
	Error string `cbor:"5,keyasint,omitempty"`
}

// sentinels are the errors that keep their meaning from one process to the other.
var sentinels = map[string]error{
	"conflict": storage.ErrConflict, "unavailable": storage.ErrUnavailable, "wrong key": storage.ErrWrongKey,
}

// failure is the response that tells of an error.
func failure(err error) response {
	r := response{Done: true, Error: err.Error()}
	for code, s := range sentinels {
		if errors.Is(err, s) {
			r.Code = code
		}
	}
	return r
}

// err is the error that the response tells of.
func (r response) err() error {
	switch s := sentinels[r.Code]; {
	case r.Error == "":
		return nil
	case s != nil:
		return fmt.Errorf("in the process that has the file: %w", errors.Join(s, errors.New(r.Error)))
	}
	return fmt.Errorf("in the process that has the file: %s", r.Error)
}

// frames reads and writes frames.
type frames struct {
	in     *bufio.Reader
	out    io.Writer
	decode cbor.DecMode
}

func newFrames(c io.ReadWriter) (*frames, error) {
	// Integers, texts and byte strings come back as the types they had.
	decode, err := cbor.DecOptions{IntDec: cbor.IntDecConvertSignedOrFail, MaxNestedLevels: 8, UTF8: cbor.UTF8DecodeInvalid}.DecMode()
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	return &frames{in: bufio.NewReader(c), out: c, decode: decode}, nil
}

func (f *frames) write(v any) error {
	text, err := cbor.Marshal(v)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	if len(text) > maxFrame {
		return fmt.Errorf("sqlite: %d bytes are too many for a frame", len(text))
	}
	_, err = f.out.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...)) //nolint:gosec // at most maxFrame
	return err
}

func (f *frames) read(v any) error {
	var head [4]byte
	if _, err := io.ReadFull(f.in, head[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxFrame {
		return fmt.Errorf("sqlite: a frame of %d bytes", n)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(f.in, text); err != nil {
		return err
	}
	return f.decode.Unmarshal(text, v)
}
