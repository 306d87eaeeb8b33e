package enroll

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Where an application comes from.
const (
	// SourceOperator: an operator wrote it down.
	SourceOperator = "operator"
	// SourceForm: the applicant did, on the hosted page.
	SourceForm = "form"
	// SourceAdministrator: an administrator of an organization invites somebody.
	SourceAdministrator = "administrator"
	// SourceProvisioning: a provisioning client did.
	SourceProvisioning = "provisioning"
)

// maxWaiting is how many applications may wait for a decision. More than any
// office can read; a flood of them does not fill the disk.
const maxWaiting = 20_000

// maxWaitingOf is how many of them one provisioning client may have.
const maxWaitingOf = 1000

// rejectedKept is how long a rejected application is kept.
const rejectedKept = 90 * 24 * time.Hour

// Applications takes applications for accounts and carries out what is decided
// of them.
type Applications struct {
	Store   storage.Store
	People  *person.Directory
	Pattern Pattern
	// SecondPerson says that nobody approves what they handed in themselves.
	SecondPerson bool
}

// Application is one application, opened.
type Application struct {
	storage.Application
	Applicant person.Profile
	// KnownAs is the state of the account that has this NPI already, or empty.
	KnownAs storage.PersonState
}

// Reasons are the codes of a rejection.
func Reasons() []string {
	return []string{"duplicate", "incomplete", "not_eligible", "not_verified", "withdrawn"}
}

// Invalid is every problem of an application, by field.
type Invalid map[string]string

// Error lists the problems.
func (v Invalid) Error() string {
	var all []string
	for _, f := range person.Fields() {
		if why, ok := v[f.Name]; ok {
			all = append(all, f.Name+" "+why)
		}
	}
	return strings.Join(all, "; ")
}

// Check returns an Invalid with all that is wrong with what somebody wrote, or
// nil and the profile as it would be kept. Members that no Field names are
// dropped: nobody writes their own User ID.
func Check(written person.Profile) (person.Profile, error) {
	var kept person.Profile
	found := Invalid{}
	for _, f := range person.Fields() {
		if why := f.Put(&kept, *f.Into(&written)); why != "" {
			found[f.Name] = why
		}
	}
	if len(found) > 0 {
		return person.Profile{}, problem.Wrap(problem.Invalid, found.Error(), found)
	}
	return kept, nil
}

// Submit hands in an application and returns its reference. Problems: Invalid,
// with an Invalid as the cause; Conflict when an account or another application
// has this NPI; Unavailable when too many wait.
//
// Only an operator hears of a conflict: whether somebody
// has an account is not told to whoever knows an NPI, which are public. What
// conflicts with an account waits and is shown to whom it concerns; a second
// application for the same NPI is recorded and dropped.
func (s *Applications) Submit(ctx context.Context, written person.Profile, source string, by audit.Actor) (reference string, err error) {
	profile, err := Check(written)
	if err != nil {
		return "", err
	}
	a := storage.Application{ID: secret.NewID(), State: storage.ApplicationSubmitted, Source: source, SubmittedBy: name(by)}
	if err := s.People.SealApplication(&a, profile); err != nil {
		return "", err
	}
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		waiting, _, err := tx.Applications().Waiting(ctx)
		if err != nil {
			return err
		}
		if waiting >= maxWaiting {
			return &problem.Error{Code: problem.Unavailable, Message: "More applications are waiting than can be read. Please try again later.", RetryAfter: time.Hour}
		}
		if source == SourceOperator && a.NPIIndex != nil {
			if _, err := tx.People().ByNPI(ctx, a.NPIIndex); err == nil {
				return problem.New(problem.Conflict, "An account has this NPI already.")
			} else if !errors.Is(err, storage.ErrNotFound) {
				return err
			}
		}
		a.SubmittedAt = tx.Now()
		event := audit.Event{
			Kind: audit.ApplicationSubmitted, Outcome: audit.OutcomeAllow, Actor: by,
			Detail: map[string]string{"application": a.ID, "source": source},
		}
		err = tx.Applications().Insert(ctx, a)
		switch {
		case errors.Is(err, storage.ErrConflict) && source != SourceOperator:
			event.Outcome, event.Reason = audit.OutcomeDeny, "duplicate"
		case errors.Is(err, storage.ErrConflict):
			return problem.New(problem.Conflict, "An application with this NPI is waiting already.")
		case err != nil:
			return err
		}
		return audit.Record(ctx, tx, event)
	})
	if err != nil {
		return "", fmt.Errorf("enroll: %w", err)
	}
	return a.ID, nil
}

// Approve makes an account of an application and returns the profile with its
// User ID. Problems: NotFound; Conflict when it was decided, or an account has
// the NPI; Denied when the approver handed it in and policy asks for another.
func (s *Applications) Approve(ctx context.Context, reference string, by audit.Actor) (personID string, profile person.Profile, err error) {
	return s.ApproveVersion(ctx, reference, 0, by)
}

// ApproveVersion is Approve where the application has a version, unless that is 0;
// otherwise storage.ErrStale.
func (s *Applications) ApproveVersion(ctx context.Context, reference string, version int64, by audit.Actor) (personID string, profile person.Profile, err error) {
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		a, err := s.waiting(ctx, tx, reference, version)
		if err != nil {
			return err
		}
		if s.SecondPerson && a.SubmittedBy == name(by) {
			return problem.New(problem.Denied, "This application was handed in by the same operator. Somebody else has to approve it.")
		}
		if profile, err = s.People.OpenApplication(a); err != nil {
			return err
		}
		if profile.NPI != "" {
			if _, err := tx.People().ByNPI(ctx, s.People.NPIIndex(profile.NPI)); err == nil {
				return problem.New(problem.Conflict, "An account has this NPI already. Reject the application as a duplicate.")
			} else if !errors.Is(err, storage.ErrNotFound) {
				return err
			}
		}
		var who storage.Person
		if who, profile, err = s.opener(a).open(ctx, tx, profile, by, map[string]string{"application": a.ID}); err != nil {
			return err
		}
		personID = who.ID
		a.State, a.DecidedBy, a.DecidedAt, a.PersonID = storage.ApplicationApproved, name(by), tx.Now(), who.ID
		if err := tx.Provisioning().Decided(ctx, a.ID, true); err != nil {
			return err
		}
		return decided(tx.Applications().Decide(ctx, a))
	})
	if problem.From(err).Code == problem.Denied {
		err = errors.Join(err, s.denied(ctx, reference, by))
	}
	if err != nil {
		return "", person.Profile{}, fmt.Errorf("enroll: %w", err)
	}
	return personID, profile, nil
}

// Reject ends an application, with one of Reasons.
func (s *Applications) Reject(ctx context.Context, reference, reason string, by audit.Actor) error {
	return s.RejectVersion(ctx, reference, 0, reason, by)
}

// RejectVersion is Reject where the application has a version, unless that is 0;
// otherwise storage.ErrStale.
func (s *Applications) RejectVersion(ctx context.Context, reference string, version int64, reason string, by audit.Actor) error {
	if !slices.Contains(Reasons(), reason) {
		return problem.New(problem.Invalid, "The reason must be one of "+strings.Join(Reasons(), ", ")+".")
	}
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		a, err := s.waiting(ctx, tx, reference, version)
		if err != nil {
			return err
		}
		a.State, a.DecidedBy, a.DecidedAt, a.Reason = storage.ApplicationRejected, name(by), tx.Now(), reason
		if err := decided(tx.Applications().Decide(ctx, a)); err != nil {
			return err
		}
		if err := tx.Provisioning().Decided(ctx, a.ID, false); err != nil {
			return err
		}
		if _, err := tx.Applications().Purge(ctx, tx.Now().Add(-rejectedKept), 100); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.ApplicationRejected, Outcome: audit.OutcomeDeny, Reason: reason, Actor: by,
			Detail: map[string]string{"application": a.ID},
		})
	})
	if err != nil {
		return fmt.Errorf("enroll: %w", err)
	}
	return nil
}

// List returns up to limit applications of a state, oldest first, those after
// the given one. That they were read is recorded.
func (s *Applications) List(ctx context.Context, state storage.ApplicationState, after storage.Application, limit int, by audit.Actor) ([]Application, error) {
	var all []Application
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		records, err := tx.Applications().List(ctx, state, after, limit)
		if err != nil {
			return err
		}
		if all, err = s.opened(ctx, tx, records...); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.ApplicationRead, Outcome: audit.OutcomeAllow, Actor: by,
			Detail: map[string]string{"state": string(state), "count": fmt.Sprint(len(records))},
		})
	})
	if err != nil {
		return nil, fmt.Errorf("enroll: %w", err)
	}
	return all, nil
}

// Get returns one application. That it was read is recorded.
func (s *Applications) Get(ctx context.Context, reference string, by audit.Actor) (Application, error) {
	var opened Application
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		a, err := tx.Applications().Get(ctx, reference)
		if errors.Is(err, storage.ErrNotFound) {
			return errNoApplication(err)
		}
		if err != nil {
			return err
		}
		some, err := s.opened(ctx, tx, a)
		if err != nil {
			return err
		}
		opened = some[0]
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.ApplicationRead, Outcome: audit.OutcomeAllow, Actor: by, Subject: a.PersonID,
			Detail: map[string]string{"application": a.ID},
		})
	})
	if err != nil {
		return Application{}, fmt.Errorf("enroll: %w", err)
	}
	return opened, nil
}

// opened opens applications, and finds out whose NPI an account has already.
func (s *Applications) opened(ctx context.Context, tx storage.Tx, some ...storage.Application) ([]Application, error) {
	var all []Application
	var indexes [][]byte
	for _, a := range some {
		profile, err := s.People.OpenApplication(a)
		if err != nil {
			return nil, err
		}
		if all = append(all, Application{Application: a, Applicant: profile}); a.State == storage.ApplicationSubmitted && profile.NPI != "" {
			indexes = append(indexes, s.People.NPIIndex(profile.NPI))
		}
	}
	known, err := tx.Lookups().ByNPI(ctx, indexes...)
	if err != nil {
		return nil, err
	}
	for i, a := range all {
		if a.State == storage.ApplicationSubmitted && a.Applicant.NPI != "" {
			all[i].KnownAs = known[string(s.People.NPIIndex(a.Applicant.NPI))].State
		}
	}
	return all, nil
}

// waiting returns an application that nobody has decided, of a version unless that
// is 0.
func (s *Applications) waiting(ctx context.Context, tx storage.Tx, reference string, version int64) (storage.Application, error) {
	a, err := tx.Applications().Get(ctx, reference)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return a, errNoApplication(err)
	case err != nil:
		return a, err
	case version != 0 && a.Version != version:
		return a, storage.ErrStale
	case a.State != storage.ApplicationSubmitted:
		return a, problem.New(problem.Conflict, "This application is "+string(a.State)+" already.")
	}
	return a, nil
}

// denied records that somebody tried to approve what they handed in.
func (s *Applications) denied(ctx context.Context, reference string, by audit.Actor) error {
	return s.Store.Tx(ctx, func(tx storage.Tx) error {
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.ApplicationDenied, Outcome: audit.OutcomeDeny, Reason: "same_person", Actor: by,
			Detail: map[string]string{"application": reference},
		})
	})
}

func errNoApplication(cause error) error {
	return problem.Wrap(problem.NotFound, "There is no application with this reference.", cause)
}

// decided tells who came second that somebody was faster.
func decided(err error) error {
	if errors.Is(err, storage.ErrStale) {
		return problem.Wrap(problem.Conflict, "Somebody else decided this application a moment ago.", err)
	}
	return err
}

// name is how an actor stands in an application.
func name(by audit.Actor) string {
	if by.ID == "" {
		return by.Type
	}
	return by.Type + ":" + by.ID
}
