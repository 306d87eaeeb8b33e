// Package backchannel tells applications of the end of sessions: OpenID Connect
// Back-Channel Logout 1.0, with a ledger of what was told, and what has yet to be.
package backchannel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/claviger-id/claviger/pkg/outbound"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/worker"
	"github.com/claviger-id/claviger/storage"
)

// How applications are told of the end of a session.
const (
	tokenType = "logout+jwt" // OpenID Connect Back-Channel Logout 1.0 section 2.4
	tokenLife = 2 * time.Minute
	// interval is how often it is looked for what is due; what was just
	// written down is told at once, when somebody says so.
	interval = time.Second
	// counting is how often the ledger is counted and cleared.
	counting = 2 * time.Second
	// lease is how long a worker has for what it took: more than a request
	// may take.
	lease = 30 * time.Second
	// batch is how many lines of an application are taken at once. Those for
	// which the lease turns out too short go back.
	batch = 32 * perClient
	// atATime is how many lines are given up or forgotten in one go.
	atATime = 500
	// longestTry is the most that one try may take; a lease that ends sooner
	// is not begun with.
	longestTry = outbound.Timeout + time.Second
	// patience is how long an application that does not answer is tried.
	patience = 24 * time.Hour
	// firstTries is how long a process tries before it gives anything up.
	firstTries = 15 * time.Minute
	// settledKept is how long the ledger keeps what is settled.
	settledKept = 30 * 24 * time.Hour
)

// Why an application's part in a session that goes on ends.
const (
	// ReasonWithdrawn: the person does not agree any more.
	ReasonWithdrawn = "consent_withdrawn"
	// ReasonDelegation: the delegation by which they acted is over.
	ReasonDelegation = "delegation_ended"
)

// Clients knows the clients that are registered. package oidc has it.
type Clients interface {
	Get(id string) (storage.Client, bool)
}

// Subjects makes the subject by which a client knows a person. package oidc has it.
type Subjects interface {
	Of(c storage.Client, subject string) string
}

// Signer signs tokens with the keys of the JWKS. package keys has it.
type Signer interface {
	Sign(alg, typ string, payload []byte) (string, error)
}

// Poster posts forms. package outbound has it.
type Poster interface {
	PostForm(ctx context.Context, address string, form url.Values) (outbound.Answer, error)
}

// Logouts tells applications of the end of sessions: OpenID Connect Back-Channel
// Logout 1.0. What is to be told is written down in the transaction that ends the
// session, and told until the application has heard it; any number of replicas
// may do so. It is safe for concurrent use.
type Logouts struct {
	Store    storage.Store
	Clients  Clients
	Keys     Signer
	Subjects Subjects
	Out      Poster
	Issuer   string
	Now      func() time.Time
	Log      *slog.Logger
	// Finish does what is left to do of the end of sessions that is written down, by
	// their ids with the reasons. It comes before anybody is told: who committed the
	// end may have died since.
	Finish func(ctx context.Context, ended map[string]string) error
	// Began is when this process began to tell, or zero. Nothing is given up soon after:
	// what waited while none of ours ran is tried first.
	Began time.Time

	circuits        circuits
	waiting, oldest atomic.Int64
	woken           signal
}

// Enroll writes down which applications have to be told of the end of a session.
// package session calls it in the transaction that ends one.
func (l *Logouts) Enroll(ctx context.Context, tx storage.Tx, s storage.Session, reason string) error {
	var lines []storage.Logout
	for _, id := range s.Clients {
		c, err := l.client(ctx, tx, id)
		if err != nil {
			return err
		}
		if c.BackchannelLogoutURI == "" {
			continue
		}
		// The name of the line is that of what it is about: who ends a session that
		// is being ended tells nobody twice.
		lines = append(lines, storage.Logout{
			ID: s.ID + "." + id, SessionID: s.ID, ClientID: id, PersonID: s.PersonID, Subject: s.Subject, Reason: reason,
			State: storage.LogoutPending, CreatedAt: tx.Now(), NextAt: tx.Now(),
		})
	}
	if err := tx.Logouts().Enter(ctx, lines...); err != nil {
		return fmt.Errorf("backchannel: %w", err)
	}
	return nil
}

// EnrollPart writes down that one application has to be told that its part in some
// sessions is over, which go on. The name of a line is another one than at the end of
// the session, which the application hears of too when it was used again.
func (l *Logouts) EnrollPart(ctx context.Context, tx storage.Tx, sessions []storage.Session, clientID, reason string) error {
	c, err := l.client(ctx, tx, clientID)
	if err != nil || c.BackchannelLogoutURI == "" {
		return err
	}
	var lines []storage.Logout
	for _, s := range sessions {
		if slices.Contains(s.Clients, clientID) {
			lines = append(lines, storage.Logout{
				ID: s.ID + "." + clientID + "." + secret.NewID(), SessionID: s.ID, ClientID: clientID, PersonID: s.PersonID, Subject: s.Subject,
				Reason: reason, State: storage.LogoutPending, CreatedAt: tx.Now(), NextAt: tx.Now(),
			})
		}
	}
	if err := tx.Logouts().Enter(ctx, lines...); err != nil {
		return fmt.Errorf("backchannel: %w", err)
	}
	return nil
}

// client returns a client as it is registered. One that this replica does not know may
// have been registered at another a moment ago. The zero value where there is none.
func (l *Logouts) client(ctx context.Context, tx storage.Tx, id string) (storage.Client, error) {
	if c, ok := l.Clients.Get(id); ok {
		return c, nil
	}
	c, err := tx.Clients().Get(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return storage.Client{}, nil
	}
	if err != nil {
		return storage.Client{}, fmt.Errorf("backchannel: %w", err)
	}
	return c, nil
}

// Run tells until ctx ends, and then finishes what it has begun.
func (l *Logouts) Run(ctx context.Context) error {
	var group errgroup.Group
	group.Go(func() error {
		return worker.Every(ctx, counting, l.Log, "count of the logout ledger", l.Look)
	})
	group.Go(func() error {
		var lanes sync.WaitGroup
		defer lanes.Wait()
		for ctx.Err() == nil {
			if err := l.dispatch(ctx, &lanes); err != nil && ctx.Err() == nil {
				l.Log.LogAttrs(ctx, slog.LevelError, "background work failed; it is tried again", slog.String("work", "logout ledger"), slog.Any("error", err))
			}
			l.woken.wait(ctx, interval)
		}
		return nil
	})
	return group.Wait()
}

// Wake says that something was written down, so that nobody waits for the next
// look.
func (l *Logouts) Wake() { l.woken.give() }

// Look notes what is waiting, for the metrics, gives up what has waited too long,
// and forgets what is long settled.
func (l *Logouts) Look(ctx context.Context) error {
	return l.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := l.giveUp(ctx, tx); err != nil {
			return err
		}
		n, oldest, err := tx.Logouts().Waiting(ctx)
		if err != nil {
			return err
		}
		l.waiting.Store(n)
		l.oldest.Store(0)
		if n > 0 {
			l.oldest.Store(oldest.Unix())
		}
		_, err = tx.Logouts().Purge(ctx, tx.Now().Add(-settledKept), atATime)
		return err
	})
}

// Waiting returns how many applications have to be told yet, and for how long
// the first of them has been.
func (l *Logouts) Waiting() (n int64, age time.Duration) {
	if oldest := l.oldest.Load(); oldest > 0 {
		age = max(0, l.Now().Sub(time.Unix(oldest, 0)))
	}
	return l.waiting.Load(), age
}

// Silent returns how many applications this replica leaves alone for a while,
// because they do not answer.
func (l *Logouts) Silent() int64 { return l.circuits.open() }
