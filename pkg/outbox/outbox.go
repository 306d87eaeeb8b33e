package outbox

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/worker"
	"github.com/claviger-id/claviger/storage"
)

const (
	interval = time.Second
	// lease is how long a worker has for what it took: more than a carrier may
	// take.
	lease = 2 * time.Minute
	batch = 16
	// parallel is how many parcels of a carrier leave at once.
	parallel = 4
	// kept is how long what is settled is known.
	kept = 90 * 24 * time.Hour
)

// perRecipient is how many parcels to one address leave in a span of time; more
// of them wait for the next one.
const (
	perRecipient     = 10
	perRecipientSpan = time.Hour
)

// Carrier delivers parcels of one kind.
type Carrier interface {
	// Deliver tries once. It returns before ctx ends, and knows that the same
	// parcel may come again.
	Deliver(ctx context.Context, p Opened) Outcome
	// Settled is called in the transaction in which the parcel is settled.
	Settled(ctx context.Context, tx storage.Tx, p Opened) error
}

// Outcome is what became of a try.
type Outcome struct {
	// State is ParcelSent, ParcelBounced, or ParcelPending to try again.
	State storage.ParcelState
	// Status is a reply code, or 0.
	Status int64
	// Answer says what happened, in words of ours.
	Answer string
	// Wait, when it is not 0, says that this was no try: the parcel comes again after
	// that.
	Wait time.Duration
}

// Opened is a parcel with what was sealed in it.
type Opened struct {
	storage.Parcel
	To string
	// Body is the content, as JSON.
	Body []byte
}

// Letter is what is put into the outbox.
type Letter struct {
	Carrier, Kind, PersonID string
	// Lane is that of a recipient who may be slow: what is in it leaves one after the
	// other, and holds up nothing else. What has none, goes with the others of its
	// carrier, several at once. There are as many lanes at work as have something that
	// is due, so that they are for the few that operators name.
	Lane string
	// To is the address: of a person, or of whatever the carrier knows.
	To string
	// Body becomes JSON, and is sealed.
	Body any
	// Counted says that only so many an hour go to the same address.
	Counted bool
	// ValidFor is how long it is tried.
	ValidFor time.Duration
}

// Box takes parcels in. It is all that services need.
type Box struct{ Keys *secret.Keyring }

func place(column, id string) secret.Place {
	return secret.Place{Table: "outbox", Column: column, Row: id}
}

// newID is sorted by time: 48 bits of milliseconds, and 128 random bits.
func newID(at time.Time) string {
	var b [8]byte
	for i := range b {
		b[i] = byte(at.UnixMilli() >> (56 - 8*i)) //nolint:gosec // the byte that is meant
	}
	return hex.EncodeToString(b[2:]) + secret.NewID()
}

// lane is the name of a lane: the carrier's, and after a slash that of the recipient.
func lane(l Letter) string {
	if l.Lane == "" {
		return l.Carrier
	}
	return l.Carrier + "/" + l.Lane
}

// Put puts a parcel into the outbox, in the caller's transaction.
func (b Box) Put(ctx context.Context, tx storage.Tx, l Letter) error {
	text, err := json.Marshal(l.Body)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	p := storage.Parcel{
		ID: newID(tx.Now()), Carrier: l.Carrier, Lane: lane(l), Kind: l.Kind, PersonID: l.PersonID, State: storage.ParcelPending,
		CreatedAt: tx.Now(), NextAt: tx.Now(), ExpiresAt: tx.Now().Add(l.ValidFor),
	}
	if l.Counted {
		p.Recipient = b.Keys.Index("outbox.recipient", l.Carrier+"\x00"+l.To)
		n, newest, err := tx.Outbox().To(ctx, p.Recipient, tx.Now().Add(-perRecipientSpan))
		if err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
		if n >= perRecipient {
			p.NextAt = newest.Add(perRecipientSpan / perRecipient)
			if slow := tx.Now().Add(perRecipientSpan / perRecipient); p.NextAt.Before(slow) {
				p.NextAt = slow
			}
		}
	}
	if p.Address, err = b.Keys.Seal(place("address", p.ID), []byte(l.To)); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	if p.Content, err = b.Keys.Seal(place("content", p.ID), text); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	if err := tx.Outbox().Insert(ctx, p); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	return nil
}

// Address is where a parcel goes or went.
func (b Box) Address(p storage.Parcel) (string, error) {
	address, err := b.Keys.Open(place("address", p.ID), p.Address)
	if err != nil {
		return "", fmt.Errorf("outbox: %w", err)
	}
	return string(address), nil
}

// Worker delivers what is in the outbox. It is safe for concurrent use.
type Worker struct {
	Box
	Store    storage.Store
	Carriers map[string]Carrier
	Now      func() time.Time
	Log      *slog.Logger

	counts atomic.Pointer[Counts]

	mu   sync.Mutex      // guards busy
	busy map[string]bool // the lanes that are being delivered
}

// Counts is how many parcels there are that have not left.
type Counts struct {
	// By is by carrier and state.
	By map[string]map[storage.ParcelState]int64
	// Oldest is when the first of those that wait was made; zero when none.
	Oldest time.Time
}

// Run delivers until ctx ends. A look at what is due does not wait for lanes that are
// still busy.
func (w *Worker) Run(ctx context.Context) error {
	var lanes sync.WaitGroup
	defer lanes.Wait()
	return worker.Every(ctx, interval, w.Log, "outbox", func(ctx context.Context) error {
		return errors.Join(w.each(ctx, func(deliver func() error) {
			lanes.Go(func() {
				if err := deliver(); err != nil && ctx.Err() == nil {
					w.Log.LogAttrs(ctx, slog.LevelError, "a lane of the outbox failed; it is tried again", slog.Any("error", err))
				}
			})
		}), w.look(ctx))
	})
}

// look counts for the metrics, and forgets what is long over.
func (w *Worker) look(ctx context.Context) error {
	return w.Store.Tx(ctx, func(tx storage.Tx) error {
		var c Counts
		var err error
		if c.By, c.Oldest, err = tx.Outbox().Counts(ctx); err != nil {
			return err
		}
		w.counts.Store(&c)
		if _, err = tx.AccessLinks().Purge(ctx, tx.Now(), batch); err != nil {
			return err
		}
		if _, err = tx.Replays().Purge(ctx, tx.Now(), batch); err != nil {
			return err
		}
		_, err = tx.Outbox().Purge(ctx, tx.Now().Add(-kept), batch)
		return err
	})
}

// Counts returns how many parcels there were a moment ago.
func (w *Worker) Counts() Counts {
	if c := w.counts.Load(); c != nil {
		return Counts{By: maps.Clone(c.By), Oldest: c.Oldest}
	}
	return Counts{}
}

// Deliver delivers what is due, and returns when that is done.
func (w *Worker) Deliver(ctx context.Context) error {
	var group errgroup.Group
	return errors.Join(w.each(ctx, func(deliver func() error) { group.Go(deliver) }), group.Wait())
}

// each starts what delivers a lane, for each that has something and is not busy.
func (w *Worker) each(ctx context.Context, start func(deliver func() error)) error {
	var lanes []string
	if err := w.Store.View(ctx, func(tx storage.Tx) (err error) {
		lanes, err = tx.Outbox().Due(ctx, w.Now())
		return err
	}); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	for _, lane := range lanes {
		if w.enter(lane) {
			start(func() error {
				defer w.leave(lane)
				return w.drain(ctx, lane)
			})
		}
	}
	return nil
}

// enter takes a lane, unless it is busy.
func (w *Worker) enter(lane string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy[lane] {
		return false
	}
	if w.busy == nil {
		w.busy = map[string]bool{}
	}
	w.busy[lane] = true
	return true
}

func (w *Worker) leave(lane string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.busy, lane)
}

// drain delivers what is due in one lane. In that of one recipient a parcel is taken
// when the one before it is through, so that no lease runs out meanwhile.
func (w *Worker) drain(ctx context.Context, lane string) error {
	take := batch
	if strings.Contains(lane, "/") {
		take = 1
	}
	for {
		var due []storage.Parcel
		if err := w.Store.Tx(ctx, func(tx storage.Tx) (err error) {
			due, err = tx.Outbox().Claim(ctx, lane, w.Now(), w.Now().Add(lease), take)
			return err
		}); err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
		var group errgroup.Group
		group.SetLimit(parallel)
		for _, p := range due {
			group.Go(func() error { return w.deliver(ctx, p) })
		}
		if err := group.Wait(); err != nil || len(due) < take || ctx.Err() != nil {
			return err
		}
	}
}

// deliver tries one parcel, and notes what became of it.
func (w *Worker) deliver(ctx context.Context, p storage.Parcel) error {
	opened, err := w.open(p)
	if err != nil {
		return err
	}
	carrier, outcome := w.Carriers[p.Carrier], Outcome{State: storage.ParcelPending, Answer: "nobody here delivers this"}
	switch {
	case !p.ExpiresAt.After(w.Now()):
		outcome.Answer = "it was too late"
	case carrier != nil:
		bounded, cancel := context.WithTimeout(ctx, lease/2)
		outcome = carrier.Deliver(bounded, opened)
		cancel()
		if outcome.Wait == 0 {
			opened.Attempts++
		}
	}
	if ctx.Err() != nil && outcome.State == storage.ParcelPending {
		return nil // we are stopping: the lease runs out, another try follows
	}
	opened.State, opened.LastStatus, opened.LastAnswer = outcome.State, outcome.Status, outcome.Answer
	w.plan(&opened.Parcel, outcome.Wait)
	if outcome.State != storage.ParcelSent && outcome.Wait == 0 {
		w.Log.LogAttrs(ctx, slog.LevelWarn, "something could not be delivered",
			slog.String("carrier", p.Carrier), slog.String("kind", p.Kind), slog.String("parcel", p.ID), slog.Int64("attempt", opened.Attempts),
			slog.String("state", string(opened.State)), slog.Int64("status", outcome.Status), slog.String("answer", outcome.Answer))
	}
	ctx = context.WithoutCancel(ctx) // what has left has left, also when we are stopping
	err = w.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := tx.Outbox().Settle(ctx, opened.Parcel); err != nil || opened.State == storage.ParcelPending || carrier == nil {
			return err
		}
		return carrier.Settled(ctx, tx, opened)
	})
	if errors.Is(err, storage.ErrStale) {
		return nil // another worker, after our lease
	}
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	return nil
}

// plan decides what comes after a try, or after what was none.
func (w *Worker) plan(p *storage.Parcel, wait time.Duration) {
	now := w.Now()
	if p.State == storage.ParcelPending {
		if wait == 0 {
			wait = pause(p.Attempts)
		}
		p.NextAt = now.Add(wait)
		if !p.NextAt.Before(p.ExpiresAt) {
			p.State = storage.ParcelGaveUp
		}
	}
	if p.State != storage.ParcelPending {
		p.SettledAt, p.Content = now, nil
	}
}

func (w *Worker) open(p storage.Parcel) (Opened, error) {
	to, err := w.Address(p)
	if err != nil {
		return Opened{}, err
	}
	body, err := w.Keys.Open(place("content", p.ID), p.Content)
	if err != nil {
		return Opened{}, fmt.Errorf("outbox: %w", err)
	}
	return Opened{Parcel: p, To: to, Body: body}, nil
}

// pause is how long to wait after a number of tries: it doubles from ten seconds
// to half an hour.
func pause(attempts int64) time.Duration {
	wait := 10 * time.Second
	for range min(attempts, 12) - 1 {
		wait *= 2
	}
	return min(wait, 30*time.Minute)
}
