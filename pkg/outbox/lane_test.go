package outbox_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/storage"
)

// held is a carrier whose recipients do not answer before they are let go.
type held struct {
	release chan struct{}
	mu      sync.Mutex     // guards what follows
	now     map[string]int // deliveries under way, by recipient
	most    map[string]int
	begun   chan struct{}
}

func newHeld() *held {
	return &held{release: make(chan struct{}), now: map[string]int{}, most: map[string]int{}, begun: make(chan struct{}, 100)}
}

func (h *held) Deliver(ctx context.Context, p outbox.Opened) outbox.Outcome {
	h.mu.Lock()
	h.now[p.To]++
	h.most[p.To] = max(h.most[p.To], h.now[p.To])
	h.mu.Unlock()
	h.begun <- struct{}{}
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.now[p.To]--
	}()
	select {
	case <-h.release:
		return outbox.Outcome{State: storage.ParcelSent}
	case <-ctx.Done():
		return outbox.Outcome{State: storage.ParcelPending}
	}
}

func (*held) Settled(context.Context, storage.Tx, outbox.Opened) error { return nil }

// arrivals is a carrier whose recipients take everything over at once.
type arrivals chan string

func (a arrivals) Deliver(_ context.Context, p outbox.Opened) outbox.Outcome {
	a <- p.To
	return outbox.Outcome{State: storage.ParcelSent}
}

func (arrivals) Settled(context.Context, storage.Tx, outbox.Opened) error { return nil }

// TestSlowRecipient: who takes long holds up nothing of another carrier, nor of another
// lane of the same one, neither what was there before nor what comes meanwhile; and in a
// lane of its own one thing leaves at a time.
func TestSlowRecipient(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		slow, quick := newHeld(), make(arrivals, 100)
		w.Carriers = map[string]outbox.Carrier{"event": slow, "mail": quick}
		put := func(carrier, lane, to string, n int) {
			t.Helper()
			if err := w.store.Tx(t.Context(), func(tx storage.Tx) error {
				for range n {
					if err := w.Put(t.Context(), tx, outbox.Letter{Carrier: carrier, Lane: lane, Kind: "k", To: to, Body: "b", ValidFor: time.Hour}); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		put("event", "a", "a", parcels)
		put("event", "b", "b", parcels)
		put("mail", "", "before", 1)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		arrived := func(to string) {
			t.Helper()
			select {
			case got := <-quick:
				if got != to {
					t.Errorf("%s arrived, want %s", got, to)
				}
			case <-time.After(30 * time.Second):
				t.Fatalf("%s did not arrive", to)
			}
		}
		arrived("before")
		for range 2 { // one to each of the slow ones
			select {
			case <-slow.begun:
			case <-time.After(30 * time.Second):
				t.Fatal("a lane waits for another one")
			}
		}
		put("mail", "", "meanwhile", 1)
		arrived("meanwhile")
		close(slow.release)
		for range 2*parcels - 2 {
			select {
			case <-slow.begun:
			case <-time.After(30 * time.Second):
				t.Fatal("not everything was delivered")
			}
		}
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		slow.mu.Lock()
		defer slow.mu.Unlock()
		if slow.most["a"] != 1 || slow.most["b"] != 1 {
			t.Errorf("at once: %v, want one to each", slow.most)
		}
	})
}
