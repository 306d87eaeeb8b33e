package oidc_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/backchannel"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// between does something once, after sessions were read and before whoever read them
// goes on.
type between struct {
	storage.Ephemeral
	do func()
}

type betweenSessions struct {
	storage.Sessions
	b *between
}

func (b *between) Sessions() storage.Sessions { return betweenSessions{b.Ephemeral.Sessions(), b} }

func (b *between) then() {
	if do := b.do; do != nil {
		b.do = nil
		do()
	}
}

func (s betweenSessions) ByPeople(ctx context.Context, at time.Time, ids ...string) ([]storage.Session, error) {
	all, err := s.Sessions.ByPeople(ctx, at, ids...)
	s.b.then()
	return all, err
}

func (s betweenSessions) ClaimExpired(ctx context.Context, at time.Time, lease time.Duration, limit int) ([]storage.Session, error) {
	all, err := s.Sessions.ClaimExpired(ctx, at, lease, limit)
	if len(all) > 0 {
		s.b.then()
	}
	return all, err
}

// otherReplica tells applications as well, and knows those that there are now.
func (w *world) otherReplica() (*backchannel.Logouts, *oidc.Clients) {
	w.t.Helper()
	known := &oidc.Clients{Store: w.Store, Log: quiet}
	if err := known.Open(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return &backchannel.Logouts{
		Store: w.Store, Clients: known, Keys: w.Logouts.Keys, Subjects: w.Logouts.Subjects, Out: w.Logouts.Out, Issuer: w.Issuer,
		Now: w.clock.now, Log: quiet, Finish: w.Sessions.Finish,
	}, known
}

func (w *world) told(sid any, clientID string) bool {
	return slices.ContainsFunc(w.ledger(sid), func(l storage.Logout) bool { return l.ClientID == clientID })
}

// TestEndTellsWhoJoinedMeanwhile: an application that joins a session between the look-up
// of whoever ends it and the end is told of it.
func TestEndTellsWhoJoinedMeanwhile(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		early, late := newListener(t), newListener(t)
		register(t, w, early.client("early"))
		register(t, w, late.client("late"))
		b := w.browser()
		id, _ := w.claimsOf(b.tokens("early")["id_token"])
		var lateID map[string]any
		w.Sessions.Ephemeral = &between{Ephemeral: w.Sessions.Ephemeral, do: func() { lateID, _ = w.claimsOf(b.tokens("late")["id_token"]) }}
		if err := w.Sessions.EndByPerson(t.Context(), w.person.ID, session.ReasonOperator); err != nil {
			t.Fatal(err)
		}
		if lateID["sid"] != id["sid"] {
			t.Fatal("not the same session")
		}
		if err := w.Logouts.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !w.told(id["sid"], "late") || len(late.heard()) == 0 {
			t.Errorf("late took part (sid %v), the session ended, and nobody tells it: %d tokens; early: %d", lateID["sid"], len(late.heard()), len(early.heard()))
		}
	})
}

// TestClaimedSessionIsDead: what one replica ends because its time is over, another one, whose
// clock is behind, does not go on with.
func TestClaimedSessionIsDead(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		early, late := newListener(t), newListener(t)
		register(t, w, early.client("early"))
		register(t, w, late.client("late"))
		b := w.browser()
		out := b.tokens("early")
		id, _ := w.claimsOf(out["id_token"])
		var lateID map[string]any
		w.clock.add(15 * time.Minute)
		w.Sessions.Ephemeral = &between{Ephemeral: w.Sessions.Ephemeral, do: func() {
			w.clock.add(-3 * time.Second)
			lateID, _ = w.claimsOf(b.tokens("late")["id_token"]) // for which the person signs in anew
			w.clock.add(3 * time.Second)
		}}
		if n, err := w.Sessions.Reap(t.Context()); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		if lateID["sid"] == id["sid"] {
			t.Error("a session that is being ended brings tokens")
		}
		if !w.told(id["sid"], "early") || w.told(id["sid"], "late") {
			t.Errorf("the ledger: %+v", w.ledger(id["sid"]))
		}
	})
}

// TestSecondEnd: the ephemeral store lost the end of a session, which its applications had
// been told of; it ends once more, and they are told once more.
func TestSecondEnd(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		one := newListener(t)
		register(t, w, one.client("one"))
		b := w.browser()
		id, _ := w.claimsOf(b.tokens("one")["id_token"])
		sid := id["sid"].(string)
		w.clock.add(time.Minute)
		record, err := w.Sessions.Alive(t.Context(), sid)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Sessions.EndByPerson(t.Context(), w.person.ID, session.ReasonOperator); err != nil {
			t.Fatal(err)
		}
		if err := w.Logouts.Deliver(t.Context()); err != nil || len(one.heard()) != 1 {
			t.Fatal(err, len(one.heard()))
		}
		w.clock.add(11 * time.Minute) // the mark is over, or lost as well
		if err := w.Sessions.Ephemeral.Sessions().Create(t.Context(), record); err != nil {
			t.Fatal(err)
		}
		again, _ := w.claimsOf(b.tokens("one")["id_token"])
		if again["sid"] != sid {
			t.Fatal("not the session that came back")
		}
		w.clock.add(16 * time.Minute)
		if n, err := w.Sessions.Reap(t.Context()); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		if err := w.Logouts.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(one.heard()); n != 2 {
			t.Errorf("the application signed the person in again and was never told of the end (told %d times)", n)
		}
	})
}

// TestWithdrawalToldTooLate: an application was away when consent was withdrawn, and its
// person has signed in to it again since, in the same session.
func TestWithdrawalToldTooLate(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		w.Consents.Sessions, w.Consents.Logouts = w.Sessions, w.Logouts
		l := newListener(t)
		third := l.client("third")
		third.Consent = true
		register(t, w, third)
		l.answer(http.StatusServiceUnavailable)
		b := w.browser()
		if _, back := b.consenting("allow", ask("third")); back.Get("code") == "" {
			t.Fatal(back)
		}
		if err := w.Consents.Withdraw(t.Context(), w.person.ID, "third", audit.Actor{Type: "person", ID: w.person.ID}); err != nil {
			t.Fatal(err)
		}
		if err := w.Logouts.Deliver(t.Context()); err != nil || len(l.heard()) != 1 {
			t.Fatal(err, len(l.heard()))
		}
		w.clock.add(3 * time.Second)
		asked, back := b.consenting("allow", ask("third"))
		status, out, _ := w.redeem("third", exchange(back.Get("code")))
		if status != http.StatusOK || asked != 1 {
			t.Fatal(status, asked)
		}
		id, _ := w.claimsOf(out["id_token"])
		l.answer(http.StatusOK)
		w.clock.add(3 * time.Second)
		if err := w.Logouts.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(l.heard()); n != 1 {
			last, _ := w.claimsOf(l.heard()[n-1])
			if _, err := w.Sessions.Alive(t.Context(), id["sid"].(string)); err == nil {
				t.Errorf("told of the end of sid %v at %v, which lives and in which the application takes part (signed in at %v)", last["sid"], last["iat"], id["iat"])
			}
		}
	})
}

// TestNothingIsGivenUpUntried: nothing of ours ran for a day.
func TestNothingIsGivenUpUntried(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		l := newListener(t)
		register(t, w, l.client("one"))
		b := w.browser()
		id, _ := w.claimsOf(b.tokens("one")["id_token"])
		if err := w.Sessions.EndByPerson(t.Context(), w.person.ID, session.ReasonOperator); err != nil {
			t.Fatal(err)
		}
		w.clock.add(25 * time.Hour)
		w.Logouts.Began = w.clock.now()
		if err := w.Logouts.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := w.Logouts.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := ledgerOf(w, id["sid"], "one"); len(l.heard()) == 0 {
			t.Errorf("%s after %d attempts, although the application answers", got.State, got.Attempts)
		}
	})
}

// TestReplicaThatDoesNotKnowTheApplication: one that was registered a moment ago, at another
// replica, is told all the same.
func TestReplicaThatDoesNotKnowTheApplication(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		other, known := w.otherReplica()
		l := newListener(t)
		register(t, w, l.client("fresh")) // at this replica; the other one polls within three seconds
		id, _ := w.claimsOf(w.browser().tokens("fresh")["id_token"])
		if err := w.Sessions.EndByPerson(t.Context(), w.person.ID, session.ReasonOperator); err != nil {
			t.Fatal(err)
		}
		if err := other.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.clock.add(time.Minute)
		if err := known.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := other.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := ledgerOf(w, id["sid"], "fresh"); len(l.heard()) == 0 {
			t.Errorf("%s: %s; the application was never asked", got.State, got.LastAnswer)
		}
	})
}

// TestEndWhereTheApplicationIsNotKnown is the same of the replica that ends the session.
func TestEndWhereTheApplicationIsNotKnown(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		other, _ := w.otherReplica()
		l := newListener(t)
		register(t, w, l.client("fresh"))
		id, _ := w.claimsOf(w.browser().tokens("fresh")["id_token"])
		w.Sessions.Ended = other.Enroll
		if err := w.Sessions.EndByPerson(t.Context(), w.person.ID, session.ReasonOperator); err != nil {
			t.Fatal(err)
		}
		if !w.told(id["sid"], "fresh") {
			t.Error("there is no line: the application is never told")
		}
	})
}
