package approval

import (
	"context"
	"sync/atomic"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// Guard is a store whose first transaction begins with something else: a request that is
// spent with what it was for. That something was denied spends nothing.
type Guard struct {
	storage.Store
	Enter func(ctx context.Context, tx storage.Tx) error

	entered atomic.Bool
}

var (
	_ storage.Store = (*Guard)(nil)
	_ audit.Denier  = (*Guard)(nil)
)

// Deny implements [audit.Denier].
func (g *Guard) Deny(ctx context.Context, e audit.Event) error { return audit.Deny(ctx, g.Store, e) }

// Tx implements [storage.Store].
func (g *Guard) Tx(ctx context.Context, fn func(tx storage.Tx) error) error {
	if g.entered.Load() { // what was begun is brought to its end
		return g.Store.Tx(ctx, fn)
	}
	err := g.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := g.Enter(ctx, tx); err != nil {
			return err
		}
		return fn(tx)
	})
	if err == nil {
		g.entered.Store(true)
	}
	return err
}
