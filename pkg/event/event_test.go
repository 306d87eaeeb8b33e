package event_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/event"
	"github.com/claviger-id/claviger/pkg/outbound"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/webhook"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/teststores"
)

var (
	operator = audit.Actor{Type: "operator", ID: "test"}
	order    = event.Order{By: operator, Reason: "new_receiver"}
)

// receiver is somebody who is told.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex // guards what follows
	status int
	calls  []call
}

type call struct {
	id, timestamp, signature string
	body                     []byte
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status == 0 {
		r.calls = append(r.calls, call{q.Header.Get("webhook-id"), q.Header.Get("webhook-timestamp"), q.Header.Get("webhook-signature"), body})
		return
	}
	w.WriteHeader(r.status)
}

func (r *receiver) answers(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (r *receiver) heard() []call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls)
}

type world struct {
	t     *testing.T
	now   time.Time
	store storage.Store
	keys  *secret.Keyring
	log   *audit.Sequencer
	*event.Worker
	out *outbox.Worker
}

func newWorld(t *testing.T, stores func(testing.TB, func() time.Time) (storage.Store, storage.Ephemeral)) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return w.now }
	w.store, _ = stores(t, clock)
	var err error
	if w.keys, _, err = secret.NewRoot().NewKeyring(); err != nil {
		t.Fatal(err)
	}
	private, _, err := note.GenerateKey(nil, "test")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	w.log = &audit.Sequencer{Store: w.store, Signer: signer, Log: quiet}
	w.restart()
	return w
}

// restart makes another replica, which knows nothing.
func (w *world) restart() {
	service := event.Service{Store: w.store, Keys: w.keys}
	quiet := slog.New(slog.DiscardHandler)
	clock := func() time.Time { return w.now }
	w.Worker = &event.Worker{Service: service, Log: quiet}
	out := outbound.New(outbound.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	w.out = &outbox.Worker{
		Box: outbox.Box{Keys: w.keys}, Store: w.store, Now: clock, Log: quiet,
		Carriers: map[string]outbox.Carrier{event.Carried: &event.Carrier{Service: service, Out: out, Now: clock}},
	}
}

func onBoth(t *testing.T, test func(*testing.T, *world)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { test(t, newWorld(t, teststores.Embedded)) })
	t.Run("postgres+redis", func(t *testing.T) { test(t, newWorld(t, teststores.Servers)) })
}

func (w *world) receiver() *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(r)
	w.t.Cleanup(r.Close)
	return r
}

// happens records events, which get their place in the log.
func (w *world) happens(all ...audit.Event) {
	w.t.Helper()
	if err := w.store.Tx(w.t.Context(), func(tx storage.Tx) error { return audit.Record(w.t.Context(), tx, all...) }); err != nil {
		w.t.Fatal(err)
	}
	if err := w.log.Finish(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// told hands on and delivers everything that is due.
func (w *world) told() {
	w.t.Helper()
	if err := errors.Join(w.Hand(w.t.Context()), w.out.Deliver(w.t.Context())); err != nil {
		w.t.Fatal(err)
	}
}

func suspended(person string) audit.Event {
	return audit.Event{
		Kind: audit.PersonSuspended, Outcome: audit.OutcomeAllow, Reason: "sentinel_reason", Actor: audit.Actor{Type: "person", ID: "sentinel-actor"}, Subject: person,
		Detail: map[string]string{"organization": "org", "note": "sentinel-detail"},
	}
}

func (w *world) deliveries(state storage.ParcelState) []event.Delivery {
	w.t.Helper()
	all, err := w.Deliveries(w.t.Context(), state, "", 1000, operator)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// TestTold: what is subscribed to is told, signed, with ids alone; what happened
// before, and what is of another kind, is not.
func TestTold(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		r := w.receiver()
		w.happens(suspended("before"))
		n, shown, err := w.Subscribe(t.Context(), r.URL+"/in", []string{"session.ended", "person.suspended"}, order)
		if err != nil {
			t.Fatal(err)
		}
		w.happens(suspended("a"), audit.Event{Kind: audit.PersonRead, Outcome: audit.OutcomeAllow, Actor: operator, Subject: "a"},
			audit.Event{Kind: audit.SessionEnded, Outcome: audit.OutcomeAllow, Reason: "idle", Actor: operator, Subject: "b", SessionID: "s"})
		w.told()
		heard := r.heard()
		if len(heard) != 2 {
			t.Fatalf("%d calls: %s", len(heard), heard)
		}
		secrets, err := webhook.ParseSecrets(shown)
		if err != nil {
			t.Fatal(err)
		}
		types := map[string]string{}
		for _, c := range heard {
			if c.signature != secrets.Sign(c.id, w.now, c.body) {
				t.Errorf("signed %s", c.signature)
			}
			var body struct {
				Type      string
				Timestamp time.Time
				Data      map[string]any
			}
			if err := json.Unmarshal(c.body, &body); err != nil {
				t.Fatal(err)
			}
			types[body.Type], _ = body.Data["person"].(string)
			if body.Data["event"] != c.id || body.Data["place"] == nil || !body.Timestamp.Equal(w.now) {
				t.Errorf("%s of the event %s", c.body, c.id)
			}
			if strings.Contains(string(c.body), "sentinel") {
				t.Errorf("more than ids: %s", c.body)
			}
		}
		if types["person.suspended"] != "a" || types["session.ended"] != "b" {
			t.Errorf("%v", types)
		}
		w.told()
		if n := len(r.heard()); n != 2 {
			t.Errorf("%d calls after another look", n)
		}
		// Once more on request, under the same id.
		d := w.deliveries(storage.ParcelSent)[0]
		if err := w.Redeliver(t.Context(), d.ID, operator); err != nil {
			t.Fatal(err)
		}
		w.told()
		if heard = r.heard(); len(heard) != 3 || heard[2].id != d.Event || d.Subscription != n.ID {
			t.Errorf("again: %v of %v", heard, d)
		}
		// A former secret signs beside the new one for a day.
		again, err := w.Rotate(t.Context(), n.ID, order)
		if err != nil {
			t.Fatal(err)
		}
		both, err := webhook.ParseSecrets(again + "\n" + shown)
		if err != nil {
			t.Fatal(err)
		}
		w.happens(suspended("c"))
		w.told()
		if c := r.heard()[3]; c.signature != both.Sign(c.id, w.now, c.body) {
			t.Errorf("signed %s", c.signature)
		}
		var told *problem.Error
		if _, err := w.Rotate(t.Context(), n.ID, order); !errors.As(err, &told) || told.Code != problem.Conflict {
			t.Errorf("a third secret: %v", err)
		}
		w.now = w.now.Add(24 * time.Hour)
		w.happens(suspended("d"))
		w.told()
		if c := r.heard()[4]; c.signature != both[:1].Sign(c.id, w.now, c.body) {
			t.Errorf("signed %s", c.signature)
		}
	})
}

// TestBadReceiver: one that fails is left alone, tried again, and loses nothing within
// a day; another one is told meanwhile.
func TestBadReceiver(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		bad, good := w.receiver(), w.receiver()
		bad.answers(http.StatusServiceUnavailable)
		for _, r := range []*receiver{bad, good} {
			if _, _, err := w.Subscribe(t.Context(), r.URL, []string{"person.suspended"}, order); err != nil {
				t.Fatal(err)
			}
		}
		const events = 12
		for range events {
			w.happens(suspended("a"))
		}
		w.told()
		if len(good.heard()) != events {
			t.Errorf("the good one heard %d", len(good.heard()))
		}
		tried := int64(0)
		for _, d := range w.deliveries(storage.ParcelPending) {
			tried += d.Attempts
			if d.LastAnswer == "" {
				t.Errorf("no answer in %+v", d)
			}
		}
		if tried < 3 || tried > 3+4 { // four leave at once
			t.Errorf("%d tries before it was left alone", tried)
		}
		bad.answers(0)
		for range 40 {
			w.now = w.now.Add(10 * time.Minute)
			w.told()
		}
		if len(bad.heard()) != events {
			t.Errorf("it heard %d when it was back", len(bad.heard()))
		}
		bad.answers(http.StatusInternalServerError)
		w.happens(suspended("b"))
		for range 60 {
			w.told()
			w.now = w.now.Add(30 * time.Minute)
		}
		if gone := w.deliveries(storage.ParcelGaveUp); len(gone) != 1 || len(gone[0].Content) != 0 {
			t.Errorf("given up: %v", gone)
		}
	})
}

// TestSwitchedOff: what happens meanwhile is told later; what is removed is told of
// nothing more.
func TestSwitchedOff(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		r := w.receiver()
		n, _, err := w.Subscribe(t.Context(), r.URL, []string{"person.suspended"}, order)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Enable(t.Context(), n.ID, false, order); err != nil {
			t.Fatal(err)
		}
		w.happens(suspended("a"))
		w.told()
		if len(r.heard()) != 0 {
			t.Errorf("told while it was off")
		}
		if err := w.Enable(t.Context(), n.ID, true, order); err != nil {
			t.Fatal(err)
		}
		w.told()
		if len(r.heard()) != 1 {
			t.Errorf("told %d times", len(r.heard()))
		}
		w.happens(suspended("b"))
		if err := w.Hand(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := w.Remove(t.Context(), n.ID, order); err != nil {
			t.Fatal(err)
		}
		w.happens(suspended("c"))
		w.told()
		if len(r.heard()) != 1 || len(w.deliveries(storage.ParcelBounced)) != 1 {
			t.Errorf("told %d times, bounced %v", len(r.heard()), w.deliveries(storage.ParcelBounced))
		}
	})
}

// TestManyReplicas: of many that hand on at once, each event is handed on once, also
// when some of them fail in the middle.
func TestManyReplicas(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		r := w.receiver()
		if _, _, err := w.Subscribe(t.Context(), r.URL, []string{"person.suspended"}, order); err != nil {
			t.Fatal(err)
		}
		const events = 500
		var all []audit.Event
		for range events {
			all = append(all, suspended("a"))
		}
		w.happens(all...)
		var replicas sync.WaitGroup
		for i := range 4 {
			replicas.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if i == 0 { // its transaction is taken back, wherever it is
					time.AfterFunc(time.Millisecond, cancel)
				}
				_ = w.Hand(ctx)
			})
		}
		replicas.Wait()
		if err := w.Hand(t.Context()); err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		found := w.deliveries("")
		for _, d := range found {
			seen[d.Event]++
		}
		if len(found) != events || len(seen) != events {
			t.Errorf("%d deliveries of %d events", len(found), len(seen))
		}
	})
}

func TestWhatIsRefused(t *testing.T) {
	w := newWorld(t, teststores.Embedded)
	for name, c := range map[string]struct {
		address string
		kinds   []string
	}{
		"no kind": {"https://a.example", nil}, "another kind": {"https://a.example", []string{"person.read"}},
		"another scheme": {"ftp://a.example", []string{"person.closed"}}, "a password": {"https://u:p@a.example", []string{"person.closed"}},
		"no host": {"https:///x", []string{"person.closed"}}, "no address": {"", []string{"person.closed"}},
	} {
		var told *problem.Error
		if _, _, err := w.Subscribe(t.Context(), c.address, c.kinds, order); !errors.As(err, &told) || told.Code != problem.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, k := range event.Kinds() {
		if !slices.Contains(audit.Kinds(), audit.Kind(k)) {
			t.Errorf("there is no kind %s", k)
		}
	}
}

// TestEventsOfSubscriptions: who takes others' ears away does not do it unheard. What a
// subscription is, is an id here as well.
func TestEventsOfSubscriptions(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		r := w.receiver()
		if _, _, err := w.Subscribe(t.Context(), r.URL, []string{"subscription.changed", "subscription.removed", "delegation.granted", "delegation.ended"}, order); err != nil {
			t.Fatal(err)
		}
		other, _, err := w.Subscribe(t.Context(), "https://other.example/in?token=sentinel", []string{"person.closed"}, order)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Enable(t.Context(), other.ID, false, order), w.Remove(t.Context(), other.ID, order)); err != nil {
			t.Fatal(err)
		}
		w.happens(
			audit.Event{Kind: audit.DelegationGranted, Outcome: audit.OutcomeAllow, Actor: operator, Subject: "a", Detail: map[string]string{"delegation": "d", "delegate": "b"}},
			audit.Event{Kind: audit.DelegationEnded, Outcome: audit.OutcomeAllow, Actor: operator, Subject: "a", Detail: map[string]string{"delegation": "d", "delegate": "b"}},
		)
		w.told()
		heard := map[string]string{}
		for _, c := range r.heard() {
			var body struct {
				Type string
				Data struct{ Subscription, Delegation, Delegate string }
			}
			if err := json.Unmarshal(c.body, &body); err != nil {
				t.Fatal(err)
			}
			heard[body.Type] = body.Data.Subscription + body.Data.Delegation + body.Data.Delegate
			if strings.Contains(string(c.body), "sentinel") {
				t.Errorf("more than ids: %s", c.body)
			}
		}
		if len(heard) != 4 || heard["subscription.changed"] != other.ID || heard["subscription.removed"] != other.ID ||
			heard["delegation.granted"] != "db" || heard["delegation.ended"] != "db" {
			t.Errorf("heard %v", heard)
		}
	})
}

// TestPlainAddresses: what is told crosses no network unencrypted, whatever a network is
// allowed for.
func TestPlainAddresses(t *testing.T) {
	w := newWorld(t, teststores.Embedded)
	for address, taken := range map[string]bool{
		"https://siem.example.org/x": true, "https://10.0.0.8/x": true, "http://localhost:1/x": true, "http://[::1]:1/x": true,
		"http://siem.example.org/x": false, "http://10.0.0.8/x": false, "http://localhost.example.org/x": false,
	} {
		_, _, err := w.Subscribe(t.Context(), address, []string{"person.suspended"}, order)
		var told *problem.Error
		if taken != (err == nil) || !taken && (!errors.As(err, &told) || told.Code != problem.Invalid) {
			t.Errorf("%s: %v", address, err)
		}
	}
}
