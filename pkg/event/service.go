package event

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/outbound"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/webhook"
	"github.com/claviger-id/claviger/storage"
)

const (
	// maxSubscriptions is how many there may be: each event is looked at for each.
	maxSubscriptions = 50
	// overlap is how long a secret that was replaced signs beside the new one.
	overlap = 24 * time.Hour
	// secretBytes is the length of a secret (Standard Webhooks: 24 to 64).
	secretBytes = 32
)

// Service keeps subscriptions.
type Service struct {
	Store storage.Store
	Keys  *secret.Keyring
}

// Subscription is a subscription, opened.
type Subscription struct {
	storage.Subscription
	URL string
}

// Order is who wants something of subscriptions, and why: a code for the audit log.
type Order struct {
	By     audit.Actor
	Reason string
}

// check refuses a reason that is no code.
func (o Order) check() error {
	if !audit.IsReason(o.Reason) {
		return problem.New(problem.Invalid, audit.ReasonWanted+"new_receiver.")
	}
	return nil
}

// signing is one secret, and until when it signs; zero is for good.
type signing struct {
	Key   []byte    `json:"key"`
	Until time.Time `json:"until,omitzero"`
}

func place(column, id string) secret.Place {
	return secret.Place{Table: "subscription", Column: column, Row: id}
}

// Subscribe makes a subscription to kinds of events from now on and returns its
// secret, which is shown this once. Problems: Invalid, Conflict.
func (s *Service) Subscribe(ctx context.Context, address string, kinds []string, o Order) (n Subscription, shown string, err error) {
	n = Subscription{Subscription: storage.Subscription{ID: secret.NewID(), Enabled: true, Version: 1}, URL: address}
	if err := o.check(); err != nil {
		return n, "", err
	}
	if n.Kinds, err = checkKinds(kinds); err != nil {
		return n, "", err
	}
	if err := checkAddress(address); err != nil {
		return n, "", err
	}
	if n.Address, err = s.Keys.Seal(place("address", n.ID), []byte(address)); err != nil {
		return n, "", err
	}
	key := s.draw()
	if n.Secrets, err = s.seal(n.ID, []signing{{Key: key}}); err != nil {
		return n, "", err
	}
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		all, err := tx.Subscriptions().List(ctx)
		if err != nil {
			return err
		}
		if len(all) >= maxSubscriptions {
			return problem.New(problem.Conflict, "There are as many subscriptions as there can be.")
		}
		if n.Next, err = tx.Audit().Size(ctx); err != nil {
			return err
		}
		n.CreatedAt, n.UpdatedAt = tx.Now(), tx.Now()
		if err := tx.Subscriptions().Insert(ctx, n.Subscription); err != nil {
			return err
		}
		return audit.Record(ctx, tx, recorded(audit.SubscriptionCreated, n.ID, "", o))
	})
	if err != nil {
		return n, "", fmt.Errorf("event: %w", err)
	}
	return n, text(key), nil
}

func (*Service) draw() []byte { return secret.Hash(secret.NewToken())[:secretBytes] }

// text is a secret as Standard Webhooks writes it.
func text(key []byte) string { return "whsec_" + base64.StdEncoding.EncodeToString(key) }

func (s *Service) seal(id string, all []signing) ([]byte, error) {
	written, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	return s.Keys.Seal(place("secrets", id), written)
}

// open returns the address of a subscription and the secrets that sign at a time.
func (s *Service) open(n storage.Subscription, at time.Time) (address string, secrets webhook.Secrets, all []signing, err error) {
	opened, err := s.Keys.Open(place("address", n.ID), n.Address)
	if err != nil {
		return "", nil, nil, err
	}
	written, err := s.Keys.Open(place("secrets", n.ID), n.Secrets)
	if err != nil {
		return "", nil, nil, err
	}
	if err := json.Unmarshal(written, &all); err != nil {
		return "", nil, nil, err
	}
	all = slices.DeleteFunc(all, func(one signing) bool { return !one.Until.IsZero() && !one.Until.After(at) })
	for _, one := range all {
		secrets = append(secrets, one.Key)
	}
	return string(opened), secrets, all, nil
}

// Rotate draws another secret, which is shown this once. The former one signs beside
// it for a day. Problems: NotFound, Conflict while a former one still does.
func (s *Service) Rotate(ctx context.Context, id string, o Order) (shown string, err error) {
	key := s.draw()
	err = s.change(ctx, id, "secret", o, func(tx storage.Tx, n *storage.Subscription) error {
		_, _, all, err := s.open(*n, tx.Now())
		if err != nil {
			return err
		}
		if len(all) > 1 {
			return problem.New(problem.Conflict, "The secret before this one still signs. Try again when its day is over.")
		}
		all[0].Until = tx.Now().Add(overlap)
		n.Secrets, err = s.seal(id, append([]signing{{Key: key}}, all...))
		return err
	})
	return text(key), err
}

// Enable says whether a subscription is told now. What happens while it is not, waits
// and is told later. Problems: NotFound.
func (s *Service) Enable(ctx context.Context, id string, enabled bool, o Order) error {
	what := "disabled"
	if enabled {
		what = "enabled"
	}
	return s.change(ctx, id, what, o, func(_ storage.Tx, n *storage.Subscription) error {
		n.Enabled = enabled
		return nil
	})
}

func (s *Service) change(ctx context.Context, id, what string, o Order, do func(tx storage.Tx, n *storage.Subscription) error) error {
	if err := o.check(); err != nil {
		return err
	}
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		n, err := get(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := do(tx, &n); err != nil {
			return err
		}
		n.UpdatedAt = tx.Now()
		if err := tx.Subscriptions().Update(ctx, n); err != nil {
			return err
		}
		return audit.Record(ctx, tx, recorded(audit.SubscriptionChanged, id, what, o))
	})
	if err != nil {
		return fmt.Errorf("event: %w", err)
	}
	return nil
}

// Remove ends a subscription. What has not been told is not told any more. Problems:
// NotFound.
func (s *Service) Remove(ctx context.Context, id string, o Order) error {
	if err := o.check(); err != nil {
		return err
	}
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		if _, err := get(ctx, tx, id); err != nil {
			return err
		}
		if err := tx.Subscriptions().Remove(ctx, id); err != nil {
			return err
		}
		return audit.Record(ctx, tx, recorded(audit.SubscriptionRemoved, id, "", o))
	})
	if err != nil {
		return fmt.Errorf("event: %w", err)
	}
	return nil
}

// List returns all subscriptions.
func (s *Service) List(ctx context.Context, by audit.Actor) (all []Subscription, err error) {
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		found, err := tx.Subscriptions().List(ctx)
		if err != nil {
			return err
		}
		for _, n := range found {
			address, _, _, err := s.open(n, tx.Now())
			if err != nil {
				return err
			}
			all = append(all, Subscription{n, address})
		}
		return audit.Record(ctx, tx, recorded(audit.SubscriptionRead, "", "", Order{By: by}))
	})
	if err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	return all, nil
}

// Addresses returns the addresses of the subscriptions that are enabled, by their IDs, for
// who looks whether they can be reached.
func (s *Service) Addresses(ctx context.Context) (map[string]string, error) {
	all := map[string]string{}
	err := s.Store.View(ctx, func(tx storage.Tx) error {
		found, err := tx.Subscriptions().List(ctx)
		if err != nil {
			return err
		}
		for _, n := range found {
			if !n.Enabled {
				continue
			}
			if all[n.ID], _, _, err = s.open(n, tx.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// Delivery is one event on its way to one subscription, or there.
type Delivery struct {
	storage.Parcel
	Subscription, Event string
	Place               int64
}

// Deliveries returns up to limit deliveries, the newest first, those before one whose ID
// is given: in one state, or in any
// when that is empty.
func (s *Service) Deliveries(ctx context.Context, state storage.ParcelState, before string, limit int, by audit.Actor) (all []Delivery, err error) {
	box := outbox.Box{Keys: s.Keys}
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		found, err := tx.Outbox().List(ctx, storage.ParcelFilter{Carrier: Carried, State: state}, before, limit)
		if err != nil {
			return err
		}
		for _, p := range found {
			d, err := delivery(box, p)
			if err != nil {
				return err
			}
			all = append(all, d)
		}
		return audit.Record(ctx, tx, recorded(audit.SubscriptionRead, "", "deliveries", Order{By: by}))
	})
	if err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	return all, nil
}

func delivery(box outbox.Box, p storage.Parcel) (Delivery, error) {
	to, err := box.Address(p)
	if err != nil {
		return Delivery{}, err
	}
	return parse(Delivery{Parcel: p}, to)
}

// parse reads where a delivery goes, and what it tells of.
func parse(d Delivery, to string) (Delivery, error) {
	_, err := fmt.Sscanf(to, "%s %s %d", &d.Subscription, &d.Event, &d.Place)
	return d, err
}

// Redeliver tells once more of what a delivery told of, under the same webhook-id.
// Problems: NotFound; Conflict while it is on its way.
func (s *Service) Redeliver(ctx context.Context, id string, by audit.Actor) error {
	box := outbox.Box{Keys: s.Keys}
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		p, err := tx.Outbox().Get(ctx, id)
		if errors.Is(err, storage.ErrNotFound) || err == nil && p.Carrier != Carried {
			return problem.Wrap(problem.NotFound, "There is no such delivery.", err)
		}
		if err != nil {
			return err
		}
		if p.State == storage.ParcelPending {
			return problem.New(problem.Conflict, "It is on its way.")
		}
		d, err := delivery(box, p)
		if err != nil {
			return err
		}
		if _, err := get(ctx, tx, d.Subscription); err != nil {
			return err
		}
		entries, err := tx.Audit().Entries(ctx, d.Place, 1)
		if err != nil {
			return err
		}
		if len(entries) != 1 || entries[0].ID != d.Event {
			return problem.New(problem.NotFound, "The event is not in the log any more.")
		}
		if err := hand(ctx, tx, box, d.Subscription, entries[0]); err != nil {
			return err
		}
		return audit.Record(ctx, tx, recorded(audit.SubscriptionChanged, d.Subscription, "redelivered", Order{By: by}))
	})
	if err != nil {
		return fmt.Errorf("event: %w", err)
	}
	return nil
}

func get(ctx context.Context, tx storage.Tx, id string) (storage.Subscription, error) {
	n, err := tx.Subscriptions().Get(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return n, problem.Wrap(problem.NotFound, "There is no such subscription.", err)
	}
	return n, err
}

// recorded is the event of an order; what was changed, or read, by name.
func recorded(kind audit.Kind, id, what string, o Order) audit.Event {
	e := audit.Event{Kind: kind, Outcome: audit.OutcomeAllow, Reason: o.Reason, Actor: o.By, Detail: map[string]string{}}
	if what != "" {
		e.Detail["what"] = what
	}
	if id != "" {
		e.Detail["subscription"] = id
	}
	return e
}

func checkKinds(kinds []string) ([]string, error) {
	all := slices.Clone(kinds)
	slices.Sort(all)
	all = slices.Compact(all)
	for _, k := range all {
		if !slices.Contains(Kinds(), k) {
			return nil, problem.New(problem.Invalid, fmt.Sprintf("Nobody is told of %q; there are %s.", k, strings.Join(Kinds(), ", ")))
		}
	}
	if len(all) == 0 {
		return nil, problem.New(problem.Invalid, "Name the kinds of events; there are "+strings.Join(Kinds(), ", ")+".")
	}
	return all, nil
}

// checkAddress judges the form of an address. Whether it may be connected to, package
// outbound judges at each call: what a name leads to changes.
func checkAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && (u.Scheme != "http" || !outbound.ThisMachine(u.Hostname())) || u.Hostname() == "" || u.User != nil || u.Fragment != "" || len(address) > 1000 {
		return problem.New(problem.Invalid, "The address is none of https. Plain http is for this machine alone: localhost, 127.0.0.1 and [::1].")
	}
	return nil
}
