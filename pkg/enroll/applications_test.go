package enroll_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

var (
	clerk = audit.Actor{Type: "operator", ID: "clerk"}
	chief = audit.Actor{Type: "operator", ID: "chief"}
	smith = person.Profile{GivenName: "Jane", FamilyName: "SMITH", NPI: "1234567893", Email: "jane@example.org", Organization: "Cove Clinic"}
)

func (w *world) applications(secondPerson bool) *enroll.Applications {
	return &enroll.Applications{Store: w.Store, People: w.People, Pattern: w.Pattern, SecondPerson: secondPerson}
}

// accounts are those of the world; ended collects whose access was ended.
func (w *world) accounts(ended *[]string) *enroll.Accounts {
	return &enroll.Accounts{Store: w.Store, People: w.People, EndAccess: func(_ context.Context, personID string, _ storage.PersonState) error {
		*ended = append(*ended, personID)
		return nil
	}}
}

func submit(t *testing.T, s *enroll.Applications, p person.Profile, source string) string {
	t.Helper()
	id, err := s.Submit(t.Context(), p, source, clerk)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func wantCode(t *testing.T, what string, err error, want problem.Code) {
	t.Helper()
	if err == nil || problem.From(err).Code != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

// kinds returns the kinds of all events, those about people aside.
func (w *world) events(t *testing.T, kind audit.Kind) (bodies []string) {
	t.Helper()
	if err := w.Store.View(t.Context(), func(tx storage.Tx) error {
		all, err := tx.Audit().Pending(t.Context(), 1000)
		for _, e := range all {
			if e.Kind == string(kind) {
				bodies = append(bodies, string(e.Body))
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return bodies
}

func TestFromApplicationToAccount(t *testing.T) {
	w := newWorld(t)
	s := w.applications(false)
	id := submit(t, s, smith, enroll.SourceOperator)
	seen, err := s.Get(t.Context(), id, chief)
	if err != nil || seen.State != storage.ApplicationSubmitted || seen.Applicant.FamilyName != "Smith" || seen.KnownAs != "" {
		t.Fatalf("%+v, %v", seen, err)
	}
	personID, profile, err := s.Approve(t.Context(), id, clerk)
	if err != nil || profile.UserID != "jsmith" {
		t.Fatalf("%q, %+v, %v", personID, profile, err)
	}
	who, known := w.profile(t, smith.NPI)
	if who.ID != personID || who.State != storage.PersonApproved || known.Email != smith.Email {
		t.Errorf("account %+v of %+v", who, known)
	}
	_, _, again := s.Approve(t.Context(), id, chief)
	wantCode(t, "approving twice", again, problem.Conflict)
	wantCode(t, "rejecting what was approved", s.Reject(t.Context(), id, "duplicate", chief), problem.Conflict)
	_, err = s.Submit(t.Context(), smith, enroll.SourceOperator, clerk)
	wantCode(t, "applying with an account", err, problem.Conflict)
	_, _, none := s.Approve(t.Context(), "nothing", chief)
	wantCode(t, "approving nothing", none, problem.NotFound)
	if n := len(w.events(t, audit.ApplicationRead)); n != 1 {
		t.Errorf("%d readings are recorded, want 1", n)
	}
}

func TestASecondPersonApproves(t *testing.T) {
	w := newWorld(t)
	s := w.applications(true)
	id := submit(t, s, smith, enroll.SourceOperator)
	_, _, err := s.Approve(t.Context(), id, clerk)
	wantCode(t, "the same person", err, problem.Denied)
	if n := len(w.events(t, audit.ApplicationDenied)); n != 1 {
		t.Errorf("%d denials are recorded, want 1", n)
	}
	if _, _, err := s.Approve(t.Context(), id, chief); err != nil {
		t.Errorf("another person: %v", err)
	}
}

func TestOneOfTwoDecides(t *testing.T) {
	w := newWorld(t)
	s := w.applications(false)
	id := submit(t, s, smith, enroll.SourceOperator)
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		wins int
	)
	for i := range 8 {
		wg.Go(func() {
			var err error
			if i%2 == 0 {
				_, _, err = s.Approve(context.Background(), id, chief)
			} else {
				err = s.Reject(context.Background(), id, "incomplete", clerk)
			}
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				wins++
			} else if problem.From(err).Code != problem.Conflict {
				t.Errorf("a loser got %v", err)
			}
		})
	}
	wg.Wait()
	if wins != 1 {
		t.Errorf("%d decided", wins)
	}
}

// Whether an NPI has an account is not told to whoever fills in the form.
func TestTheFormTellsNothing(t *testing.T) {
	w := newWorld(t)
	s := w.applications(false)
	first := submit(t, s, smith, enroll.SourceForm)
	second := submit(t, s, smith, enroll.SourceForm) // waits already
	if first == second || len(first) != len(second) {
		t.Errorf("references %q and %q", first, second)
	}
	if _, err := s.Get(t.Context(), second, clerk); problem.From(err).Code != problem.NotFound {
		t.Errorf("the second application: %v", err)
	}
	if _, _, err := s.Approve(t.Context(), first, chief); err != nil {
		t.Fatal(err)
	}
	third := submit(t, s, smith, enroll.SourceForm) // has an account
	seen, err := s.Get(t.Context(), third, clerk)
	if err != nil || seen.KnownAs != storage.PersonApproved {
		t.Errorf("the third application: %+v, %v", seen, err)
	}
	_, _, err = s.Approve(t.Context(), third, chief)
	wantCode(t, "approving who has an account", err, problem.Conflict)
	if err := s.Reject(t.Context(), third, "duplicate", chief); err != nil {
		t.Error(err)
	}
}

func TestEveryProblemOfAnApplication(t *testing.T) {
	w := newWorld(t)
	s := w.applications(false)
	_, err := s.Submit(t.Context(), person.Profile{
		UserID: "admin", NPI: "1234567890", Email: "nobody", Credential: strings.Repeat("x", 61), Organization: "=cmd()", MiddleName: "a\nb",
	}, enroll.SourceForm, clerk)
	wantCode(t, "nonsense", err, problem.Invalid)
	var found enroll.Invalid
	if !errors.As(err, &found) {
		t.Fatalf("%v is no list of problems", err)
	}
	for _, field := range []string{"npi", "given_name", "family_name", "middle_name", "credential", "email", "organization"} {
		if found[field] == "" {
			t.Errorf("nothing is said about %s: %v", field, found)
		}
	}
	id := submit(t, s, person.Profile{UserID: "admin", GivenName: "Jo", FamilyName: "Doe"}, enroll.SourceForm)
	_, profile, err := s.Approve(t.Context(), id, chief)
	if err != nil || profile.UserID != "jdoe" {
		t.Errorf("User ID %q, %v: somebody wrote their own", profile.UserID, err)
	}
}

func TestRejected(t *testing.T) {
	w := newWorld(t)
	s := w.applications(false)
	id := submit(t, s, smith, enroll.SourceOperator)
	wantCode(t, "a reason in words", s.Reject(t.Context(), id, "I do not like her", chief), problem.Invalid)
	if err := s.Reject(t.Context(), id, "not_verified", chief); err != nil {
		t.Fatal(err)
	}
	list, err := s.List(t.Context(), storage.ApplicationRejected, storage.Application{}, 10, chief)
	if err != nil || len(list) != 1 || list[0].Reason != "not_verified" || list[0].DecidedBy != "operator:chief" {
		t.Errorf("%+v, %v", list, err)
	}
	submit(t, s, smith, enroll.SourceOperator) // may apply again
}

func TestSuspendedReinstatedClosed(t *testing.T) {
	w := newWorld(t)
	s := w.applications(false)
	_, profile, err := s.Approve(t.Context(), submit(t, s, smith, enroll.SourceOperator), chief)
	if err != nil {
		t.Fatal(err)
	}
	var ended []string
	accounts := w.accounts(&ended)
	wantCode(t, "no reason", accounts.Suspend(t.Context(), profile.UserID, "", chief), problem.Invalid)
	wantCode(t, "nobody", accounts.Suspend(t.Context(), "nobody", "leave", chief), problem.NotFound)
	_, err = accounts.Reinstate(t.Context(), profile.UserID, "back", chief)
	wantCode(t, "who is not suspended", err, problem.Conflict)
	for range 2 { // a second time ends what a failure left
		if err := accounts.Suspend(t.Context(), strings.ToUpper(profile.UserID), "leave", chief); err != nil {
			t.Fatal(err)
		}
	}
	if len(ended) != 2 || len(w.events(t, audit.PersonSuspended)) != 1 {
		t.Errorf("access ended %d times, %d events", len(ended), len(w.events(t, audit.PersonSuspended)))
	}
	state, err := accounts.Reinstate(t.Context(), profile.UserID, "back", chief)
	if err != nil || state != storage.PersonApproved {
		t.Errorf("reinstated: %q, %v", state, err)
	}
	var temporary string
	if err := w.Store.Tx(t.Context(), func(tx storage.Tx) (err error) {
		who, err := tx.People().ByNPI(t.Context(), w.People.NPIIndex(smith.NPI))
		if err != nil {
			return err
		}
		temporary, err = w.Credentials.IssueTemporary(t.Context(), tx, who.ID, time.Hour, chief)
		return err
	}); err != nil || temporary == "" {
		t.Fatal(err)
	}
	if err := accounts.Suspend(t.Context(), profile.UserID, "leave", chief); err != nil {
		t.Fatal(err)
	}
	if state, err = accounts.Reinstate(t.Context(), profile.UserID, "back", chief); err != nil || state != storage.PersonCredentialIssued {
		t.Errorf("reinstated with a temporary password: %q, %v", state, err)
	}
	if err := accounts.Close(t.Context(), profile.UserID, "left_practice", chief); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "suspending what is closed", accounts.Suspend(t.Context(), profile.UserID, "leave", chief), problem.Conflict)
	_, err = accounts.Reinstate(t.Context(), profile.UserID, "back", chief)
	wantCode(t, "reinstating what is closed", err, problem.Conflict)

	// A User ID is never given again, whoever asks for one of that name.
	other := smith
	other.NPI = npi(7)
	_, next, err := s.Approve(t.Context(), submit(t, s, other, enroll.SourceOperator), chief)
	if err != nil || next.UserID != "jsmith2" {
		t.Errorf("the next J. Smith is %q, %v", next.UserID, err)
	}
}

// TestOneClientDoesNotFillTheQueue: what one provisioning client may have waiting is
// bounded, and counts for it alone.
func TestOneClientDoesNotFillTheQueue(t *testing.T) {
	w := newWorld(t)
	s := w.applications(true)
	if err := w.Store.Tx(t.Context(), func(tx storage.Tx) error {
		for i := range 1000 {
			if err := tx.Applications().Insert(t.Context(), storage.Application{
				ID: fmt.Sprint(i), State: storage.ApplicationSubmitted, Profile: []byte("x"), SubmittedBy: "client:lake", SubmittedAt: tx.Now(),
			}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	provision := func(client string) error {
		_, err := s.Provision(t.Context(), person.Profile{GivenName: "Ana", FamilyName: "Lopez"}, false, audit.Actor{Type: "client", ID: client},
			func(context.Context, storage.Tx, string, bool) error { return nil })
		return err
	}
	wantCode(t, "one more", provision("lake"), problem.Unavailable)
	if err := provision("hill"); err != nil {
		t.Errorf("of another client: %v", err)
	}
}
