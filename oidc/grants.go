package oidc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/claviger-id/claviger/oidc/backchannel"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// refreshGrace is how long the refresh token before the newest one brings its
// successor again: an answer can get lost, and applications have threads.
const refreshGrace = 30 * time.Second

// ErrReused says that a code or a refresh token was used a second time. The
// grant has been ended.
var ErrReused = errors.New("oidc: used a second time")

// Why a grant ended here.
const (
	endedCodeReuse    = "code_reuse"
	endedRefreshReuse = "refresh_reuse"
)

// Grants is the durable life of grants: each change in one transaction with its
// audit event. A grant that ends with its session is package session's.
type Grants struct {
	Store storage.Store
	Marks storage.Marks
	// TombstoneFor is how long the end of a grant is remembered: the life of an
	// access token, and some for clocks.
	TombstoneFor time.Duration
	// EndSession ends a session of which an old refresh token was used. One that has
	// ended is no error.
	EndSession func(ctx context.Context, id string) error
	// Refuses says that a person has to accept the Use Agreement first; nil: there is
	// none. It is asked about who is acted for.
	Refuses func(ctx context.Context, tx storage.Tx, personID string) (bool, error)
	Now     func() time.Time
	Log     *slog.Logger
}

// GrantMark is the name of the mark that an ended grant leaves.
func GrantMark(id string) string { return session.GrantMark(id) }

// Begin stores a new grant. When its code was used a second time before this,
// the grant is stored as it is: dead. Who redeemed the code first is answered
// all the same, and finds the tokens refused; so it does not matter which of
// two requests came to the store first. A *fault.Error when the account of its person
// is not active any more, or, where the grant rests on consent, when that was withdrawn
// since the code was issued.
func (g *Grants) Begin(ctx context.Context, grant storage.Grant, onConsent bool) error {
	return g.Store.Tx(ctx, func(tx storage.Tx) error {
		reason := ""
		if err := g.welcome(ctx, tx, grant); err != nil {
			return err
		}
		if onConsent {
			if err := consented(ctx, tx, grant); err != nil {
				return err
			}
		}
		if err := tx.Grants().Insert(ctx, grant); errors.Is(err, storage.ErrEnded) {
			reason = endedCodeReuse
		} else if err != nil {
			return fmt.Errorf("oidc: grant: %w", err)
		}
		return audit.Record(ctx, tx, g.event(audit.GrantCreated, audit.OutcomeAllow, grant, reason))
	})
}

// welcome refuses a grant that nobody may begin any more: the delegation is over, or the
// account is not active, whose sessions may not have ended yet.
func (g *Grants) welcome(ctx context.Context, tx storage.Tx, grant storage.Grant) error {
	if grant.Detail.Acting != nil {
		return g.beginActing(ctx, tx, grant) // which asks for both accounts
	}
	who, err := tx.People().Get(ctx, grant.PersonID)
	if err != nil {
		return fmt.Errorf("oidc: grant: %w", err)
	}
	if who.State != storage.PersonActive {
		return &fault.Error{Code: fault.InvalidGrant, Description: Because("The account is not active", string(session.ReasonClosed)), ClientID: grant.ClientID}
	}
	return nil
}

// consented refuses a grant of what its person does not agree to any more.
func consented(ctx context.Context, tx storage.Tx, grant storage.Grant) error {
	given, err := tx.Consents().Get(ctx, grant.PersonID, grant.ClientID)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return fmt.Errorf("oidc: consent: %w", err)
	}
	if slices.ContainsFunc(grant.Scopes, func(scope string) bool { return !slices.Contains(given.Scopes, scope) }) {
		return &fault.Error{Code: fault.InvalidGrant, Description: "The person does not agree any more (" + backchannel.ReasonWithdrawn + ").", ClientID: grant.ClientID}
	}
	return nil
}

// Refresh advances a grant from a generation of its refresh token to the next,
// and returns it as it is then. Within a grace period the generation before
// brings the same again. When accept does not accept the grant, nothing changes
// and its error is returned. ErrReused for an older generation, and the grant
// has ended; storage.ErrEnded or storage.ErrNotFound when it had before.
//
// Which of two who have a token is the thief nobody knows, so that neither goes on
// (RFC 9700 section 4.14.2); and because a thief may have more than the one token,
// the session ends, everywhere. A grant that outlives sessions ends alone: it was
// kept apart from the browser.
func (g *Grants) Refresh(ctx context.Context, id string, generation int64, accept func(storage.Tx, storage.Grant) error) (storage.Grant, error) {
	var (
		grant  storage.Grant
		reused bool
	)
	err := g.Store.Tx(ctx, func(tx storage.Tx) (err error) {
		grant, err = tx.Grants().Rotate(ctx, id, generation, tx.Now())
		reason := ""
		switch {
		case err == nil:
		case !errors.Is(err, storage.ErrStale):
			return fmt.Errorf("oidc: grant: %w", err)
		case grant.Generation == generation+1 && tx.Now().Sub(grant.RotatedAt) <= refreshGrace:
			reason = "repeated"
		default:
			reused = true
			return g.end(ctx, tx, audit.GrantRefreshReused, grant, endedRefreshReuse)
		}
		if err := accept(tx, grant); err != nil {
			return err
		}
		return audit.Record(ctx, tx, g.event(audit.GrantRefreshed, audit.OutcomeAllow, grant, reason))
	})
	// Who could not end the session does it when the token comes again.
	reused = reused && err == nil || errors.Is(err, storage.ErrEnded) && grant.EndReason == endedRefreshReuse
	if !reused {
		return grant, err
	}
	if !grant.Offline && grant.SessionID != "" {
		if err := g.EndSession(ctx, grant.SessionID); err != nil {
			return grant, fmt.Errorf("oidc: grant: %w", err)
		}
	}
	return grant, ErrReused
}

// CodeReused ends the grant of a code that was used a second time, whether the
// first use has stored it yet or not (RFC 6749 section 4.1.2).
func (g *Grants) CodeReused(ctx context.Context, grant storage.Grant) error {
	return g.Store.Tx(ctx, func(tx storage.Tx) error {
		return g.end(ctx, tx, audit.GrantCodeReused, grant, endedCodeReuse)
	})
}

// end ends a grant for a reuse. The mark comes first: should the transaction
// fail, tokens of a grant that deserved to end are refused for a while.
func (g *Grants) end(ctx context.Context, tx storage.Tx, kind audit.Kind, grant storage.Grant, reason string) error {
	now := g.Now()
	if _, err := g.Marks.Set(ctx, GrantMark(grant.ID), now, now.Add(g.TombstoneFor)); err != nil {
		return fmt.Errorf("oidc: grant: %w", err)
	}
	ended, err := tx.Grants().End(ctx, grant.ID, reason, tx.Now())
	if err != nil {
		return fmt.Errorf("oidc: grant: %w", err)
	}
	if err := audit.Record(ctx, tx, g.event(kind, audit.OutcomeDeny, grant, "")); err != nil || !ended {
		return err
	}
	return audit.Record(ctx, tx, g.event(audit.GrantEnded, audit.OutcomeAllow, grant, reason))
}

// Denied records that a token request of a known client was refused.
func (g *Grants) Denied(ctx context.Context, clientID string, code fault.Code) error {
	return g.Store.Tx(ctx, func(tx storage.Tx) error {
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.TokenDenied, Outcome: audit.OutcomeDeny, Reason: string(code),
			Actor: audit.Actor{Type: "client", ID: clientID}, ClientID: clientID,
		})
	})
}

// Use accepts a refresh token that stays what it is. When accept does not accept
// the grant, nothing changes and its error is returned. storage.ErrEnded or
// storage.ErrNotFound when the grant is over.
func (g *Grants) Use(ctx context.Context, id string, generation int64, accept func(storage.Tx, storage.Grant) error) (storage.Grant, error) {
	var grant storage.Grant
	err := g.Store.Tx(ctx, func(tx storage.Tx) (err error) {
		if grant, err = tx.Grants().Get(ctx, id); err != nil {
			return fmt.Errorf("oidc: grant: %w", err)
		}
		if !Lives(grant, tx.Now()) || grant.Generation != generation {
			return fmt.Errorf("oidc: grant: %w", storage.ErrEnded)
		}
		if err := accept(tx, grant); err != nil {
			return err
		}
		return audit.Record(ctx, tx, g.event(audit.GrantRefreshed, audit.OutcomeAllow, grant, "not_rotated"))
	})
	return grant, err
}

// Lives says that a grant is neither ended nor expired.
func Lives(grant storage.Grant, at time.Time) bool {
	return grant.EndedAt.IsZero() && grant.ExpiresAt.After(at)
}

// endedRevoked is the reason of a grant that its client gave back (RFC 7009).
const endedRevoked = "revoked"

// Revoke ends the grant of a refresh token that its client gives back. One that
// is over already, or was never there, is no error (RFC 7009 section 2.2).
func (g *Grants) Revoke(ctx context.Context, id string) error {
	now := g.Now()
	return g.Store.Tx(ctx, func(tx storage.Tx) error {
		grant, err := tx.Grants().Get(ctx, id)
		if errors.Is(err, storage.ErrNotFound) || err == nil && !Lives(grant, tx.Now()) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("oidc: grant: %w", err)
		}
		// The mark comes first: a failure after it is tried again by the client.
		if _, err := g.Marks.Set(ctx, GrantMark(id), now, now.Add(g.TombstoneFor)); err != nil {
			return fmt.Errorf("oidc: grant: %w", err)
		}
		if _, err := tx.Grants().End(ctx, id, endedRevoked, tx.Now()); err != nil {
			return fmt.Errorf("oidc: grant: %w", err)
		}
		return audit.Record(ctx, tx, g.event(audit.GrantEnded, audit.OutcomeAllow, grant, endedRevoked))
	})
}

func (g *Grants) event(kind audit.Kind, outcome audit.Outcome, grant storage.Grant, reason string) audit.Event {
	e := audit.Event{
		Kind: kind, Outcome: outcome, Reason: reason, Actor: audit.Actor{Type: "client", ID: grant.ClientID},
		Subject: grant.PersonID, ClientID: grant.ClientID, SessionID: grant.SessionID, GrantID: grant.ID,
	}
	e.Detail = grant.Detail.ActingWords()
	if grant.Generation > 0 {
		if e.Detail == nil {
			e.Detail = map[string]string{}
		}
		e.Detail["generation"] = strconv.FormatInt(grant.Generation, 10)
	}
	return e
}
