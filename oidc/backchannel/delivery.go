package backchannel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/outbound"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Deliver tells everybody what is due now, and returns when it is done.
func (l *Logouts) Deliver(ctx context.Context) error {
	var lanes sync.WaitGroup
	err := l.dispatch(ctx, &lanes)
	lanes.Wait()
	return err
}

// dispatch begins to tell what is due. Each application has a lane of its own, so
// that one which is slow or does not answer keeps no other.
func (l *Logouts) dispatch(ctx context.Context, lanes *sync.WaitGroup) error {
	if ctx.Err() != nil {
		return nil
	}
	var due []string
	if err := l.Store.View(ctx, func(tx storage.Tx) (err error) {
		due, err = tx.Logouts().Due(ctx, l.Now())
		return err
	}); err != nil {
		return fmt.Errorf("backchannel: %w", err)
	}
	for _, clientID := range due {
		c := l.circuits.of(clientID)
		if !c.begin() {
			continue
		}
		lanes.Go(func() {
			defer func() {
				if c.end() {
					l.Wake()
				}
			}()
			if err := l.lane(ctx, clientID, c); err != nil && ctx.Err() == nil {
				l.failed(ctx, clientID, err)
			}
		})
	}
	return nil
}

// failed notes that a store could not be read or written. What was claimed comes
// back, when its lease is over at the latest.
func (l *Logouts) failed(ctx context.Context, clientID string, err error) {
	l.Log.LogAttrs(ctx, slog.LevelError, "lines of the logout ledger could not be worked on; they are tried again", slog.String("client", clientID), slog.Any("error", err))
}

// lane tells one application until nothing is due there, or it does not answer.
func (l *Logouts) lane(ctx context.Context, clientID string, c *circuit) error {
	for ctx.Err() == nil {
		now := l.Now()
		room := c.room(now, batch)
		if room == 0 {
			return nil
		}
		var lines []storage.Logout
		if err := l.Store.Tx(ctx, func(tx storage.Tx) (err error) {
			lines, err = tx.Logouts().Claim(ctx, clientID, now, now.Add(lease), room)
			return err
		}); err != nil || len(lines) == 0 {
			return err
		}
		if err := l.work(ctx, lines); err != nil {
			return err
		}
	}
	return nil
}

// DeliverSession tells the applications of a session now, ahead of all others, and
// returns when it is done or ctx ends. What is left is told later.
func (l *Logouts) DeliverSession(ctx context.Context, sessionID string) error {
	now := l.Now()
	var lines []storage.Logout
	if err := l.Store.Tx(ctx, func(tx storage.Tx) (err error) {
		lines, err = tx.Logouts().ClaimSession(ctx, sessionID, now, now.Add(lease))
		return err
	}); err != nil {
		return fmt.Errorf("backchannel: %w", err)
	}
	return l.work(ctx, lines)
}

// work tries lines that were claimed, and writes down what became of them as it
// becomes known: what is known by the time that a write is done goes into the next
// one.
func (l *Logouts) work(ctx context.Context, lines []storage.Logout) error {
	// What was begun is finished, even when the process is told to stop; the
	// request itself ends with ctx or by its own bound.
	kept := context.WithoutCancel(ctx)
	var errs []error
	lines, putOff := l.finish(kept, lines)
	lines, back, err := l.back(kept, lines)
	if err != nil {
		return err // the lease brings them back
	}
	putOff = append(putOff, back...)
	if len(putOff) > 0 {
		if err := l.settle(kept, putOff); err != nil {
			errs = append(errs, fmt.Errorf("backchannel: %w", err))
		}
	}
	tried := make(chan storage.Logout, len(lines))
	var tries sync.WaitGroup
	for _, one := range lines {
		tries.Go(func() { tried <- l.try(ctx, one) })
	}
	go func() {
		tries.Wait()
		close(tried)
	}()
	for one := range tried {
		known := []storage.Logout{one}
		for len(tried) > 0 {
			known = append(known, <-tried)
		}
		if err := l.settle(kept, known); err != nil {
			errs = append(errs, fmt.Errorf("backchannel: %w", err))
		}
	}
	return errors.Join(errs...)
}

// goesOn says of the reason of a line that only the part of its application ended, of
// a session that goes on.
func goesOn(reason string) bool { return reason == ReasonWithdrawn || reason == ReasonDelegation }

// back finds the lines about consent that was withdrawn and given again since, in the
// session that goes on, and settles them: a token that is sent now would end what lives.
// The end of a delegation is told all the same: what the application showed for it must
// not outlive it, and whoever is back is let in again.
func (l *Logouts) back(ctx context.Context, lines []storage.Logout) (ready, settled []storage.Logout, err error) {
	if !slices.ContainsFunc(lines, func(one storage.Logout) bool { return one.Reason == ReasonWithdrawn }) {
		return lines, nil, nil
	}
	err = l.Store.View(ctx, func(tx storage.Tx) error {
		ready, settled = nil, nil
		for _, one := range lines {
			if one.Reason != ReasonWithdrawn {
				ready = append(ready, one)
				continue
			}
			grants, err := tx.Grants().ByPerson(ctx, one.PersonID, l.Now())
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(grants, func(g storage.Grant) bool {
				return g.SessionID == one.SessionID && g.ClientID == one.ClientID && g.CreatedAt.After(one.CreatedAt)
			}) {
				ready = append(ready, one)
				continue
			}
			one.State, one.SettledAt, one.LastAnswer = storage.LogoutGaveUp, l.Now(), "not told: the person has signed in there again since"
			settled = append(settled, one)
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("backchannel: %w", err)
	}
	return ready, settled, nil
}

// finish sees to it that the sessions of lines are gone before the first try, and
// returns the lines that may be tried, and those that are put off: nobody is told of
// a session that may live.
func (l *Logouts) finish(ctx context.Context, lines []storage.Logout) (ready, putOff []storage.Logout) {
	ended := map[string]string{}
	for _, one := range lines {
		if one.Attempts == 0 && !goesOn(one.Reason) {
			ended[one.SessionID] = one.Reason
		}
	}
	if l.Finish == nil || len(ended) == 0 {
		return lines, nil
	}
	err := l.Finish(ctx, ended)
	if err == nil {
		return lines, nil
	}
	l.failed(ctx, lines[0].ClientID, err)
	for _, one := range lines {
		if one.Attempts > 0 || goesOn(one.Reason) {
			ready = append(ready, one)
			continue
		}
		one.NextAt = l.Now().Add(pauseAfter(1))
		putOff = append(putOff, one)
	}
	return ready, putOff
}

// try tells one application, unless its circuit is open by now, and returns the
// line as it stands then.
func (l *Logouts) try(ctx context.Context, one storage.Logout) storage.Logout {
	c := l.circuits.of(one.ClientID)
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		one.NextAt = l.Now()
		return one
	}
	if ctx.Err() != nil || c.room(l.Now(), 1) == 0 || one.NextAt.Before(l.Now().Add(longestTry)) {
		one.NextAt = l.Now() // as before; the lease may end too soon for a try
		return one
	}
	answer, err := l.tell(ctx, one)
	if ctx.Err() != nil && err != nil {
		// We have cut it short, which says nothing about the application. It may
		// have heard: the next try is no harm.
		one.NextAt = l.Now()
		return one
	}
	c.note(l.Now(), presence(answer.Status, err))
	one.Attempts++
	one.LastStatus = int64(answer.Status)
	one.State, one.LastAnswer = judge(answer.Status, err)
	if one.State == storage.LogoutPending {
		one.NextAt = l.Now().Add(pauseAfter(one.Attempts))
		if l.overdue(one) {
			one.State = storage.LogoutGaveUp
		}
	}
	if one.State != storage.LogoutPending {
		one.SettledAt = l.Now()
	}
	if err != nil {
		l.Log.LogAttrs(ctx, slog.LevelWarn, "an application could not be told of the end of a session",
			slog.String("client", one.ClientID), slog.String("session", one.SessionID), slog.Int64("attempt", one.Attempts), slog.Any("error", err))
	}
	return one
}

// overdue says that an application was tried for long enough.
func (l *Logouts) overdue(one storage.Logout) bool {
	since := one.CreatedAt
	if one.AskedAt.After(since) {
		since = one.AskedAt
	}
	return l.Now().Sub(since) >= patience
}

// settle writes down how lines stand, and what became of them in the audit log.
func (l *Logouts) settle(ctx context.Context, lines []storage.Logout) error {
	return l.Store.Tx(ctx, func(tx storage.Tx) error {
		written, err := tx.Logouts().Settle(ctx, lines...)
		if err != nil {
			return err
		}
		var events []audit.Event
		back := map[string]bool{}
		for _, one := range lines {
			if one.State == storage.LogoutPending || !slices.Contains(written, one.ID) {
				continue // it goes on; or another worker had it, after our lease
			}
			events = append(events, settled(one))
			back[one.ClientID] = back[one.ClientID] || one.State == storage.LogoutDelivered && one.Attempts > 1
		}
		if err := audit.Record(ctx, tx, events...); err != nil {
			return err
		}
		for clientID, is := range back {
			if !is {
				continue
			}
			// It is back: what waits for a turn that is far away gets one now. Lines
			// that are under way have a lease that ends sooner.
			if err := tx.Logouts().Hasten(ctx, clientID, l.Now().Add(2*lease), l.Now()); err != nil {
				return err
			}
		}
		return nil
	})
}

func settled(one storage.Logout) audit.Event {
	e := audit.Event{
		Kind: audit.LogoutDelivered, Outcome: audit.OutcomeAllow, Reason: one.Reason, Actor: audit.Actor{Type: "system"},
		Subject: one.PersonID, ClientID: one.ClientID, SessionID: one.SessionID,
		Detail: map[string]string{"attempts": strconv.FormatInt(one.Attempts, 10)},
	}
	if one.State != storage.LogoutDelivered {
		e.Kind, e.Outcome, e.Reason = audit.LogoutAbandoned, audit.OutcomeDeny, string(one.State)
	}
	return e
}

// giveUp ends what was tried, or waited for its application, for long enough.
func (l *Logouts) giveUp(ctx context.Context, tx storage.Tx) error {
	now := l.Now()
	if now.Sub(l.Began) < firstTries {
		return nil
	}
	given, err := tx.Logouts().GiveUp(ctx, now.Add(-patience), now, atATime)
	if err != nil {
		return err
	}
	events := make([]audit.Event, len(given))
	for i, one := range given {
		events[i] = settled(one)
	}
	return audit.Record(ctx, tx, events...)
}

// tell signs a token of its own for each try (section 2.4) and posts it.
func (l *Logouts) tell(ctx context.Context, one storage.Logout) (outbound.Answer, error) {
	c, ok := l.Clients.Get(one.ClientID)
	if !ok || c.BackchannelLogoutURI == "" {
		// Before the line is settled for good: this replica may be the last to know.
		err := l.Store.View(ctx, func(tx storage.Tx) (err error) {
			c, err = tx.Clients().Get(ctx, one.ClientID)
			return err
		})
		if errors.Is(err, storage.ErrNotFound) || err == nil && c.BackchannelLogoutURI == "" {
			return outbound.Answer{}, errNotTold
		}
		if err != nil {
			return outbound.Answer{}, fmt.Errorf("backchannel: %w", err)
		}
	}
	now := l.Now()
	told := map[string]any{
		"iss": l.Issuer, "aud": c.ID, "iat": now.Unix(), "exp": now.Add(tokenLife).Unix(), "jti": secret.NewID(), "sid": one.SessionID,
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": struct{}{}},
	}
	// Section 2.4 wants sub or sid. Where people act for others, the session is known
	// to the application under another subject than that of who signed in.
	if !c.Acting {
		told["sub"] = l.Subjects.Of(c, one.Subject)
	}
	payload, err := json.Marshal(told)
	if err != nil {
		return outbound.Answer{}, fmt.Errorf("backchannel: %w", err)
	}
	token, err := l.Keys.Sign(client.IDTokenAlg(c), tokenType, payload)
	if err != nil {
		return outbound.Answer{}, err
	}
	return l.Out.PostForm(ctx, c.BackchannelLogoutURI, url.Values{"logout_token": {token}})
}

// pauseAfter is how long to wait after a number of tries: it doubles from five
// seconds to an hour.
func pauseAfter(attempts int64) time.Duration {
	pause := 5 * time.Second
	for range min(attempts, 12) - 1 {
		pause *= 2
	}
	return min(pause, time.Hour)
}
