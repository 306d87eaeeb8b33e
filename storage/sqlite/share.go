package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/claviger-id/claviger/storage/sqlstore"
)

// Bounds of what a process shares.
const (
	maxAttached = 32
	// writeIdle is how long a transaction that writes may wait for its next
	// statement: nobody else writes meanwhile.
	writeIdle = 5 * time.Second
	// readIdle is the same for one that reads, which only keeps the write-ahead
	// log from beginning anew: whoever reads may look at a page of it for a while.
	readIdle = 10 * time.Minute
	// acceptPause is how long it waits after it could not accept.
	acceptPause = 200 * time.Millisecond
)

// Share lets other processes of the same user run transactions on files that this
// process has. What they may do to a file is all that this process may: whoever is
// let in could read the key of the file as well.
type Share struct {
	// Files are the files by the names under which they are asked for.
	Files map[string]*File
	Log   *slog.Logger
	// Idle is how long a transaction that writes may wait for its next statement;
	// zero means five seconds.
	Idle time.Duration
}

// Run accepts processes until ctx ends; then their transactions are taken back.
func (s *Share) Run(ctx context.Context, l *net.UnixListener) error {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	var all sync.WaitGroup
	defer all.Wait()
	seats := make(chan struct{}, maxAttached)
	for {
		seats <- struct{}{}
		c, err := l.AcceptUnix()
		if ctx.Err() != nil {
			if err == nil {
				_ = c.Close()
			}
			return nil
		}
		if err != nil { // too many files are open, say
			s.Log.LogAttrs(ctx, slog.LevelWarn, "another process could not be let in", slog.Any("error", err))
			<-seats
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(acceptPause):
			}
			continue
		}
		all.Go(func() {
			defer func() { <-seats }()
			if err := s.serve(ctx, c); err != nil && ctx.Err() == nil {
				s.Log.LogAttrs(ctx, slog.LevelWarn, "a transaction of another process was given up", slog.Any("error", err))
			}
		})
	}
}

// serve runs one transaction.
func (s *Share) serve(ctx context.Context, c *net.UnixConn) error {
	defer func() { _ = c.Close() }()
	f, err := newFrames(c)
	if err != nil {
		return err
	}
	if err := checkPeer(c); err != nil {
		return errors.Join(err, f.write(failure(errors.New("only the user of the server, and root, are let in"))))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	// A process that stands still must not hold up this one.
	idle := time.AfterFunc(writeIdle, func() { _ = c.Close() })
	defer idle.Stop()
	var begin request
	if err := f.read(&begin); err != nil {
		return nil //nolint:nilerr // who only looks whether somebody listens says nothing
	}
	idle.Stop()
	file, ok := s.Files[begin.File]
	switch {
	case begin.Step != stepBegin || begin.Version != shareVersion:
		return f.write(failure(errors.New("the running server is another version of claviger; use the same")))
	case !ok:
		return f.write(failure(fmt.Errorf("the running server does not have %q", begin.File)))
	}
	g := &guest{frames: f, idle: idle, wait: readIdle}
	if !begin.Write {
		err = file.readApart(ctx, func(tx *Tx) error { return g.run(ctx, tx) })
	} else {
		if g.wait = writeIdle; s.Idle > 0 {
			g.wait = s.Idle
		}
		err = file.Write(ctx, func(tx *Tx) error { return g.run(ctx, tx) })
	}
	switch {
	case g.left:
		return nil // it took its transaction back
	case err != nil:
		return errors.Join(err, f.write(failure(err)))
	}
	return f.write(response{Done: true})
}

// guest is a process that is attached, in its transaction.
type guest struct {
	frames *frames
	idle   *time.Timer
	wait   time.Duration
	// left says that it went away before it said commit.
	left bool
}

var errLeft = errors.New("sqlite: the attached process left")

// run runs its statements until it commits.
func (g *guest) run(ctx context.Context, tx *Tx) error {
	if err := g.frames.write(response{Done: true}); err != nil { // it begins
		g.left = true
		return errLeft
	}
	for {
		g.idle.Reset(g.wait)
		var r request
		if err := g.frames.read(&r); err != nil {
			// Where it was too slow, the timer has closed the connection.
			g.left = g.idle.Stop()
			return errors.Join(errLeft, err)
		}
		switch r.Step {
		case stepCommit:
			g.idle.Stop()
			return nil
		case stepDo:
			g.idle.Reset(g.wait) // for writing, too
			if err := g.do(ctx, tx, r); err != nil {
				return err
			}
		default:
			return fmt.Errorf("sqlite: there is no step %q", r.Step)
		}
	}
}

// do runs one statement. What comes of it is told; an error is that of telling.
func (g *guest) do(ctx context.Context, tx *Tx, r request) error {
	var (
		batch [][]any
		size  int
		lost  error
	)
	for i, a := range r.Args {
		if a == nil {
			r.Args[i] = []byte(nil)
		}
	}
	n, err := tx.Do(ctx, r.SQL, r.Args, func(of sqlstore.Row) error {
		if !r.Rows {
			return nil
		}
		local, ok := of.(row)
		if !ok {
			return fmt.Errorf("sqlite: a row is a %T", of)
		}
		columns, bytes, err := local.columns()
		if err != nil {
			return err
		}
		batch, size = append(batch, columns), size+bytes
		if size < rowsFrame {
			return nil
		}
		lost = g.frames.write(response{Rows: batch})
		batch, size = nil, 0
		return lost
	})
	switch {
	case lost != nil:
		return lost
	case err != nil:
		return g.frames.write(failure(err))
	}
	return g.frames.write(response{Rows: batch, Done: true, Count: n})
}

// columns copies all columns, and says about how many bytes they are.
func (r row) columns() ([]any, int, error) {
	all, size := make([]any, r.s.ColumnCount()), 0
	for i := range all {
		switch r.s.ColumnType(i) {
		case sqlite3.NULL:
		case sqlite3.INTEGER:
			all[i] = r.s.ColumnInt64(i)
		case sqlite3.BLOB:
			b := append([]byte{}, r.s.ColumnRawBlob(i)...)
			all[i], size = b, size+len(b)
		default:
			t := r.s.ColumnText(i)
			all[i], size = t, size+len(t)
		}
		size += 8
	}
	if err := r.s.Err(); err != nil {
		return nil, 0, classify(err)
	}
	return all, size, nil
}
