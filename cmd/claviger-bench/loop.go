package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/ncruces/go-sqlite3"
	_ "github.com/ncruces/go-sqlite3/vfs/adiantum" // registers the encrypting file layer
	"golang.org/x/crypto/argon2"
)

// loopRows is how many rows the loops change in turn.
const loopRows = 1000

// loopResult is what a loop, which is a process of its own, prints.
type loopResult struct {
	Seconds   float64         `json:"seconds"`
	Latencies []time.Duration `json:"latencies"`
}

// loop runs a piece of work on several workers for a while and prints what came
// of it.
func loop(ctx context.Context, out io.Writer, workers []func(context.Context) error, length time.Duration) error {
	var (
		mu   sync.Mutex // guards all
		all  []time.Duration
		errs []error
		wait sync.WaitGroup
	)
	began := time.Now()
	for _, do := range workers {
		wait.Go(func() {
			var own []time.Duration
			var err error
			for at := time.Now(); err == nil && at.Sub(began) < length; {
				err = do(ctx)
				now := time.Now()
				own = append(own, now.Sub(at))
				at = now
			}
			mu.Lock()
			defer mu.Unlock()
			all, errs = append(all, own...), append(errs, err)
		})
	}
	wait.Wait()
	took := time.Since(began).Seconds()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(loopResult{Seconds: took, Latencies: all})
}

// loopPostgres changes one row of a table of its own in each transaction, as
// fast as the database lets it, on that many connections. The URL comes on
// standard input: it holds a password.
func loopPostgres(ctx context.Context, in io.Reader, out io.Writer, connections int, length time.Duration) error {
	text, err := io.ReadAll(io.LimitReader(in, 4096))
	if err != nil {
		return err
	}
	var workers []func(context.Context) error
	for i := range connections {
		conn, err := pgx.Connect(ctx, strings.TrimSpace(string(text)))
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
		if i == 0 {
			if _, err := conn.Exec(ctx, `CREATE TABLE IF NOT EXISTS bare (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)`); err != nil {
				return err
			}
			if _, err := conn.Exec(ctx, `INSERT INTO bare SELECT g, 0 FROM generate_series(0, $1) g ON CONFLICT DO NOTHING`, loopRows-1); err != nil {
				return err
			}
		}
		workers = append(workers, func(ctx context.Context) error {
			tag, err := conn.Exec(ctx, `UPDATE bare SET n = n + 1 WHERE id = $1`, rand.IntN(loopRows)) //nolint:gosec // which row is no secret
			if err == nil && tag.RowsAffected() != 1 {
				err = errors.New("the row is not there")
			}
			return err
		})
	}
	return loop(ctx, out, workers, length)
}

// loopSQLite does the same on an encrypted file that waits for the disk. There
// is one writer: more would wait for each other.
func loopSQLite(ctx context.Context, out io.Writer, path string, length time.Duration) error {
	db, err := sqlite3.OpenFlags("file:"+path+"?vfs=adiantum", sqlite3.OPEN_READWRITE|sqlite3.OPEN_CREATE|sqlite3.OPEN_URI)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	for _, sql := range []string{
		`PRAGMA hexkey='` + strings.Repeat("42", 32) + `'`, `PRAGMA journal_mode=wal`, `PRAGMA synchronous=full`, `PRAGMA cache_size=-4096`,
		`CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)`,
		fmt.Sprintf(`WITH RECURSIVE g (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM g WHERE i < %d) INSERT OR IGNORE INTO bare SELECT i, 0 FROM g`, loopRows-1),
	} {
		if err := db.Exec(sql); err != nil {
			return err
		}
	}
	update, _, err := db.Prepare(`UPDATE bare SET n = n + 1 WHERE id = ?`)
	if err != nil {
		return err
	}
	defer func() { _ = update.Close() }()
	return loop(ctx, out, []func(context.Context) error{func(context.Context) error {
		if err := update.BindInt(1, rand.IntN(loopRows)); err != nil { //nolint:gosec // which row is no secret
			return err
		}
		if err := update.Exec(); err != nil {
			return err
		}
		return update.Reset()
	}}, length)
}

// loopArgon2id computes hashes, as many at once as there are slots.
func loopArgon2id(ctx context.Context, out io.Writer, slots int, p hashParams, length time.Duration) error {
	salt := []byte("sixteen bytes at")
	workers := slices.Repeat([]func(context.Context) error{func(context.Context) error {
		_ = argon2.IDKey([]byte("a password of some length"), salt, p.iterations, p.memoryMiB<<10, p.lanes, 32)
		return nil
	}}, slots)
	return loop(ctx, out, workers, length)
}

// measureLoop runs one of the loops as a process of its own.
func measureLoop(ctx context.Context, self, input string, args ...string) (measured, error) {
	cmd := exec.CommandContext(ctx, self, append([]string{"reference"}, args...)...) //nolint:gosec // ourselves
	cmd.Stdin = strings.NewReader(input)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	text, err := cmd.Output()
	if err != nil {
		return measured{}, fmt.Errorf("%v: %w\n%s", args, err, complaint.String())
	}
	var r loopResult
	if err := json.Unmarshal(text, &r); err != nil {
		return measured{}, err
	}
	m := measured{n: len(r.Latencies), took: time.Duration(r.Seconds * float64(time.Second)), latencies: r.Latencies}
	slices.Sort(m.latencies)
	if m.n > 0 {
		m.cost.cpu = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()) / time.Duration(m.n)
	}
	return m, nil
}
