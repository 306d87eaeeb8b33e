package event

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/webhook"
	"github.com/claviger-id/claviger/storage"
)

const (
	// failures in a row open the circuit of a subscription.
	failures = 3
	// pause is for how long it is left alone then, doubling up to longest.
	pause   = 10 * time.Second
	longest = 10 * time.Minute
)

// Carrier delivers events. It is safe for concurrent use.
type Carrier struct {
	Service
	Out webhook.Poster
	Now func() time.Time

	mu       sync.Mutex // guards circuits
	circuits map[string]*circuit
}

var _ outbox.Carrier = (*Carrier)(nil)

// circuit is what this replica knows of whether a subscription answers.
type circuit struct {
	failed int
	until  time.Time
}

// wait is how long a subscription is left alone from now on; 0 when it may be called.
// When the pause is over, one call tries; the others wait on.
func (c *Carrier) wait(id string) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	one := c.circuits[id]
	if one == nil || one.failed < failures {
		return 0
	}
	if left := one.until.Sub(c.Now()); left > 0 {
		return left
	}
	one.until = c.Now().Add(pause)
	return 0
}

func (c *Carrier) note(id string, answered bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if answered {
		delete(c.circuits, id)
		return
	}
	if c.circuits == nil {
		c.circuits = map[string]*circuit{}
	}
	if c.circuits[id] == nil {
		c.circuits[id] = &circuit{}
	}
	one := c.circuits[id]
	if one.failed++; one.failed >= failures {
		one.until = c.Now().Add(min(pause<<min(one.failed-failures, 10), longest))
	}
}

// Deliver calls once. Every call for an event has its ID as the webhook-id, also when
// it is repeated on request: whoever knows it has heard.
func (c *Carrier) Deliver(ctx context.Context, p outbox.Opened) outbox.Outcome {
	d := Delivery{Parcel: p.Parcel}
	var l letter
	if err := json.Unmarshal(p.Body, &l); err != nil {
		return outbox.Outcome{State: storage.ParcelBounced, Answer: "it cannot be read"}
	}
	d, err := parse(d, p.To)
	if err != nil {
		return outbox.Outcome{State: storage.ParcelBounced, Answer: "it cannot be read"}
	}
	var n storage.Subscription
	err = c.Store.View(ctx, func(tx storage.Tx) error {
		n, err = tx.Subscriptions().Get(ctx, d.Subscription)
		return err
	})
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return outbox.Outcome{State: storage.ParcelBounced, Answer: "the subscription was removed"}
	case err != nil:
		return outbox.Outcome{State: storage.ParcelPending, Answer: "the store did not answer", Wait: pause}
	case !n.Enabled:
		return outbox.Outcome{State: storage.ParcelPending, Answer: "the subscription is disabled", Wait: time.Minute}
	}
	if left := c.wait(n.ID); left > 0 {
		return outbox.Outcome{State: storage.ParcelPending, Answer: "left alone, as it did not answer before", Wait: left}
	}
	address, secrets, _, err := c.open(n, c.Now())
	if err != nil {
		return outbox.Outcome{State: storage.ParcelPending, Answer: "it cannot be opened"}
	}
	call := p
	call.ID, call.CreatedAt, call.Body = d.Event, l.At, l.Data
	outcome := (&webhook.Carrier{URL: address, Secrets: secrets, Out: c.Out, Now: c.Now}).Deliver(ctx, call)
	if ctx.Err() == nil || outcome.State != storage.ParcelPending {
		c.note(n.ID, outcome.State != storage.ParcelPending)
	}
	return outcome
}

// Settled records what nobody took over. What was, the outbox knows for 90 days.
func (c *Carrier) Settled(ctx context.Context, tx storage.Tx, p outbox.Opened) error {
	if p.State == storage.ParcelSent {
		return nil
	}
	d, err := parse(Delivery{Parcel: p.Parcel}, p.To)
	if err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Event{
		Kind: audit.EventUndelivered, Outcome: audit.OutcomeDeny, Reason: string(p.State), Actor: audit.Actor{Type: "system"}, Subject: p.PersonID,
		Detail: map[string]string{"subscription": d.Subscription, "event": d.Event, "attempts": strconv.FormatInt(p.Attempts, 10)},
	})
}
