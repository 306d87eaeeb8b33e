package password

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Computing computes hashes, as the methods of Hasher that have these names.
type Computing interface {
	Hash(ctx context.Context, password string) (string, error)
	Verify(ctx context.Context, stored, password string) (match, rehash bool, err error)
	VerifyNothing(ctx context.Context, password string) error
}

var _ Computing = (*Hasher)(nil)

// turnWait is how long somebody waits for a turn.
const turnWait = 4 * time.Second

// TurnTime is how long a turn is at most.
const TurnTime = 15 * time.Second

// InTurn is how long so many hashes take in a turn, where one takes so long: alone, and
// beside others to whom the slot goes between two of them.
func InTurn(hashes int, one time.Duration) (alone, beside time.Duration) {
	alone = time.Duration(hashes) * one
	return alone, 2 * alone
}

// Turn waits for one of few turns, and lets do compute in it as many hashes as it wants,
// one after the other. The first one waits for its slot as any hash. Between two of them
// the slot goes to whoever waits longest, and the next free one to the turn: who waited
// behind all others for each hash would get through hardly ever, and who kept the slot
// would keep all others from signing in. There are half as many turns as slots, so that
// the other half is never in one. ErrBusy when there is no turn, or it takes too long.
//
// do is called with a context that ends with the turn.
func (h *Hasher) Turn(ctx context.Context, do func(ctx context.Context, in Computing) error) error {
	if err := h.told(h.turns.take(ctx, 1)); err != nil {
		return err
	}
	t := &turn{hasher: h}
	defer func() {
		// Where do gave up, a hash may be under way: until it has ended, its slot is
		// one that is in a turn.
		go func() {
			t.under.Wait()
			h.turns.give(1)
		}()
	}()
	bounded, cancel := context.WithTimeout(ctx, TurnTime)
	defer cancel()
	err := do(bounded, t)
	if errors.Is(err, context.DeadlineExceeded) && bounded.Err() != nil && ctx.Err() == nil {
		return h.told(ErrBusy)
	}
	return err
}

// turn computes one hash after the other.
type turn struct {
	hasher *Hasher
	begun  bool
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

// run is the runner that waits as any other for its first slots, and then for the next
// ones that are free.
func (t *turn) run(ctx context.Context, what scheme, password string, fresh bool) (Result, error) {
	compute, weight, err := t.hasher.prepare(what, password, fresh)
	if err != nil {
		return Result{}, err
	}
	if t.begun {
		err = t.hasher.slots.takeNext(ctx, weight)
	} else {
		err = t.hasher.acquire(ctx, weight)
	}
	if err != nil {
		return Result{}, err
	}
	t.begun = true
	t.under.Add(1)
	return t.hasher.inHeld(ctx, weight, compute, func() {
		t.hasher.slots.give(weight)
		t.under.Done()
	})
}
