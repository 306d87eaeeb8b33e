package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/pkg/outbound"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/worker"
	"github.com/claviger-id/claviger/storage"
)

// How applications are told of the end of a session.
const (
	logoutTokenType = "logout+jwt" // OpenID Connect Back-Channel Logout 1.0 section 2.4
	logoutTokenLife = 2 * time.Minute
	logoutInterval  = 2 * time.Second
	// logoutLease is how long a worker has for what it took: more than a request
	// may take.
	logoutLease = 30 * time.Second
	logoutBatch = 32
	// logoutParallel is how many applications are told at once.
	logoutParallel = 8
	// logoutPatience is how long an application that does not answer is tried.
	logoutPatience = 24 * time.Hour
	// logoutKept is how long the ledger keeps what is settled.
	logoutKept = 30 * 24 * time.Hour
	// logoutWait is how long a person who signs out waits for applications.
	logoutWait = 3 * time.Second
)

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
	Clients  *Clients
	Keys     *keys.Ring
	Subjects Subjects
	Out      Poster
	Issuer   string
	Now      func() time.Time
	Log      *slog.Logger

	waiting, oldest atomic.Int64
}

// Enroll writes down which applications have to be told of the end of a session.
// package session calls it in the transaction that ends one.
func (l *Logouts) Enroll(ctx context.Context, tx storage.Tx, s storage.Session, reason string) error {
	for _, id := range s.Clients {
		c, ok := l.Clients.Get(id)
		if !ok || c.BackchannelLogoutURI == "" {
			continue
		}
		// The name of the line is that of what it is about: a session that is
		// ended twice is told of once.
		err := tx.Logouts().Insert(ctx, storage.Logout{
			ID: s.ID + "." + id, SessionID: s.ID, ClientID: id, PersonID: s.PersonID, Subject: s.Subject, Reason: reason,
			State: storage.LogoutPending, CreatedAt: tx.Now(), NextAt: tx.Now(),
		})
		if err != nil && !errors.Is(err, storage.ErrConflict) {
			return fmt.Errorf("oidc: logout: %w", err)
		}
	}
	return nil
}

// Run tells until ctx ends.
func (l *Logouts) Run(ctx context.Context) error {
	return worker.Every(ctx, logoutInterval, l.Log, "logout ledger", func(ctx context.Context) error {
		return errors.Join(l.Deliver(ctx, ""), l.look(ctx))
	})
}

// look notes what is waiting, for the metrics, and forgets what is long settled.
func (l *Logouts) look(ctx context.Context) error {
	return l.Store.Tx(ctx, func(tx storage.Tx) error {
		n, oldest, err := tx.Logouts().Waiting(ctx)
		if err != nil {
			return err
		}
		l.waiting.Store(n)
		l.oldest.Store(0)
		if n > 0 {
			l.oldest.Store(oldest.Unix())
		}
		_, err = tx.Logouts().Purge(ctx, tx.Now().Add(-logoutKept), logoutBatch)
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

// Deliver tells what is due: of one session, or of all when it is empty.
func (l *Logouts) Deliver(ctx context.Context, sessionID string) error {
	for {
		var due []storage.Logout
		if err := l.Store.Tx(ctx, func(tx storage.Tx) (err error) {
			due, err = tx.Logouts().Claim(ctx, l.Now(), l.Now().Add(logoutLease), sessionID, logoutBatch)
			return err
		}); err != nil {
			return fmt.Errorf("oidc: logout: %w", err)
		}
		var group errgroup.Group
		group.SetLimit(logoutParallel)
		for _, one := range due {
			group.Go(func() error { return l.deliver(ctx, one) })
		}
		if err := group.Wait(); err != nil || len(due) < logoutBatch {
			return err
		}
	}
}

// deliver tells one application, and notes how it answered.
func (l *Logouts) deliver(ctx context.Context, one storage.Logout) error {
	one.Attempts++
	answer, err := l.tell(ctx, one)
	if ctx.Err() != nil {
		return nil // we are stopping, or nobody waits: the lease runs out, another try follows
	}
	now := l.Now()
	one.LastStatus = int64(answer.Status)
	switch {
	case errors.Is(err, errNotTold):
		one.State, one.LastAnswer = storage.LogoutRefused, "the application has no address to tell any more"
	case err != nil:
		one.LastAnswer = "no answer"
	case answer.Status >= 200 && answer.Status <= 299:
		one.State, one.LastAnswer = storage.LogoutDelivered, "confirmed"
	case answer.Status == http.StatusBadRequest: // section 2.8
		one.State, one.LastAnswer = storage.LogoutRefused, "the application refused the token"
	default:
		one.LastAnswer = "status " + strconv.Itoa(answer.Status)
	}
	if one.State == storage.LogoutPending {
		one.NextAt = now.Add(logoutPause(one.Attempts))
		if now.Sub(one.CreatedAt) >= logoutPatience {
			one.State = storage.LogoutGaveUp
		}
	}
	if one.State != storage.LogoutPending {
		one.SettledAt = now
	}
	if err != nil {
		l.Log.LogAttrs(ctx, slog.LevelWarn, "an application could not be told of the end of a session",
			slog.String("client", one.ClientID), slog.String("session", one.SessionID), slog.Int64("attempt", one.Attempts), slog.Any("error", err))
	}
	err = l.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := tx.Logouts().Settle(ctx, one); err != nil || one.State == storage.LogoutPending {
			return err
		}
		e := audit.Event{
			Kind: audit.LogoutDelivered, Outcome: audit.OutcomeAllow, Reason: one.Reason, Actor: audit.Actor{Type: "system"},
			Subject: one.PersonID, ClientID: one.ClientID, SessionID: one.SessionID,
			Detail: map[string]string{"attempts": strconv.FormatInt(one.Attempts, 10)},
		}
		if one.State != storage.LogoutDelivered {
			e.Kind, e.Outcome, e.Reason = audit.LogoutAbandoned, audit.OutcomeDeny, string(one.State)
		}
		return audit.Record(ctx, tx, e)
	})
	if errors.Is(err, storage.ErrStale) {
		return nil // another worker, after our lease
	}
	return err
}

// errNotTold says that there is nobody to tell.
var errNotTold = errors.New("oidc: the client has no logout address")

// tell signs a token of its own for each try (section 2.4) and posts it.
func (l *Logouts) tell(ctx context.Context, one storage.Logout) (outbound.Answer, error) {
	c, ok := l.Clients.Get(one.ClientID)
	if !ok || c.BackchannelLogoutURI == "" {
		return outbound.Answer{}, errNotTold
	}
	now := l.Now()
	payload, err := json.Marshal(map[string]any{
		"iss": l.Issuer, "aud": c.ID, "iat": now.Unix(), "exp": now.Add(logoutTokenLife).Unix(), "jti": secret.NewID(),
		"sub": l.Subjects.Of(c, one.Subject), "sid": one.SessionID,
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": struct{}{}},
	})
	if err != nil {
		return outbound.Answer{}, fmt.Errorf("oidc: logout: %w", err)
	}
	token, err := l.Keys.Sign(client.IDTokenAlg(c), logoutTokenType, payload)
	if err != nil {
		return outbound.Answer{}, err
	}
	return l.Out.PostForm(ctx, c.BackchannelLogoutURI, url.Values{"logout_token": {token}})
}

// logoutPause is how long to wait after a number of tries: it doubles from five
// seconds to an hour.
func logoutPause(attempts int64) time.Duration {
	pause := 5 * time.Second
	for range min(attempts, 12) - 1 {
		pause *= 2
	}
	return min(pause, time.Hour)
}
