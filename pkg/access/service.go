package access

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Service carries out what Rules allow. It is safe for concurrent use.
type Service struct {
	Store storage.Store
	Keys  *secret.Keyring
	Rules Rules
	// People opens the profiles of those on a roster.
	People *person.Directory
	// Submit hands in an application for an account. package enroll has it.
	Submit func(ctx context.Context, written person.Profile, by audit.Actor) (reference string, err error)
	// EndAccess ends every session and grant of a person. EndFor ends those that
	// have to do with some applications. package session has both.
	EndAccess func(ctx context.Context, personID string) error
	EndFor    func(ctx context.Context, personID string, touched func(storage.Client) bool) error
	// EndActing ends what rests on a delegation: the grants by which its delegate acts,
	// and the part of its applications in sessions. package oidc has it; nil: Run of
	// another process does it.
	EndActing func(ctx context.Context, d storage.Delegation) error
	// Tell, when it is set, tells both people of a delegation that was granted, or that
	// is over, in the transaction in which that happens.
	Tell func(ctx context.Context, tx storage.Tx, d storage.Delegation, granted bool) error
	// Attempts counts what people grant, and how often they name somebody as a delegate
	// who is not there, and Marks keeps who gave up acting for whom; nil where nobody but
	// operators grants. Now goes with them.
	Attempts storage.Attempts
	Marks    storage.Marks
	Now      func() time.Time
	Log      *slog.Logger
}

// denial is a verdict on its way to whoever asked.
type denial struct {
	verdict Verdict
	act     Act
	// organization is the id that was asked for, and person whom it was about.
	organization, person, role string
	// delegate is who was to act for the person; delegation says that it is about that.
	delegate   string
	delegation bool
}

func (d *denial) Error() string {
	return "access: " + string(d.act) + " refused: " + d.verdict.Reason
}

// do runs one act in a transaction. A denial is recorded after the transaction
// was taken back, and becomes the problem that its caller is told.
func (s *Service) do(ctx context.Context, by audit.Actor, fn func(tx storage.Tx) error) error {
	err := s.Store.Tx(ctx, fn)
	var denied *denial
	if errors.As(err, &denied) {
		told := denied.problem()
		if err := audit.Deny(ctx, s.Store, denied.event(by)); err != nil {
			return fmt.Errorf("access: %w", err)
		}
		return told
	}
	if err != nil {
		return fmt.Errorf("access: %w", err)
	}
	return nil
}

func (d *denial) event(by audit.Actor) audit.Event {
	e := audit.Event{
		Kind: audit.AccessDenied, Outcome: audit.OutcomeDeny, Reason: d.verdict.Reason, Actor: by, Subject: d.person,
		Detail: map[string]string{"act": string(d.act)},
	}
	if isID(d.organization) {
		e.Detail["organization"] = d.organization
	}
	if d.delegate != "" {
		e.Detail["delegate"] = d.delegate
	}
	if d.role != "" && (d.role == Administrator || ValidRole(d.role)) {
		e.Detail["role"] = d.role
	}
	return e
}

func (d *denial) problem() error {
	if d.delegation {
		return d.delegationProblem()
	}
	if d.verdict.Hidden {
		return errNoOrganization(d)
	}
	switch d.verdict.Reason {
	case ReasonOneself:
		return problem.Wrap(problem.Denied, "Nobody gives access to themselves. Another administrator or an operator has to do it.", d)
	case ReasonCeiling:
		return problem.Wrap(problem.Denied, "This role is for an operator to give or take.", d)
	case ReasonEnd:
		return problem.Wrap(problem.Invalid, "The access needs an end date that lies ahead, and not too far.", d)
	case ReasonClosed:
		return problem.Wrap(problem.Conflict, "This organization is closed.", d)
	case ReasonPerson:
		return problem.Wrap(problem.NotFound, "There is no account with this User ID and family name.", d)
	case ReasonRole:
		return problem.Wrap(problem.Invalid, "There is no such role.", d)
	}
	return problem.Wrap(problem.Denied, "That is not yours to do.", d)
}

func (d *denial) delegationProblem() error {
	switch d.verdict.Reason {
	case ReasonOneself:
		return problem.Wrap(problem.Denied, "Nobody acts for themselves, or lets themselves act for somebody.", d)
	case ReasonEnd:
		return problem.Wrap(problem.Invalid, "The delegation needs an end date that lies ahead, and not too far.", d)
	case ReasonPerson:
		return problem.Wrap(problem.NotFound, "There is no account with this User ID and family name.", d)
	case ReasonAccount:
		return problem.Wrap(problem.Conflict, "Both accounts have to be active.", d)
	case ReasonGivenUp:
		return problem.Wrap(problem.Conflict, "This person gave up acting for the other one. An operator can let them again.", d)
	case ReasonOften:
		return problem.Wrap(problem.Limited, "That was too often. Try again another day.", d)
	case ReasonApplication:
		return problem.Wrap(problem.Invalid, "A delegation names applications that are registered for acting.", d)
	case ReasonPurpose:
		return problem.Wrap(problem.Invalid, "The purpose is one of "+strings.Join(Purposes(), ", ")+".", d)
	case ReasonStranger:
		return problem.Wrap(problem.NotFound, "There is no such account or delegation.", d)
	}
	return problem.Wrap(problem.Denied, "That is not yours to do.", d)
}

func errNoOrganization(cause error) error {
	return problem.Wrap(problem.NotFound, "There is no such organization.", cause)
}

// caller is who an actor is to the rules.
func caller(ctx context.Context, tx storage.Tx, by audit.Actor) (Caller, error) {
	switch {
	case by.Type == "operator", by.Role != "": // the admin API has decided by its own rules
		return Caller{Operator: true}, nil
	case by.Type == "person":
		c := Caller{PersonID: by.ID}
		all, err := tx.Memberships().ByPerson(ctx, by.ID, tx.Now())
		for _, m := range all {
			if m.Role == Administrator {
				c.Administers = append(c.Administers, m.OrganizationID)
			}
		}
		return c, err
	}
	return Caller{}, nil
}

// decide fills in the organization, the caller and the time, and returns a denial
// where the rules say no. With hold, no other transaction changes the
// organization until this one is over.
func (s *Service) decide(ctx context.Context, tx storage.Tx, by audit.Actor, organizationID string, hold bool, c Case) (Case, error) {
	var err error
	if c.Caller, err = caller(ctx, tx, by); err != nil {
		return c, err
	}
	c.Now = tx.Now()
	if organizationID != "" {
		get := tx.Organizations().Get
		if hold {
			get = tx.Organizations().Hold
		}
		if c.Organization, err = get(ctx, organizationID); err != nil && !errors.Is(err, storage.ErrNotFound) && !errors.Is(err, storage.ErrEnded) {
			return c, err
		}
		if c.Organization.ID == "" && c.Caller.Operator {
			return c, errNoOrganization(storage.ErrNotFound)
		}
	}
	if v := s.Rules.Decide(c); !v.Allowed {
		return c, &denial{verdict: v, act: c.Act, organization: organizationID, person: c.PersonID, role: c.Role}
	}
	return c, nil
}

// isID says that a text has the form of an id of ours: others are not recorded.
func isID(s string) bool {
	return len(s) == 26 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// checkText says what is wrong with a line that somebody wrote, or "".
func checkText(s string, least, most int) string {
	n := utf8.RuneCountInString(s)
	switch {
	case n < least:
		return "is missing or too short"
	case n > most:
		return fmt.Sprintf("is longer than %d characters", most)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(c rune) bool {
		return unicode.IsControl(c) || c == utf8.RuneError || unicode.Is(unicode.Bidi_Control, c)
	}):
		return "holds a control character"
	case strings.ContainsRune("=+-@", rune(s[0])):
		return "begins like a formula (=, +, - or @)"
	}
	return ""
}

// actorName is how an actor stands in a record.
func actorName(by audit.Actor) string {
	if by.ID == "" {
		return by.Type
	}
	return by.Type + ":" + by.ID
}

// Why says which reason of this package a refusal has, or empty.
func Why(err error) string {
	var d *denial
	if errors.As(err, &d) {
		return d.verdict.Reason
	}
	switch problem.From(err).Code {
	case problem.Invalid:
		return ReasonNeed
	case problem.Conflict:
		return ReasonHas
	}
	return ""
}
