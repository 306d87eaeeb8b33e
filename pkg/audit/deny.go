package audit

import (
	"context"
	"errors"

	"github.com/claviger-id/claviger/storage"
)

// Denier is a store that does something else with each change, such as ending the request
// of whoever was allowed it: it records that something was denied without that.
type Denier interface {
	Deny(ctx context.Context, e Event) error
}

// Deny records, in a transaction of its own, that something was denied. It changes
// nothing else.
func Deny(ctx context.Context, store storage.Store, e Event) error {
	if e.Outcome != OutcomeDeny {
		return errors.New("audit: what was not denied is recorded with its change")
	}
	if d, ok := store.(Denier); ok {
		return d.Deny(ctx, e)
	}
	return store.Tx(ctx, func(tx storage.Tx) error { return Record(ctx, tx, e) })
}
