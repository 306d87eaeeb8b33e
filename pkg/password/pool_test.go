package password_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/claviger-id/claviger/pkg/password"
)

// In a bubble the clock moves only when every goroutine waits, and who computes
// does not wait: a slot that is never given back is one that we hold ourselves.

func TestWhoWaitsTwoSecondsIsToldToComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hasher(t, 19, 1)
		release := h.Occupy()
		begun := time.Now()
		err := h.VerifyNothing(t.Context(), "x")
		if !errors.Is(err, password.ErrBusy) {
			t.Errorf("error = %v", err)
		}
		if waited := time.Since(begun); waited != 2*time.Second {
			t.Errorf("waited %v", waited)
		}
		if s := h.Stats(); s.Computed != 0 || s.Refused != 1 {
			t.Errorf("%+v", s)
		}
		release()
		if err := h.VerifyNothing(t.Context(), "x"); err != nil {
			t.Errorf("a free slot: %v", err)
		}
	})
}

// slow returns a hasher of so many slots whose hashes take a quarter of a second each.
func slow(t *testing.T, slots int) *password.Hasher {
	t.Helper()
	h := hasher(t, 19*slots, slots)
	h.Elsewhere = computer(func() { time.Sleep(250 * time.Millisecond) })
	return h
}

// several computes n hashes in a turn.
func several(ctx context.Context, h *password.Hasher, n int) error {
	return h.Turn(ctx, func(ctx context.Context, in password.Computing) error {
		for range n {
			if err := in.VerifyNothing(ctx, "x"); err != nil {
				return err
			}
		}
		return nil
	})
}

// Whoever changes a password over and over does not keep others from signing in.
func TestTurnsLeaveRoomForOthers(t *testing.T) {
	for slots, others := range map[int]int{1: 3, 2: 6, 3: 9, 4: 12, 8: 24} {
		synctest.Test(t, func(t *testing.T) {
			h := slow(t, slots)
			ctx, cancel := context.WithCancel(t.Context())
			var loops sync.WaitGroup
			for range 2 * slots {
				loops.Go(func() {
					for ctx.Err() == nil {
						if err := several(ctx, h, 11); err != nil && !errors.Is(err, password.ErrBusy) && ctx.Err() == nil {
							t.Error(err)
						}
						time.Sleep(time.Millisecond)
					}
				})
			}
			time.Sleep(100 * time.Millisecond)
			for range 3 {
				var wg sync.WaitGroup
				for range others {
					wg.Go(func() {
						if err := h.VerifyNothing(t.Context(), "x"); err != nil {
							t.Errorf("%d slots: a sign-in: %v", slots, err)
						}
					})
				}
				wg.Wait()
			}
			cancel()
			loops.Wait()
			time.Sleep(time.Second)
			if s := h.Stats(); s.Running != 0 {
				t.Errorf("%d slots: %+v", slots, s)
			}
		})
	}
}

// With sign-ins waiting all the time, a turn waits for one hash between two of its own, and
// not for all that are before it.
func TestATurnIsNotPutBehindEverybody(t *testing.T) {
	for _, slots := range []int{1, 2, 4} {
		synctest.Test(t, func(t *testing.T) {
			h := slow(t, slots)
			ctx, cancel := context.WithCancel(t.Context())
			var crowd sync.WaitGroup
			for range 4 * slots {
				crowd.Go(func() {
					for ctx.Err() == nil {
						_ = h.VerifyNothing(ctx, "x")
					}
				})
			}
			synctest.Wait()
			begun := time.Now()
			if err := several(t.Context(), h, 11); err != nil {
				t.Errorf("%d slots: %v", slots, err)
			}
			if took := time.Since(begun); took > 2*time.Second+22*250*time.Millisecond {
				t.Errorf("%d slots: a turn of 11 hashes took %v", slots, took)
			}
			cancel()
			crowd.Wait()
			time.Sleep(time.Second)
		})
	}
}

// order notes what is hashed, and takes a moment.
type order struct{ of *[]string }

func (o order) Compute(task password.Task) (password.Result, error) {
	*o.of = append(*o.of, string(task.Text))
	time.Sleep(time.Millisecond)
	return password.Result{}, nil
}

// Between two hashes of a turn the slot is that of who waits longest, once.
func TestATurnGivesWayAfterEachHash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hasher(t, 19, 1)
		var hashed []string
		h.Elsewhere = order{&hashed}
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := several(t.Context(), h, 4); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		for _, other := range []string{"a", "b"} {
			wg.Go(func() {
				if err := h.VerifyNothing(t.Context(), other); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		if got := strings.Join(hashed, ""); got != "xaxbxx" {
			t.Errorf("hashed %q", got)
		}
	})
}

// A turn waits for its first slot as any hash does, and for its turn twice as long; and it
// is over after a quarter of a minute, whatever it waits for.
func TestATurnIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hasher(t, 2*19, 2)
		releases := []func(){h.Occupy(), h.Occupy()}
		begun := time.Now()
		if err := several(t.Context(), h, 1); !errors.Is(err, password.ErrBusy) || time.Since(begun) != 2*time.Second {
			t.Errorf("no slot: %v after %v", err, time.Since(begun))
		}
		for _, release := range releases {
			release()
		}
		end := make(chan struct{})
		var first error
		go func() {
			first = h.Turn(t.Context(), func(ctx context.Context, in password.Computing) error {
				if err := in.VerifyNothing(ctx, "x"); err != nil {
					return err
				}
				<-end
				return nil
			})
		}()
		synctest.Wait()
		begun = time.Now()
		if err := several(t.Context(), h, 1); !errors.Is(err, password.ErrBusy) || time.Since(begun) != 4*time.Second {
			t.Errorf("no turn: %v after %v", err, time.Since(begun))
		}
		close(end)
		synctest.Wait()
		begun = time.Now()
		h.Elsewhere = computer(func() { time.Sleep(4 * time.Second) })
		if err := several(t.Context(), h, 11); !errors.Is(err, password.ErrBusy) || time.Since(begun) != 15*time.Second || first != nil {
			t.Errorf("a turn that takes long: %v after %v, %v", err, time.Since(begun), first)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if s := h.Stats(); s.Refused != 3 || s.Running != 0 {
			t.Errorf("%+v", s)
		}
		for range 2 { // both are free
			defer h.Occupy()()
		}
	})
}

// Who panics, hangs up while waiting between two hashes, or at the very moment at which a
// slot becomes free, leaves all slots and turns to others.
func TestNoSlotIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := slow(t, 2)
		func() {
			defer func() { _ = recover() }()
			_ = h.Turn(t.Context(), func(ctx context.Context, in password.Computing) error {
				_ = in.VerifyNothing(ctx, "x")
				panic("in a turn")
			})
		}()
		synctest.Wait()
		for i := range 40 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*125*time.Millisecond)
			var wg sync.WaitGroup
			for n := range 6 {
				wg.Go(func() {
					if n%2 == 0 {
						_ = h.VerifyNothing(ctx, "x")
						return
					}
					_ = several(ctx, h, 3)
				})
			}
			wg.Wait()
			cancel()
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if s := h.Stats(); s.Running != 0 || h.Waiting() != 0 {
			t.Errorf("%+v, %d wait", s, h.Waiting())
		}
		for range 2 {
			defer h.Occupy()()
		}
	})
}

// A hash that needs several slots is not passed over by turns that go on.
func TestTurnsDoNotPassOverALargeHash(t *testing.T) {
	const large = "$argon2id$v=19$m=76800,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" // 75 MiB
	synctest.Test(t, func(t *testing.T) {
		h := slow(t, 4)
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if err := several(t.Context(), h, 11); err != nil {
					t.Error(err)
				}
			})
			time.Sleep(100 * time.Millisecond) // never between two hashes at once
		}
		begun := time.Now()
		if _, _, err := h.Verify(t.Context(), large, "x"); err != nil || time.Since(begun) > time.Second {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
		wg.Wait()
	})
}

// A turn that is given up keeps its slot until the hash that is under way has ended.
func TestATurnThatIsGivenUpKeepsTheSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hasher(t, 19, 1)
		end := make(chan struct{})
		h.Elsewhere = computer(func() { <-end })
		ctx, cancel := context.WithCancel(t.Context())
		var err error
		go func() {
			err = several(ctx, h, 1)
		}()
		synctest.Wait()
		cancel()
		synctest.Wait()
		if !errors.Is(err, context.Canceled) || h.Stats().Running != 1 {
			t.Fatalf("error %v, %d are running", err, h.Stats().Running)
		}
		if err := h.VerifyNothing(t.Context(), "x"); !errors.Is(err, password.ErrBusy) {
			t.Errorf("the slot was given away: %v", err)
		}
		if err := several(t.Context(), h, 1); !errors.Is(err, password.ErrBusy) {
			t.Errorf("the turn was given away: %v", err)
		}
		close(end)
		synctest.Wait()
		h.Occupy()()
		if err := several(t.Context(), h, 1); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// computer computes nothing, and takes as long as it does.
type computer func()

func (c computer) Compute(password.Task) (password.Result, error) {
	c()
	return password.Result{}, nil
}

func TestFourForEachSlotMayWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hasher(t, 2*19, 2)
		releases := []func(){h.Occupy(), h.Occupy()}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := h.VerifyNothing(t.Context(), "x"); err != nil {
					t.Errorf("one of the eight: %v", err)
				}
			})
		}
		synctest.Wait()
		begun := time.Now()
		if err := h.VerifyNothing(t.Context(), "x"); !errors.Is(err, password.ErrBusy) || time.Since(begun) != 0 {
			t.Errorf("the ninth: %v after %v", err, time.Since(begun))
		}
		if err := h.Ready(); !errors.Is(err, password.ErrBusy) || h.Stats().Refused != 2 {
			t.Errorf("ready while nobody may wait: %v, %+v", err, h.Stats())
		}
		time.Sleep(1999 * time.Millisecond)
		for _, release := range releases {
			release()
		}
		wg.Wait()
		if err := h.Ready(); err != nil {
			t.Errorf("afterwards: %v", err)
		}
		if s := h.Stats(); s.Computed != 8 || s.Refused != 2 || s.Running != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestWhoHangsUpWhileWaitingIsNotBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hasher(t, 19, 1)
		defer h.Occupy()()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := h.VerifyNothing(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v", err)
		}
		if s := h.Stats(); s.Refused != 0 || s.Computed != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestWhoHangsUpKeepsTheSlotUntilTheHashEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hasher(t, 19, 1)
		end := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		var err error
		go func() { err = h.Run(ctx, func() { <-end }) }()
		synctest.Wait()
		cancel()
		synctest.Wait()
		if !errors.Is(err, context.Canceled) || h.Stats().Running != 1 {
			t.Fatalf("error %v, %d are running", err, h.Stats().Running)
		}
		if err := h.VerifyNothing(t.Context(), "x"); !errors.Is(err, password.ErrBusy) {
			t.Errorf("the slot was given away: %v", err)
		}
		close(end)
		synctest.Wait()
		if h.Stats().Running != 0 {
			t.Error("the slot was not given back")
		}
	})
}

// A hash that needs the memory of several takes their slots.
func TestLargeHashesTakeSeveralSlots(t *testing.T) {
	h := hasher(t, 4*19, 4)
	const large = "$argon2id$v=19$m=76800,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" // 75 MiB
	synctest.Test(t, func(t *testing.T) {
		h := hasher(t, 4*19, 4)
		defer h.Occupy()()
		if _, _, err := h.Verify(t.Context(), large, "x"); !errors.Is(err, password.ErrBusy) {
			t.Errorf("beside another one: %v", err)
		}
	})
	if match, _, err := h.Verify(t.Context(), large, "x"); match || err != nil {
		t.Errorf("alone: %v, %v", match, err)
	}
	small := hasher(t, 19, 4)
	if _, _, err := small.Verify(t.Context(), large, "x"); err == nil || small.Verifiable(large) == nil {
		t.Error("more than the budget: accepted")
	}
}
