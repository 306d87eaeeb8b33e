package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/claviger-id/claviger/storage"
)

func TestClassify(t *testing.T) {
	state := func(code string) error { return fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: code}) }
	for name, c := range map[string]struct {
		err       error
		is, isNot error
	}{
		"unique violation":      {state("23505"), storage.ErrConflict, storage.ErrUnavailable},
		"foreign key violation": {state("23503"), nil, storage.ErrConflict},
		"connection failure":    {state("08006"), storage.ErrUnavailable, storage.ErrConflict},
		"too many connections":  {state("53300"), storage.ErrUnavailable, nil},
		"disk full":             {state("53100"), storage.ErrUnavailable, nil},
		"shutdown":              {state("57P01"), storage.ErrUnavailable, nil},
		"statement timeout":     {state("57014"), storage.ErrUnavailable, nil},
		"lock timeout":          {state("55P03"), storage.ErrUnavailable, nil},
		"serialization failure": {state("40001"), storage.ErrUnavailable, nil},
		"deadlock":              {state("40P01"), storage.ErrUnavailable, nil},
		"standby":               {state("25006"), storage.ErrUnavailable, nil},
		"plan of before":        {fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: "0A000", Routine: "RevalidateCachedQuery"}), storage.ErrUnavailable, nil},
		"not supported":         {state("0A000"), nil, storage.ErrUnavailable},
		"syntax error":          {state("42601"), nil, storage.ErrUnavailable},
		"no code":               {state(""), nil, storage.ErrUnavailable},
		"broken connection":     {io.ErrUnexpectedEOF, storage.ErrUnavailable, nil},
		"deadline":              {context.DeadlineExceeded, storage.ErrUnavailable, nil},
		"cancelled":             {context.Canceled, context.Canceled, storage.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			got := classify(c.err)
			if c.is != nil && !errors.Is(got, c.is) {
				t.Errorf("classify = %v, want %v", got, c.is)
			}
			if c.isNot != nil && errors.Is(got, c.isNot) {
				t.Errorf("classify = %v, not %v", got, c.isNot)
			}
			if !errors.Is(got, c.err) {
				t.Errorf("classify = %v lost the cause", got)
			}
		})
	}
}
