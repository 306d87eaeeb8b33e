package recovery

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/limit"
	"github.com/claviger-id/claviger/pkg/mail"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Carrier is the name of this carrier in the outbox.
const Carrier = "recovery"

const (
	// LinkLife is how long a link for a forgotten password works.
	LinkLife = 30 * time.Minute
	// answerWithin is how long a question waits for a worker: who gets no answer
	// by then has asked again.
	answerWithin = 15 * time.Minute
	// maxSharing is how many people with one address are told their User IDs.
	maxSharing = 5
	// maxTyped bounds what is typed, in bytes.
	maxTyped = 254
)

// Credentials replaces passwords. package credential has it.
type Credentials interface {
	Recover(ctx context.Context, personID, chosen string, redeem func(ctx context.Context, tx storage.Tx) error) error
	IssueTemporary(ctx context.Context, tx storage.Tx, personID string, validFor time.Duration, by audit.Actor) (string, error)
}

// Service answers questions and honours links. It is safe for concurrent use.
type Service struct {
	Store       storage.Store
	Attempts    storage.Attempts
	Keys        *secret.Keyring
	People      *person.Directory
	Credentials Credentials
	Box         outbox.Box
	// Post is nil where nothing is mailed.
	Post *mail.Post
	// Issuer is where the pages are.
	Issuer string
	// SecondFactor, when it is set, tells whether a person has one. A link alone
	// is then not enough.
	SecondFactor func(ctx context.Context, tx storage.Tx, personID string) (bool, error)
	// EndSessions ends the sessions of a person that are no younger than that. It
	// may be called again.
	EndSessions func(ctx context.Context, personID string, upTo time.Time) error
	Now         func() time.Time
	Log         *slog.Logger
}

// What may be asked for.
const (
	askPassword = "password"
	askUserID   = "user_id"
)

// question is a question in the outbox.
type question struct {
	Typed   string `json:"typed"`
	Account string `json:"account"`
}

// AskPassword asks for a link to replace the forgotten password of a User ID.
// Problems: Invalid when nothing, or too much, was typed; Limited. Everything else
// is no problem, whether there is such an account or not.
func (s *Service) AskPassword(ctx context.Context, userID string) error {
	return s.ask(ctx, askPassword, userID, "account:"+hex.EncodeToString(s.Keys.MAC("attempt", s.People.UserIDIndex(userID))[:16]))
}

// AskUserID asks for the User ID of an address, to be mailed there. Problems as of
// AskPassword.
func (s *Service) AskUserID(ctx context.Context, address string) error {
	return s.ask(ctx, askUserID, address, "mailbox:"+hex.EncodeToString(s.Keys.MAC("recovery", s.People.EmailIndex(address))[:16]))
}

func (s *Service) ask(ctx context.Context, kind, typed, account string) error {
	typed = strings.TrimSpace(typed)
	if typed == "" || len(typed) > maxTyped {
		return problem.New(problem.Invalid, "Nothing, or too much, was entered.")
	}
	wait, err := s.reserve(ctx, s.Now(), "recovery:"+limit.Block(request.From(ctx).Address).String(), limit.Recovery())
	if err != nil {
		return err
	}
	if wait > 0 {
		return &problem.Error{Code: problem.Limited, Message: "Too many requests came from here.", RetryAfter: wait}
	}
	// Who is asked about too often hears nothing of it: it is somebody else, who
	// must neither fill a mailbox nor learn that it is full.
	wait, err = s.reserve(ctx, s.Now(), "recovery:"+account, limit.RecoveryOfAccount())
	if err != nil {
		return err
	}
	event := audit.Event{
		Kind: audit.RecoveryRequested, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person"},
		Detail: map[string]string{"kind": kind, "account": account},
	}
	if wait > 0 {
		event.Kind, event.Outcome, event.Reason = audit.RecoveryLimited, audit.OutcomeDeny, "too_many"
	}
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		if wait == 0 {
			if err := s.Box.Put(ctx, tx, outbox.Letter{
				Carrier: Carrier, Kind: kind, Body: question{Typed: typed, Account: account}, ValidFor: answerWithin,
			}); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, event)
	})
	if err != nil {
		return fmt.Errorf("recovery: %w", err)
	}
	return nil
}

func (s *Service) reserve(ctx context.Context, at time.Time, key string, b limit.Budget) (time.Duration, error) {
	wait, err := s.Attempts.Reserve(ctx, at, storage.Claim{Key: key, Free: b.Free, Waits: b.Waits, Forget: b.Forget})
	if err != nil {
		return 0, fmt.Errorf("recovery: attempts: %w", err)
	}
	return wait, nil
}

var _ outbox.Carrier = (*Service)(nil)

// Deliver ends the sessions of who has a new password. For a question it has
// nothing to do before Settled: the answer is made in the transaction that settles
// it, so that there is one.
func (s *Service) Deliver(ctx context.Context, p outbox.Opened) outbox.Outcome {
	if p.Kind == endSessions {
		return s.endLater(ctx, p)
	}
	return outbox.Outcome{State: storage.ParcelSent, Answer: "answered"}
}

// Settled answers a question.
func (s *Service) Settled(ctx context.Context, tx storage.Tx, p outbox.Opened) error {
	if p.State != storage.ParcelSent || p.Kind == endSessions {
		return nil
	}
	var q question
	if err := json.Unmarshal(p.Body, &q); err != nil {
		return fmt.Errorf("recovery: %w", err)
	}
	if p.Kind == askUserID {
		return s.answerUserID(ctx, tx, q)
	}
	return s.answerPassword(ctx, tx, q)
}

// answer records what became of a question.
func (s *Service) answer(ctx context.Context, tx storage.Tx, kind string, q question, personID, refused string) error {
	e := audit.Event{
		Kind: audit.RecoveryAnswered, Outcome: audit.OutcomeAllow, Reason: refused, Actor: audit.Actor{Type: "system"}, Subject: personID,
		Detail: map[string]string{"kind": kind, "account": q.Account},
	}
	if refused != "" {
		e.Kind, e.Outcome = audit.RecoveryRefused, audit.OutcomeDeny
	}
	return audit.Record(ctx, tx, e)
}

func (s *Service) answerPassword(ctx context.Context, tx storage.Tx, q question) error {
	who, err := tx.People().ByUserID(ctx, s.People.UserIDIndex(q.Typed))
	if errors.Is(err, storage.ErrNotFound) {
		return s.answer(ctx, tx, askPassword, q, "", "unknown")
	}
	if err != nil {
		return err
	}
	profile, err := s.People.Open(who)
	if err != nil {
		return err
	}
	stored, err := tx.Passwords().Get(ctx, who.ID)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	refused := ""
	switch {
	case who.State == storage.PersonSuspended || who.State == storage.PersonClosed:
		refused = string(who.State)
	case stored.Kind != storage.PasswordPersonal:
		refused = "temporary" // it is issued again, by the help desk
	case mail.CheckAddress(profile.Email) != nil:
		refused = "no_address"
	}
	if refused != "" {
		return s.answer(ctx, tx, askPassword, q, who.ID, refused)
	}
	link, until, err := s.link(ctx, tx, who.ID, storage.LinkRecover, stored.Version, LinkLife)
	if err != nil {
		return err
	}
	to := mail.To{PersonID: who.ID, Address: profile.Email, Language: profile.Locale}
	if err := s.Post.Send(ctx, tx, to, mail.RecoveryLink{Link: link, Until: until}, LinkLife); err != nil {
		return err
	}
	return s.answer(ctx, tx, askPassword, q, who.ID, "")
}

func (s *Service) answerUserID(ctx context.Context, tx storage.Tx, q question) error {
	all, err := tx.People().ByEmail(ctx, s.People.EmailIndex(q.Typed), maxSharing)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return s.answer(ctx, tx, askUserID, q, "", "unknown")
	}
	for _, who := range all {
		profile, err := s.People.Open(who)
		if err != nil {
			return err
		}
		refused := ""
		switch {
		case who.State == storage.PersonClosed:
			refused = "closed"
		case mail.CheckAddress(profile.Email) != nil:
			refused = "no_address"
		default:
			// To the address on file, not to what was typed: they may differ in
			// what the index does not see.
			to := mail.To{PersonID: who.ID, Address: profile.Email, Language: profile.Locale}
			if err := s.Post.Send(ctx, tx, to, mail.UserIDReminder{UserID: profile.UserID}, 0); err != nil {
				return err
			}
		}
		if err := s.answer(ctx, tx, askUserID, q, who.ID, refused); err != nil {
			return err
		}
	}
	return nil
}
