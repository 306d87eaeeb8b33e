package storagetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func testImports(t *testing.T, s storage.Store) {
	i := storage.Import{ID: "f", Line: 5, Offset: 900, RejectsSize: 10, Created: 3, Known: 1, Rejected: 1, StartedAt: moment, UpdatedAt: moment, SubmittedBy: "operator:a"}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		_, err := tx.Imports().Get(ctx, "f")
		want(t, "Get of none", err, storage.ErrNotFound)
		return tx.Imports().Put(ctx, i)
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		got, err := tx.Imports().Get(ctx, "f")
		same(t, "Get", got, i)
		i.Line, i.FinishedAt = 9, moment.Add(time.Hour)
		return errors.Join(err, tx.Imports().Put(ctx, i))
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		got, err := tx.Imports().Get(ctx, "f")
		same(t, "after the second Put", got, i)
		return err
	})
}
