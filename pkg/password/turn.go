package password

import (
	"context"
	"sync"
)

// Computing computes hashes, as the methods of Hasher that have these names.
type Computing interface {
	Hash(ctx context.Context, password string) (string, error)
	Verify(ctx context.Context, stored, password string) (match, rehash bool, err error)
	VerifyNothing(ctx context.Context, password string) error
}

var _ Computing = (*Hasher)(nil)

// Turn waits once for a slot, as long as for a single hash, and lets do compute in it as
// many hashes as it wants, one after the other. Whoever waited for each of them would
// wait for all of them together, and with that many others around get through hardly
// ever.
func (h *Hasher) Turn(ctx context.Context, do func(Computing) error) error {
	if err := h.acquire(ctx, 1); err != nil {
		return err
	}
	t := &turn{hasher: h}
	defer func() {
		// Where do gave up, a hash may be under way.
		go func() {
			t.under.Wait()
			h.slots.Release(1)
		}()
	}()
	return do(t)
}

// turn computes in the slot that it has.
type turn struct {
	hasher *Hasher
	under  sync.WaitGroup // hashes that are being computed
}

var _ Computing = (*turn)(nil)

// Hash implements Computing.
func (t *turn) Hash(ctx context.Context, password string) (string, error) {
	return t.hasher.hash(ctx, password, t.run)
}

// Verify implements Computing.
func (t *turn) Verify(ctx context.Context, stored, password string) (match, rehash bool, err error) {
	return t.hasher.verify(ctx, stored, password, t.run)
}

// VerifyNothing implements Computing.
func (t *turn) VerifyNothing(ctx context.Context, password string) error {
	_, err := t.run(ctx, t.hasher.pattern, password, false)
	return err
}

// run is the runner that waits only for what a hash needs beyond one slot: one that
// another system made may.
func (t *turn) run(ctx context.Context, what scheme, password string, fresh bool) (Result, error) {
	compute, weight, err := t.hasher.prepare(what, password, fresh)
	if err != nil {
		return Result{}, err
	}
	more := weight - 1
	if more > 0 {
		if err := t.hasher.acquire(ctx, more); err != nil {
			return Result{}, err
		}
	}
	t.under.Add(1)
	return t.hasher.inHeld(ctx, weight, compute, func() {
		if more > 0 {
			t.hasher.slots.Release(more)
		}
		t.under.Done()
	})
}
