package password

import "context"

// Occupy takes a slot, as a hash that is under way does.
func (h *Hasher) Occupy() (release func()) {
	if !h.slots.tryTake(1) {
		panic("no slot is free")
	}
	return func() { h.slots.give(1) }
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

// Waiting is how many wait for slots, those in turns among them.
func (h *Hasher) Waiting() int {
	h.slots.mu.Lock()
	defer h.slots.mu.Unlock()
	return len(h.slots.queue)
}
