package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlstore"
)

// attachment is the way to a file that another process has and shares.
type attachment struct {
	socket string
	file   string
}

// attachedReaders is how many snapshots may be read at once.
const attachedReaders = 4

// attach makes a File of which another process runs the transactions.
func attach(ctx context.Context, socket, file string) (*File, error) {
	a := &attachment{socket: socket, file: file}
	f := &File{
		writer: make(chan *conn, 1), readers: make(chan *conn, attachedReaders), opened: attachedReaders,
		closed: make(chan struct{}), attached: true,
	}
	f.writer <- &conn{far: a}
	for range attachedReaders {
		f.readers <- &conn{far: a}
	}
	return f, a.run(ctx, false, func(*Tx) error { return nil })
}

// run runs fn in a transaction of the other process. Going away without a commit
// takes it back.
func (a *attachment) run(ctx context.Context, write bool, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return interrupted(err)
	}
	c, err := dialSocket(ctx, a.socket)
	if err != nil {
		return a.lost(ctx, err)
	}
	defer func() { _ = c.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	f, err := newFrames(c)
	if err != nil {
		return err
	}
	r := &remote{attachment: a, frames: f}
	if _, err := r.ask(ctx, request{Step: stepBegin, Version: shareVersion, File: a.file, Write: write}, nil); err != nil {
		return err
	}
	if err := fn(&Tx{far: r, readOnly: !write}); err != nil {
		return err
	}
	_, err = r.ask(ctx, request{Step: stepCommit}, nil)
	return err
}

// lost is the error of a connection that does not go on.
func (a *attachment) lost(ctx context.Context, err error) error {
	if cause := ctx.Err(); cause != nil {
		return interrupted(cause)
	}
	return fmt.Errorf("sqlite: the server that has %s did not go on with the transaction: %w", a.file, errors.Join(storage.ErrUnavailable, err))
}

// remote is one transaction in the other process.
type remote struct {
	*attachment
	frames *frames
	// broken is why nothing more can be said.
	broken error
}

// ask says one thing and hears the answer to its end.
func (r *remote) ask(ctx context.Context, q request, each func(sqlstore.Row) error) (int64, error) {
	if r.broken != nil {
		return 0, r.broken
	}
	if err := r.frames.write(q); err != nil {
		r.broken = r.lost(ctx, err)
		// Whoever is refused is told why, and not listened to.
		var last response
		if r.frames.read(&last) == nil && last.Error != "" {
			r.broken = last.err()
		}
		return 0, r.broken
	}
	var stopped error
	for {
		var answer response
		if err := r.frames.read(&answer); err != nil {
			r.broken = r.lost(ctx, err)
			return 0, r.broken
		}
		for _, columns := range answer.Rows {
			if each != nil && stopped == nil {
				stopped = each(sentRow(columns))
			}
		}
		if answer.Done {
			return answer.Count, errors.Join(stopped, answer.err())
		}
	}
}

// sentRow is a row that came from the other process.
type sentRow []any

// Scan copies the columns, with the conversions of SQLite.
func (r sentRow) Scan(dest ...any) error {
	if len(dest) > len(r) {
		return fmt.Errorf("sqlite: a row has %d columns, not %d", len(r), len(dest))
	}
	for i, d := range dest {
		var ok bool
		switch v := d.(type) {
		case *string:
			*v, ok = asText(r[i])
		case *int64:
			*v, ok = asNumber(r[i])
		case *[]byte:
			*v, ok = asBytes(r[i])
		}
		if !ok {
			return fmt.Errorf("sqlite: cannot scan a %T into a %T", r[i], d)
		}
	}
	return nil
}

func asText(column any) (string, bool) {
	switch c := column.(type) {
	case nil:
		return "", true
	case string:
		return c, true
	case []byte:
		return string(c), true
	case int64:
		return strconv.FormatInt(c, 10), true
	}
	return "", false
}

func asNumber(column any) (int64, bool) {
	switch c := column.(type) {
	case nil:
		return 0, true
	case int64:
		return c, true
	}
	return 0, false
}

func asBytes(column any) ([]byte, bool) {
	switch c := column.(type) {
	case nil:
		return nil, true
	case []byte:
		return c, true
	case string:
		return []byte(c), true
	}
	return nil, false
}
