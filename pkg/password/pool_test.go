package password_test

import (
	"context"
	"errors"
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

// Who computes several hashes waits once, and is not put behind others after each.
func TestATurnIsWaitedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hasher(t, 19, 1)
		release := h.Occupy()
		begun := time.Now()
		err := h.Turn(t.Context(), func(password.Computing) error { return errors.New("let in") })
		if !errors.Is(err, password.ErrBusy) || time.Since(begun) != 2*time.Second {
			t.Errorf("error = %v after %v", err, time.Since(begun))
		}
		release()
		var other error
		err = h.Turn(t.Context(), func(in password.Computing) error {
			go func() { other = h.VerifyNothing(t.Context(), "x") }()
			synctest.Wait()
			stored, err := in.Hash(t.Context(), "x")
			if err != nil {
				return err
			}
			if match, _, err := in.Verify(t.Context(), stored, "x"); err != nil || !match {
				t.Errorf("%v %v", match, err)
			}
			return in.VerifyNothing(t.Context(), "x")
		})
		if err != nil || time.Since(begun) != 2*time.Second || h.Stats().Running != 0 {
			t.Errorf("%v after %v, %+v", err, time.Since(begun), h.Stats())
		}
		synctest.Wait()
		if other != nil || h.Stats().Computed != 4 {
			t.Errorf("who waited meanwhile: %v, %+v", other, h.Stats())
		}
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
			err = h.Turn(ctx, func(in password.Computing) error { return in.VerifyNothing(ctx, "x") })
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
		close(end)
		synctest.Wait()
		h.Occupy()()
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
