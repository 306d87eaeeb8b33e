package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

const (
	// liveIdle is longer than a run.
	liveIdle = 2 * time.Hour
	// beginners is how many sessions begin at a time.
	beginners = 64
)

// browser is what sessions begin from.
var browser = request.Info{
	Address:   netip.MustParseAddr("192.0.2.17"),
	UserAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
}

// opener begins sessions as the program does, without the sign-in before it.
type opener struct {
	service session.Service
	seeder  seeder
	durable storage.Store
}

// begun are sessions, in the order in which they are over.
type begun struct {
	cookies   []string
	sessions  []string // their ids
	deadlines []time.Time
	people    []int
}

// last is when the last of them is over.
func (b begun) last() (at time.Time) {
	for _, one := range b.deadlines {
		if one.After(at) {
			at = one
		}
	}
	return at
}

// beginning lets sessions begin while their audit events get their places, as they
// do in the program.
func (in *installation) beginning(ctx context.Context, s opened, do func(*opener) error) error {
	keyring, err := openKeyring(ctx, s.durable, s.root)
	if err != nil {
		return err
	}
	key, err := keys.OpenAuditKey(ctx, s.durable, keyring)
	if err != nil {
		return err
	}
	quiet := slog.New(slog.DiscardHandler)
	sequencer := &audit.Sequencer{Store: s.durable, Signer: key.Signer, Log: quiet}
	o := &opener{
		durable: s.durable, seeder: seeder{now: time.Now().UTC().Truncate(time.Microsecond)},
		service: session.Service{
			Store: s.durable, Ephemeral: s.ephemeral, TombstoneFor: time.Hour, Log: quiet,
			Now: func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
		},
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	var background errgroup.Group
	background.Go(func() error { return sequencer.Run(running) })
	if err := do(o); err != nil {
		return err
	}
	stop()
	if err := background.Wait(); err != nil {
		return err
	}
	return sequencer.Finish(ctx)
}

// unrecorded is a durable store that takes nothing, and says that it did.
type unrecorded struct{ storage.Store }

func (unrecorded) Tx(context.Context, func(storage.Tx) error) error { return nil }

// unrecorded is an opener whose sessions are in the ephemeral store alone.
func (o *opener) unrecorded() *opener {
	aside := *o
	aside.service.Store = unrecorded{o.durable}
	return &aside
}

// begin begins n sessions of the people from a number on; idle is how long each
// lives from now.
func (o *opener) begin(ctx context.Context, from, n int, idle func(i int) time.Duration) (begun, error) {
	out := begun{cookies: make([]string, n), sessions: make([]string, n), deadlines: make([]time.Time, n), people: make([]int, n)}
	ctx = request.With(ctx, browser)
	var work errgroup.Group
	work.SetLimit(beginners)
	for i := range n {
		work.Go(func() error {
			person, service := personID(from+i), o.service
			service.Limits = session.Limits{Idle: idle(i), SharedIdle: idle(i), Absolute: 12 * time.Hour}
			cookie, s, err := service.Begin(ctx, session.Beginning{
				PersonID: person, Subject: "s" + person[1:], AuthTime: service.Now(), ACR: "urn:bench:seeded", AMR: []string{"pwd"},
			})
			if err != nil {
				return err
			}
			if s, err = service.Join(ctx, s.ID, wardClient, 0, 0); err != nil {
				return err
			}
			out.cookies[i], out.sessions[i], out.deadlines[i], out.people[i] = cookie, s.ID, s.Deadline, from+i
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return out, fmt.Errorf("beginning sessions: %w", err)
	}
	return out, nil
}

// grants gives the application a grant of each session.
func (o *opener) grants(ctx context.Context, of begun) error {
	for from := 0; from < len(of.cookies); from += seedBatch {
		if err := o.durable.Tx(ctx, func(tx storage.Tx) error {
			for i := from; i < min(from+seedBatch, len(of.cookies)); i++ {
				if err := o.seeder.grant(ctx, tx, of.people[i], of.people[i]+1, of.cookies[i]); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return fmt.Errorf("grants of sessions: %w", err)
		}
	}
	return nil
}
