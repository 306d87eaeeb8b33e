package password

import "context"

// Occupy takes a slot, as a hash that is under way does.
func (h *Hasher) Occupy() (release func()) {
	if !h.slots.TryAcquire(1) {
		panic("no slot is free")
	}
	return func() { h.slots.Release(1) }
}

// Run runs a hash that takes as long as compute does.
func (h *Hasher) Run(ctx context.Context, compute func()) error {
	_, err := h.inSlots(ctx, 1, func() (Result, error) { compute(); return Result{}, nil })
	return err
}

// Reparse reads a stored hash and writes it.
func Reparse(stored string) (string, error) {
	h, err := parse(stored)
	if err != nil {
		return "", err
	}
	return h.encode(), nil
}
