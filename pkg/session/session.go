package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Service begins, touches and ends sessions.
type Service struct {
	Store     storage.Store
	Ephemeral storage.Ephemeral
	Limits    Limits
	// Roles returns what a person does here, for the limits of roles; it is asked
	// where there are any.
	Roles func(ctx context.Context, tx storage.Tx, personID string) ([]string, error)
	// TombstoneFor is how long the end of a session is remembered: the life of
	// an access token, and some for clocks.
	TombstoneFor time.Duration
	// Began and Ended, when they are set, are called in the transaction that notes
	// the beginning of a session and in that of its end.
	Began func(ctx context.Context, tx storage.Tx, s storage.Session) error
	Ended func(ctx context.Context, tx storage.Tx, s storage.Session, reason string) error
	// Wake, when it is set, is called when sessions have ended.
	Wake func()
	Now  func() time.Time
	Log  *slog.Logger
}

// Beginning is what a new session is made of.
type Beginning struct {
	PersonID string
	Subject  string
	AuthTime time.Time
	ACR      string
	AMR      []string
	// Shared says that the person called this a shared computer.
	Shared bool
	// Until, unless it is zero, is the latest that the session may live.
	Until time.Time
	// Replaces is the session that this browser had before, if any. It ends: a
	// new authentication always has a new session (ASVS 7.2.4).
	Replaces string
	// Raised is the SecretHash of that session where the new one stands on it: then it
	// has to be alive, and of many callers exactly one replaces it.
	Raised []byte
}

// Begin begins a session and returns the value of its cookie, which is stored
// nowhere. The audit event comes first: a session without one cannot exist.
// ErrTooMany when the person may not have another one; storage.ErrNotFound or
// storage.ErrStale when the one that it stands on has ended, or was replaced already.
func (s *Service) Begin(ctx context.Context, b Beginning) (cookie string, record storage.Session, err error) {
	limits, err := s.limits(ctx, b.PersonID)
	if err != nil {
		return "", storage.Session{}, fmt.Errorf("session: %w", err)
	}
	token := secret.NewToken()
	if b.Raised != nil {
		// The secret that it gets is nobody's. Whoever ends it comes before this, or
		// finds what is made of it.
		if _, err := s.Ephemeral.Sessions().Renew(ctx, storage.Renewal{
			SessionID: b.Replaces, At: s.Now(), Was: b.Raised, SecretHash: secret.Hash(secret.NewToken()), AuthTime: b.AuthTime, ACR: b.ACR, AMR: b.AMR,
		}); err != nil {
			return "", storage.Session{}, fmt.Errorf("session: %w", err)
		}
	}
	if b.Replaces != "" {
		if err := s.End(ctx, b.Replaces, ReasonReplaced); err != nil {
			return "", storage.Session{}, err
		}
	}
	now, idle := s.Now(), limits.Idle
	if b.Shared {
		idle = limits.SharedIdle
	}
	record = storage.Session{
		ID: secret.NewID(), SecretHash: secret.Hash(token), PersonID: b.PersonID, Subject: b.Subject,
		AuthTime: b.AuthTime, ACR: b.ACR, AMR: b.AMR, Shared: b.Shared, IdleLimit: idle,
		CreatedAt: now, LastActivity: now, Deadline: now.Add(idle), AbsoluteDeadline: now.Add(limits.Absolute),
	}
	if !b.Until.IsZero() && b.Until.Before(record.AbsoluteDeadline) {
		record.AbsoluteDeadline = b.Until
	}
	from := request.From(ctx)
	record.UserAgent = from.UserAgent
	if from.Address.IsValid() {
		record.Address = from.Address.String()
	}
	if record.Deadline.After(record.AbsoluteDeadline) {
		record.Deadline = record.AbsoluteDeadline
	}
	detail := map[string]string{"amr": strings.Join(b.AMR, " ")}
	if b.Shared {
		detail["shared"] = "true"
	}
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		if s.Began != nil {
			if err := s.Began(ctx, tx, record); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.SessionCreated, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: b.PersonID},
			Subject: b.PersonID, SessionID: record.ID, Detail: detail,
		})
	})
	if err != nil {
		return "", storage.Session{}, fmt.Errorf("session: %w", err)
	}
	if err := s.Ephemeral.Sessions().Create(ctx, record); err != nil {
		s.notStarted(ctx, record)
		return "", storage.Session{}, fmt.Errorf("session: %w", err)
	}
	if err := s.makeRoom(ctx, record, limits.Concurrent); err != nil {
		// Its cookie was sent to nobody: whatever is left of it is worth nothing.
		return "", storage.Session{}, errors.Join(err, s.End(context.WithoutCancel(ctx), record.ID, ReasonNotStarted))
	}
	return record.ID + "." + token, record, nil
}

// notStarted notes, as well as it can, that a session which the log knows never
// came to be.
func (s *Service) notStarted(ctx context.Context, record storage.Session) {
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		return audit.Record(ctx, tx, ended(record, ReasonNotStarted, nil))
	})
	if err != nil {
		s.Log.LogAttrs(ctx, slog.LevelError, "a session that did not start could not be noted",
			slog.String("session", record.ID), slog.Any("error", err))
	}
}

// Cookie values: an id of 26 characters, a dot, a secret of 43.
const (
	idLength     = 26
	cookieLength = idLength + 1 + 43
)

// Resolve returns the live session of a cookie, or storage.ErrNotFound. It is
// one look-up and no activity.
func (s *Service) Resolve(ctx context.Context, cookie string) (storage.Session, error) {
	if len(cookie) != cookieLength || cookie[idLength] != '.' {
		return storage.Session{}, storage.ErrNotFound
	}
	record, err := s.Ephemeral.Sessions().Get(ctx, cookie[:idLength], s.Now())
	if err != nil {
		return storage.Session{}, err
	}
	if !secret.Equal(record.SecretHash, secret.Hash(cookie[idLength+1:])) {
		return storage.Session{}, storage.ErrNotFound
	}
	return record, nil
}

// Alive returns the session if it lives, by its public id. It is no activity.
func (s *Service) Alive(ctx context.Context, id string) (storage.Session, error) {
	return s.Ephemeral.Sessions().Get(ctx, id, s.Now())
}

// Touch notes that the person did something.
func (s *Service) Touch(ctx context.Context, id string) (storage.Session, error) {
	return s.Ephemeral.Sessions().Act(ctx, storage.Activity{SessionID: id, At: s.Now(), Counts: true})
}

// Report is what an application tells of a person: that they did something
// there, or, when it does not count, nothing; then it only asks how long the
// session lives. storage.ErrNotFound when the session has ended,
// storage.ErrEnded when one of the marks is set. One round trip.
func (s *Service) Report(ctx context.Context, id string, counts bool, unless ...string) (storage.Session, error) {
	return s.Ephemeral.Sessions().Act(ctx, storage.Activity{SessionID: id, At: s.Now(), Counts: counts, Unless: unless})
}

// Join notes that an application takes part in the session, which a person did,
// and that the session lives by the application's limits from now on where they
// are stricter; zero means that it has none. storage.ErrEnded when the session
// does not suit them.
func (s *Service) Join(ctx context.Context, id, clientID string, idle, absolute time.Duration) (storage.Session, error) {
	return s.Ephemeral.Sessions().Act(ctx, storage.Activity{
		SessionID: id, ClientID: clientID, At: s.Now(), Counts: true, IdleLimit: idle, AbsoluteLimit: absolute,
	})
}

// Mark is the name of the mark that an ended session leaves.
func Mark(sessionID string) string { return "session:" + sessionID }

// End ends a session. A session that is not there was ended before, which is
// no error.
func (s *Service) End(ctx context.Context, id string, reason Reason) error {
	record, err := s.Ephemeral.Sessions().Get(ctx, id, time.Time{})
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	_, err = s.stop(ctx, []storage.Session{record}, reason)
	return err
}

func ended(record storage.Session, reason Reason, clients []string) audit.Event {
	e := audit.Event{
		Kind: audit.SessionEnded, Outcome: audit.OutcomeAllow, Reason: string(reason), Actor: actor(record, reason),
		Subject: record.PersonID, SessionID: record.ID,
	}
	e.Detail = map[string]string{}
	if len(clients) > 0 {
		e.Detail["clients"] = strings.Join(clients, " ")
	}
	if by := orderedBy(record); by.Note != "" {
		e.Detail["note"] = by.Note
	}
	return e
}

// GrantMark is the name of the mark that an ended grant leaves.
func GrantMark(id string) string { return "grant:" + id }

// EndAccess ends all that a person has: the sessions, and the grants that would
// outlive them. It can be done again.
func (s *Service) EndAccess(ctx context.Context, personID string, reason Reason) error {
	_, err := s.EndAllAccess(ctx, personID, reason)
	return err
}

// EndAllAccess is EndAccess, and returns how many sessions ended.
func (s *Service) EndAllAccess(ctx context.Context, personID string, reason Reason) (n int, err error) {
	if err := s.voidSignIns(ctx, s.Now(), signIns(personID)); err != nil {
		return 0, err
	}
	if n, err = s.endSome(ctx, personID, reason, func(storage.Session) bool { return true }); err != nil {
		return n, err
	}
	return n, s.endGrants(ctx, personID, reason, func(tx storage.Tx) ([]storage.Grant, error) {
		return tx.Grants().EndByPerson(ctx, personID, string(reason), tx.Now())
	})
}

// EndByPerson ends all sessions of a person, but not the grants that outlive
// them. As with EndOthers, no sign-in of before becomes a session.
func (s *Service) EndByPerson(ctx context.Context, personID string, reason Reason) error {
	if err := s.voidSignIns(ctx, s.Now(), signIns(personID)); err != nil {
		return err
	}
	_, err := s.endSome(ctx, personID, reason, func(storage.Session) bool { return true })
	return err
}

// EndOthers ends all sessions of a person but one.
func (s *Service) EndOthers(ctx context.Context, personID, keep string, reason Reason) error {
	if err := s.voidSignIns(ctx, s.Now(), signIns(personID)); err != nil {
		return err
	}
	_, err := s.endSome(ctx, personID, reason, func(record storage.Session) bool { return record.ID != keep })
	return err
}

// EndUpTo ends the sessions of a person that had begun by then, and those that began
// later with an authentication of before.
func (s *Service) EndUpTo(ctx context.Context, personID string, then time.Time, reason Reason) error {
	if err := s.voidSignIns(ctx, then, signIns(personID)); err != nil {
		return err
	}
	_, err := s.endSome(ctx, personID, reason, func(record storage.Session) bool { return begunBefore(record, then) })
	return err
}

// begunBefore says that a session had begun by then, or began later with an
// authentication of before. Authentications are noted to the second.
func begunBefore(record storage.Session, then time.Time) bool {
	return !record.CreatedAt.After(then) || record.AuthTime.Before(then.Truncate(time.Second))
}

// endSome ends those sessions of a person that which says, and returns how many.
func (s *Service) endSome(ctx context.Context, personID string, reason Reason, which func(storage.Session) bool) (int, error) {
	all, err := s.Ephemeral.Sessions().ByPeople(ctx, s.Now(), personID)
	if err != nil {
		return 0, fmt.Errorf("session: %w", err)
	}
	return s.stop(ctx, slices.DeleteFunc(all, func(record storage.Session) bool { return !which(record) }), reason)
}
