package sqlstore

import (
	"context"

	"github.com/claviger-id/claviger/storage"
)

type imports struct{ c Conn }

var _ storage.Imports = imports{}

func (s imports) Get(ctx context.Context, id string) (storage.Import, error) {
	var i storage.Import
	err := find(ctx, s.c,
		`SELECT id, line, byte_offset, rejects_size, created, known, rejected, started_at, updated_at, finished_at, submitted_by FROM roster_import WHERE id = $1`,
		[]any{id}, func(r Row) error {
			var started, updated, finished int64
			err := r.Scan(&i.ID, &i.Line, &i.Offset, &i.RejectsSize, &i.Created, &i.Known, &i.Rejected, &started, &updated, &finished, &i.SubmittedBy)
			i.StartedAt, i.UpdatedAt, i.FinishedAt = moment(started), moment(updated), moment(finished)
			return err
		})
	return i, err
}

func (s imports) Put(ctx context.Context, i storage.Import) error {
	return s.c.Later(ctx,
		`INSERT INTO roster_import (id, line, byte_offset, rejects_size, created, known, rejected, started_at, updated_at, finished_at, submitted_by)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		 ON CONFLICT (id) DO UPDATE SET line = $2, byte_offset = $3, rejects_size = $4, created = $5, known = $6, rejected = $7,
		   started_at = $8, updated_at = $9, finished_at = $10, submitted_by = $11`,
		i.ID, i.Line, i.Offset, i.RejectsSize, i.Created, i.Known, i.Rejected, micros(i.StartedAt), micros(i.UpdatedAt), micros(i.FinishedAt), i.SubmittedBy)
}
