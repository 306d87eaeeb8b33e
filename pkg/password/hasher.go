package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/text/unicode/norm"
)

// ErrBusy says that too many hashes are under way or waiting. It says nothing
// about the password.
var ErrBusy = errors.New("password: too many hashes at once")

// Bounds of a password, before anything is computed.
const (
	// MaxBytes and MaxCodePoints bound what is hashed.
	MaxBytes      = 1024
	MaxCodePoints = 256
)

// How long somebody waits for a free slot, and how many may.
const (
	queueWait   = 2 * time.Second
	queueFactor = 4
)

// Hasher hashes passwords, a bounded number at a time. A hash cannot be
// interrupted: when its request goes away, it keeps its slot until it is done,
// so that the bound holds whatever callers do.
type Hasher struct {
	params   Params
	slots    chan struct{}
	waiting  atomic.Int64
	computed atomic.Int64
	refused  atomic.Int64
}

// NewHasher returns a hasher whose hashes together use at most budgetMiB, and
// at most one for each of cores.
func NewHasher(p Params, budgetMiB, cores int) (*Hasher, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	n := min(cores, budgetMiB<<10/int(p.MemoryKiB))
	if n < 1 {
		return nil, fmt.Errorf("password: a budget of %d MiB does not hold one hash of %d KiB", budgetMiB, p.MemoryKiB)
	}
	return &Hasher{params: p, slots: make(chan struct{}, n)}, nil
}

// Stats counts what a hasher did since it was made.
type Stats struct {
	// Computed is the number of hashes begun, Refused that of calls told ErrBusy.
	Computed, Refused int64
	// Slots is how many run at once, Running how many do now.
	Slots, Running int
}

// Stats returns the counts.
func (h *Hasher) Stats() Stats {
	return Stats{Computed: h.computed.Load(), Refused: h.refused.Load(), Slots: cap(h.slots), Running: len(h.slots)}
}

// Scheme names the algorithm and parameters of new hashes.
func (h *Hasher) Scheme() string { return "argon2id " + h.params.String() }

// Hash returns the PHC string of a password.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	fresh := hash{params: h.params, salt: make([]byte, saltLength), tag: make([]byte, tagLength)}
	_, _ = rand.Read(fresh.salt)
	tag, err := h.run(ctx, fresh, password)
	if err != nil {
		return "", err
	}
	fresh.tag = tag
	return fresh.encode(), nil
}

// Verify reports whether the password is the one of the PHC string, and, when
// it is, whether its hash is not what Hash would make today.
func (h *Hasher) Verify(ctx context.Context, phc, password string) (match, rehash bool, err error) {
	stored, err := parse(phc)
	if err != nil {
		return false, false, err
	}
	tag, err := h.run(ctx, stored, password)
	if err != nil {
		return false, false, err
	}
	match = subtle.ConstantTimeCompare(tag, stored.tag) == 1
	return match, match && (stored.params != h.params || len(stored.salt) != saltLength || len(stored.tag) != tagLength), nil
}

// VerifyNothing costs what Verify costs and matches nothing: for an account
// that does not exist, so that nobody learns it from the time.
func (h *Hasher) VerifyNothing(ctx context.Context, password string) error {
	_, err := h.run(ctx, hash{params: h.params, salt: make([]byte, saltLength), tag: make([]byte, tagLength)}, password)
	return err
}

// run computes a hash in a slot.
func (h *Hasher) run(ctx context.Context, what hash, password string) ([]byte, error) {
	text, err := Normalize(password)
	if err != nil {
		return nil, err
	}
	if err := h.acquire(ctx); err != nil {
		return nil, err
	}
	h.computed.Add(1)
	done := make(chan []byte, 1)
	go func() {
		defer func() { <-h.slots }()
		done <- what.compute([]byte(text))
	}()
	select {
	case tag := <-done:
		return tag, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (h *Hasher) acquire(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	default:
	}
	defer h.waiting.Add(-1)
	if h.waiting.Add(1) > int64(queueFactor*cap(h.slots)) {
		h.refused.Add(1)
		return ErrBusy
	}
	timer := time.NewTimer(queueWait)
	defer timer.Stop()
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-timer.C:
		h.refused.Add(1)
		return ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ErrTooLong says that a text is longer than any password may be.
var ErrTooLong = errors.New("password: too long")

// Normalize bounds a password and brings it into Unicode normalization form C
// (NIST SP 800-63B-4 section 3.1.1.2), so that the same characters typed on
// another machine are the same password. Nothing else is changed: no trimming,
// no folding, no truncation.
func Normalize(password string) (string, error) {
	if len(password) > MaxBytes {
		return "", ErrTooLong
	}
	text := norm.NFC.String(password)
	if len(text) > 4*MaxCodePoints || codePoints(text) > MaxCodePoints {
		return "", ErrTooLong
	}
	return text, nil
}

func codePoints(s string) int {
	n := 0
	for range s {
		n++
	}
	return n
}
