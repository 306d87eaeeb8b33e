package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/storage"
)

func openGroups(t *testing.T) *File {
	t.Helper()
	f, err := OpenFile(t.Context(), FileOptions{Path: filepath.Join(t.TempDir(), "d.db"), Key: bytes.Repeat([]byte{7}, keySize)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	if err := f.Write(t.Context(), func(tx *Tx) error { return tx.Script(`CREATE TABLE t (x INTEGER UNIQUE)`) }); err != nil {
		t.Fatal(err)
	}
	return f
}

func insert(ctx context.Context, x int64) func(*Tx) error {
	return func(tx *Tx) error {
		_, err := tx.Do(ctx, `INSERT INTO t VALUES ($1)`, []any{x}, nil)
		return err
	}
}

func rows(t *testing.T, f *File) []int64 {
	t.Helper()
	all := []int64{}
	if err := f.Read(t.Context(), func(tx *Tx) error {
		_, err := tx.Do(t.Context(), `SELECT x FROM t ORDER BY x`, nil, func(r Row) error {
			var x int64
			err := r.Scan(&x)
			all = append(all, x)
			return err
		})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

var errOwn = errors.New("of its own")

// TestGroup: of transactions that are committed together each stands or falls
// by itself, none is there before the commit, and all are after it.
func TestGroup(t *testing.T) {
	f, ctx := openGroups(t), t.Context()
	c := <-f.writer
	g, err := c.join(ctx, insert(ctx, 1))
	if err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	for name, one := range map[string]struct {
		ctx  context.Context
		fn   func(*Tx) error
		want error
	}{
		"stands":   {ctx, insert(ctx, 2), nil},
		"fails":    {ctx, func(tx *Tx) error { return errors.Join(insert(ctx, 3)(tx), errOwn) }, errOwn},
		"conflict": {ctx, insert(ctx, 1), storage.ErrConflict},
		"goes on after a conflict": {ctx, func(tx *Tx) error {
			if err := insert(ctx, 1)(tx); !errors.Is(err, storage.ErrConflict) {
				t.Errorf("the rows of the others cannot be seen: %v", err)
			}
			return insert(ctx, 4)(tx)
		}, nil},
		"cancelled": {cancelled, func(tx *Tx) error {
			err := insert(cancelled, 5)(tx)
			cancel()
			return err
		}, context.Canceled},
	} {
		member, err := c.join(one.ctx, one.fn)
		if !errors.Is(err, one.want) || one.want == nil && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if member != g {
			t.Errorf("%s: is not of the group", name)
		}
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = c.join(ctx, func(tx *Tx) error {
			_ = insert(ctx, 6)(tx)
			panic("oh")
		})
	}()
	if diff := cmp.Diff([]int64{}, rows(t, f)); diff != "" {
		t.Errorf("before the commit: %s", diff)
	}
	c.commit()
	f.writer <- c
	<-g.done
	if g.err != nil {
		t.Error(g.err)
	}
	if diff := cmp.Diff([]int64{1, 2, 4}, rows(t, f)); diff != "" {
		t.Error(diff)
	}
}

// TestGroupThatTheDatabaseTakesBack: when the database gives up the whole
// transaction, as it may when the disk is full, everybody in it is told so, and
// the next ones succeed.
func TestGroupThatTheDatabaseTakesBack(t *testing.T) {
	f, ctx := openGroups(t), t.Context()
	c := <-f.writer
	g, err := c.join(ctx, insert(ctx, 1))
	if err != nil {
		t.Fatal(err)
	}
	own, err := c.join(ctx, func(tx *Tx) error {
		_, err := tx.Do(ctx, `INSERT OR ROLLBACK INTO t VALUES (1)`, nil, nil)
		_ = err // overlooked
		return nil
	})
	if !errors.Is(err, storage.ErrConflict) || own != nil {
		t.Errorf("who caused it: %v", err)
	}
	<-g.done
	if g.err == nil {
		t.Error("the others believe that they were committed")
	}
	f.writer <- c
	if err := f.Write(ctx, insert(ctx, 2)); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]int64{2}, rows(t, f)); diff != "" {
		t.Error(diff)
	}
}

// TestManyWriters: whoever was told that it is written finds it, and nobody
// else, however the transactions fall into groups.
func TestManyWriters(t *testing.T) {
	f := openGroups(t)
	const writers, each = 16, 25
	var (
		mu   sync.Mutex // guards want
		want = []int64{}
		wait sync.WaitGroup
	)
	for w := range writers {
		wait.Go(func() {
			for i := range each {
				x := int64(w*each + i)
				ctx, cancel := context.WithCancel(t.Context())
				err := f.Write(ctx, func(tx *Tx) error {
					err := insert(ctx, x)(tx)
					switch x % 4 {
					case 1:
						return errors.Join(err, errOwn)
					case 2:
						cancel()
					}
					return err
				})
				cancel()
				if kept := x%4 == 0 || x%4 == 3; kept != (err == nil) {
					t.Errorf("%d: %v", x, err)
				}
				if err != nil {
					continue
				}
				if !slices.Contains(rows(t, f), x) {
					t.Errorf("%d is not there after it was written", x)
				}
				mu.Lock()
				want = append(want, x)
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	slices.Sort(want)
	if diff := cmp.Diff(want, rows(t, f)); diff != "" {
		t.Error(diff)
	}
}

// TestCloseWritesWhatIsUnderWay: nobody is left without an answer.
func TestCloseWritesWhatIsUnderWay(t *testing.T) {
	f := openGroups(t)
	var wait sync.WaitGroup
	began := make(chan struct{}, 100)
	for x := range int64(20) {
		wait.Go(func() {
			began <- struct{}{}
			if err := f.Write(t.Context(), insert(t.Context(), x)); err != nil && !errors.Is(err, storage.ErrUnavailable) {
				t.Errorf("%d: %v", x, err)
			}
		})
	}
	<-began
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	wait.Wait()
	if err := f.Write(t.Context(), func(*Tx) error { return fmt.Errorf("ran") }); !errors.Is(err, storage.ErrUnavailable) {
		t.Error(err)
	}
}
