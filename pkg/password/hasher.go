package password

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
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
	// pattern is what new hashes are like, without salt and tag.
	pattern scheme
	// fips says that nothing but PBKDF2 is made and verified.
	fips bool

	// Elsewhere computes the hashes, where it is not nil: package hashworker has
	// one. It is set before the first hash.
	Elsewhere Computer

	slots    *slots
	turns    *slots // how many slots are in turns at once
	slotKiB  uint32 // the memory of one slot
	running  atomic.Int64
	computed atomic.Int64
	refused  atomic.Int64
}

// NewHasher returns a hasher of argon2id whose hashes together use at most
// budgetMiB, and at most one for each of cores.
func NewHasher(p Params, budgetMiB, cores int) (*Hasher, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	n := min(cores, budgetMiB<<10/int(p.MemoryKiB))
	if n < 1 {
		return nil, fmt.Errorf("password: a budget of %d MiB does not hold one hash of %d KiB", budgetMiB, p.MemoryKiB)
	}
	pattern := argon2Hash{params: p, salt: make([]byte, saltLength), tag: make([]byte, tagLength)}
	return newHasher(pattern, n, budgetMiB), nil
}

// NewFIPSHasher returns a hasher of PBKDF2-HMAC-SHA-256 that verifies no hash of
// another kind than PBKDF2 with SHA-256 or SHA-512 (NIST SP 800-132).
func NewFIPSHasher(iterations, budgetMiB, cores int) (*Hasher, error) {
	if iterations < MinPBKDF2 || iterations > maxPBKDF2 {
		return nil, fmt.Errorf("password: %d iterations of PBKDF2 are not between %d and %d", iterations, MinPBKDF2, maxPBKDF2)
	}
	pattern := pbkdf2Hash{digest: "sha256", iterations: uint32(iterations), salt: make([]byte, saltLength), tag: make([]byte, tagLength)}
	h := newHasher(pattern, max(cores, 1), budgetMiB)
	h.fips = true
	return h, nil
}

func newHasher(pattern scheme, n, budgetMiB int) *Hasher {
	return &Hasher{
		pattern: pattern,
		slots:   newSlots(int64(n), queueFactor*int64(n), queueWait),
		turns:   newSlots(int64(max(1, n/2)), queueFactor*int64(n), turnWait),
		slotKiB: uint32(min(budgetMiB, 1<<20) << 10 / n), //nolint:gosec // at most 1 TiB in KiB
	}
}

// Stats counts what a hasher did since it was made.
type Stats struct {
	// Computed is the number of hashes begun, Refused that of calls told ErrBusy.
	Computed, Refused int64
	// Slots is how many run at once, Running how many are taken now.
	Slots, Running int
}

// Stats returns the counts.
func (h *Hasher) Stats() Stats {
	return Stats{Computed: h.computed.Load(), Refused: h.refused.Load(), Slots: int(h.slots.size), Running: int(h.running.Load())}
}

// Ready returns ErrBusy when whoever asks for a hash now is told that: for callers
// that have other work to do first.
func (h *Hasher) Ready() error {
	if h.slots.full() {
		return h.told(ErrBusy)
	}
	return nil
}

// Scheme names the algorithm and parameters of new hashes.
func (h *Hasher) Scheme() string { return h.pattern.String() }

// Hash returns what is to be stored of a password: a PHC string.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	return h.hash(ctx, password, h.run)
}

func (h *Hasher) hash(ctx context.Context, password string, run runner) (string, error) {
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt)
	var blank scheme
	switch p := h.pattern.(type) {
	case argon2Hash:
		p.salt = salt
		blank = p
	case pbkdf2Hash:
		p.salt = salt
		blank = p
	}
	result, err := run(ctx, blank, password, true)
	return result.Stored, err
}

// Verify reports whether the password is the one of the stored hash, and, when
// it is, whether its hash is not what Hash would make today. A hash that the
// FIPS mode does not compute matches nothing, at the usual cost.
func (h *Hasher) Verify(ctx context.Context, stored, password string) (match, rehash bool, err error) {
	return h.verify(ctx, stored, password, h.run)
}

func (h *Hasher) verify(ctx context.Context, stored, password string, run runner) (match, rehash bool, err error) {
	found, err := parse(stored)
	if err != nil {
		return false, false, err
	}
	if !h.computes(found) {
		_, err := run(ctx, h.pattern, password, false)
		return false, false, err
	}
	result, err := run(ctx, found, password, false)
	return result.Match, err == nil && result.Match && !h.current(found), err
}

// VerifyNothing costs what Verify costs and matches nothing: for an account
// that does not exist, so that nobody learns it from the time.
func (h *Hasher) VerifyNothing(ctx context.Context, password string) error {
	_, err := h.run(ctx, h.pattern, password, false)
	return err
}

// Verifiable says why a stored hash could never be verified by this hasher, or
// nil: for whoever stores one that another system made.
func (h *Hasher) Verifiable(stored string) error {
	found, err := parse(stored)
	switch {
	case err != nil:
		return err
	case !h.computes(found):
		return errors.New("password: with password.fips, only hashes of PBKDF2 with SHA-256 or SHA-512 are verified")
	case h.weight(found) > h.slots.size:
		return fmt.Errorf("password: the hash needs %d MiB, more than password.budget_mib", found.memory()>>10)
	}
	return nil
}

func (h *Hasher) computes(s scheme) bool { return !h.fips || Approved(s.String()) }

// Approved says that the FIPS mode computes hashes of a scheme, by its name.
func Approved(scheme string) bool {
	return strings.HasPrefix(scheme, "pbkdf2-sha256 ") || strings.HasPrefix(scheme, "pbkdf2-sha512 ")
}

// current says that a hash is what would be made today.
func (h *Hasher) current(s scheme) bool {
	switch s := s.(type) {
	case argon2Hash:
		p, ok := h.pattern.(argon2Hash)
		return ok && !s.dataIndependent && s.params == p.params && len(s.salt) == saltLength && len(s.tag) == tagLength
	case pbkdf2Hash:
		p, ok := h.pattern.(pbkdf2Hash)
		return ok && s.digest == p.digest && s.iterations == p.iterations && len(s.salt) == saltLength && len(s.tag) == tagLength
	}
	return false
}

// weight is how many slots a hash takes: more than one when it needs more memory
// than a slot has.
func (h *Hasher) weight(s scheme) int64 {
	return max(1, (int64(s.memory())+int64(h.slotKiB)-1)/int64(h.slotKiB))
}

// runner computes a hash: a new tag, or whether the password is that of the hash.
type runner func(ctx context.Context, what scheme, password string, fresh bool) (Result, error)

// run is the runner that waits for its slots.
func (h *Hasher) run(ctx context.Context, what scheme, password string, fresh bool) (Result, error) {
	compute, weight, err := h.prepare(what, password, fresh)
	if err != nil {
		return Result{}, err
	}
	return h.inSlots(ctx, weight, compute)
}

// prepare returns what computes a hash, and the slots that it needs.
func (h *Hasher) prepare(what scheme, password string, fresh bool) (compute func() (Result, error), weight int64, err error) {
	text, err := Normalize(password)
	if err != nil {
		return nil, 0, err
	}
	if weight = h.weight(what); weight > h.slots.size {
		return nil, 0, fmt.Errorf("%w: it needs %d slots; there are %d", errUnbounded, weight, h.slots.size)
	}
	task := Task{Stored: what.encode(), Text: []byte(text), Fresh: fresh}
	if h.Elsewhere != nil {
		return func() (Result, error) { return h.Elsewhere.Compute(task) }, weight, nil
	}
	return task.Compute, weight, nil
}

// inSlots waits for slots and computes in them.
func (h *Hasher) inSlots(ctx context.Context, weight int64, compute func() (Result, error)) (Result, error) {
	if err := h.acquire(ctx, weight); err != nil {
		return Result{}, err
	}
	return h.inHeld(ctx, weight, compute, func() { h.slots.give(weight) })
}

// inHeld computes in slots that were waited for; done is called when it has ended, which
// may be after the caller has gone.
func (h *Hasher) inHeld(ctx context.Context, weight int64, compute func() (Result, error), done func()) (Result, error) {
	h.computed.Add(1)
	h.running.Add(weight)
	type outcome struct {
		result Result
		err    error
	}
	ended := make(chan outcome, 1)
	go func() {
		var o outcome
		// The slots are somebody else's before the caller goes on, and may want others.
		defer func() { ended <- o }()
		defer func() {
			h.running.Add(-weight)
			done()
		}()
		o.result, o.err = compute()
	}()
	select {
	case o := <-ended:
		return o.result, h.told(o.err)
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
}

// acquire waits for slots.
func (h *Hasher) acquire(ctx context.Context, weight int64) error {
	return h.told(h.slots.take(ctx, weight))
}

// told counts who is told ErrBusy.
func (h *Hasher) told(err error) error {
	if errors.Is(err, ErrBusy) {
		h.refused.Add(1)
	}
	return err
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
