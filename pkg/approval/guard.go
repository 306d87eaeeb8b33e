package approval

import (
	"context"
	"sync/atomic"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// Guard is a store whose first transaction that succeeds is another's to run: it is the act
// for which a second person is asked. That something was denied is no act.
type Guard struct {
	storage.Store
	// First runs that transaction.
	First func(ctx context.Context, fn func(tx storage.Tx) error) error

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
	err := g.First(ctx, fn)
	if err == nil {
		g.entered.Store(true)
	}
	return err
}
