package access_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/teststores"
)

// world is the service on the embedded stores, with sessions and a clock of its
// own.
type world struct {
	*access.Service
	t        *testing.T
	now      time.Time
	sessions *session.Service
	people   *person.Directory
	// endFails has what rests on memberships not end.
	endFails error
}

var operator = audit.Actor{Type: "operator", ID: "x"}

func by(personID string) audit.Actor { return audit.Actor{Type: "person", ID: personID} }

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: begun}
	clock := func() time.Time { return w.now }
	log := slog.New(slog.DiscardHandler)
	durable, ephemeral := teststores.Embedded(t, clock)
	keyring, _, err := secret.NewRoot().NewKeyring()
	must(t, err)
	w.people = &person.Directory{Keys: keyring}
	w.sessions = &session.Service{
		Store: durable, Ephemeral: ephemeral, Now: clock, Log: log, TombstoneFor: 10 * time.Minute,
		Limits: session.Limits{Idle: 15 * time.Minute, Absolute: 12 * time.Hour},
		Began: func(ctx context.Context, tx storage.Tx, s storage.Session) error {
			return access.Used(ctx, tx, s.PersonID)
		},
	}
	w.Service = &access.Service{
		Store: durable, Keys: keyring, People: w.people, Rules: rules, Log: log, Attempts: ephemeral.Attempts(), Marks: ephemeral.Marks(), Now: clock,
		EndAccess: func(ctx context.Context, personID string) error {
			if w.endFails != nil {
				return w.endFails
			}
			return w.sessions.EndAccess(ctx, personID, session.ReasonMembership)
		},
		EndFor: func(ctx context.Context, personID string, touched func(storage.Client) bool) error {
			return w.sessions.EndFor(ctx, personID, touched, session.ReasonMembership)
		},
	}
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) tx(fn func(ctx context.Context, tx storage.Tx) error) {
	w.t.Helper()
	must(w.t, w.Store.Tx(w.t.Context(), func(tx storage.Tx) error { return fn(w.t.Context(), tx) }))
}

// somebody makes an account.
func (w *world) somebody(userID string) string {
	w.t.Helper()
	p := storage.Person{ID: secret.NewID(), Subject: secret.NewID(), State: storage.PersonActive, CreatedAt: w.now, UpdatedAt: w.now}
	must(w.t, w.people.Seal(&p, person.Profile{UserID: userID, GivenName: "Ada", FamilyName: userID}))
	w.tx(func(ctx context.Context, tx storage.Tx) error { return tx.People().Insert(ctx, p) })
	return p.ID
}

func (w *world) organization(name string, ceiling ...string) storage.Organization {
	w.t.Helper()
	o, err := w.Create(w.t.Context(), access.NewOrganization{Name: name, Kind: storage.OrganizationPractice, Ceiling: ceiling}, operator)
	must(w.t, err)
	return o
}

func (w *world) grant(o storage.Organization, personID, role string, span time.Duration) storage.Membership {
	w.t.Helper()
	n := access.NewMembership{OrganizationID: o.ID, PersonID: personID, Role: role, Need: "Has to"}
	if span > 0 {
		n.EndsAt = w.now.Add(span)
	}
	m, err := w.Grant(w.t.Context(), n, operator)
	must(w.t, err)
	return m
}

// signIn begins a session in which applications take part, each with a grant, the
// last of them offline.
func (w *world) signIn(personID string, clients ...string) storage.Session {
	w.t.Helper()
	_, s, err := w.sessions.Begin(w.t.Context(), session.Beginning{PersonID: personID, Subject: personID, AuthTime: w.now})
	must(w.t, err)
	for _, c := range clients {
		_, err := w.sessions.Join(w.t.Context(), s.ID, c, 0, 0)
		must(w.t, err)
		w.tx(func(ctx context.Context, tx storage.Tx) error {
			return tx.Grants().Insert(ctx, storage.Grant{
				ID: s.ID + c, ClientID: c, PersonID: personID, SessionID: s.ID, Offline: c == "night", CreatedAt: w.now, ExpiresAt: w.now.Add(24 * time.Hour),
			})
		})
	}
	return s
}

// lives says which of these live: a session, and grants of it by client.
func (w *world) lives(s storage.Session, clients ...string) (alive string) {
	w.t.Helper()
	if _, err := w.sessions.Alive(w.t.Context(), s.ID); err == nil {
		alive = "session"
	}
	w.tx(func(ctx context.Context, tx storage.Tx) error {
		for _, c := range clients {
			g, err := tx.Grants().Get(ctx, s.ID+c)
			if err != nil {
				return err
			}
			if g.EndedAt.IsZero() {
				alive += " " + c
				continue
			}
			if marked, err := w.sessions.Ephemeral.Marks().Any(ctx, w.now, session.GrantMark(g.ID), session.Mark(s.ID)); err != nil || !marked {
				w.t.Errorf("nothing tells that access tokens of %s are dead: %v", c, err)
			}
		}
		return nil
	})
	return alive
}

// events returns the bodies of all events of a kind.
func (w *world) events(kind string) []string {
	w.t.Helper()
	var found []string
	must(w.t, w.Store.View(w.t.Context(), func(tx storage.Tx) error {
		all, err := tx.Audit().Pending(w.t.Context(), 10_000)
		for _, e := range all {
			if e.Kind == kind {
				found = append(found, string(e.Body))
			}
		}
		return err
	}))
	return found
}

func (w *world) refused(what string, err error, code problem.Code) {
	w.t.Helper()
	if got := problem.From(err).Code; err == nil || got != code {
		w.t.Errorf("%s: %v, want %s", what, err, code)
	}
}

func (w *world) clients(all ...storage.Client) {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx storage.Tx) error {
		for _, c := range all {
			if err := tx.Clients().Insert(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestOrganizationsAreBounded(t *testing.T) {
	w := newWorld(t)
	parent := ""
	for range 8 {
		o, err := w.Create(t.Context(), access.NewOrganization{Name: "Level", Kind: storage.OrganizationFacility, ParentID: parent}, operator)
		must(t, err)
		parent = o.ID
	}
	_, err := w.Create(t.Context(), access.NewOrganization{Name: "Level", Kind: storage.OrganizationFacility, ParentID: parent}, operator)
	w.refused("a ninth level", err, problem.Conflict)
	for name, n := range map[string]access.NewOrganization{
		"no name":      {Kind: storage.OrganizationPractice},
		"a long name":  {Name: strings.Repeat("x", 201), Kind: storage.OrganizationPractice},
		"a formula":    {Name: "=1+1", Kind: storage.OrganizationPractice},
		"a line break": {Name: "a\nb", Kind: storage.OrganizationPractice},
		"turned round": {Name: "a\u202eb", Kind: storage.OrganizationPractice},
		"no kind":      {Name: "x"},
		"a role above": {Name: "x", Kind: storage.OrganizationPractice, Ceiling: []string{access.Administrator}},
	} {
		_, err := w.Create(t.Context(), n, operator)
		w.refused(name, err, problem.Invalid)
	}
}

func TestAnAdministratorManagesOwnStaffOnly(t *testing.T) {
	w := newWorld(t)
	ours, theirs := w.organization("Ours", "nurse"), w.organization("Theirs", "nurse")
	chief, nurse, stranger := w.somebody("chief"), w.somebody("nurse"), w.somebody("stranger")
	w.grant(ours, chief, access.Administrator, 0)
	foreign := w.grant(theirs, stranger, "nurse", 0)

	m, err := w.Grant(t.Context(), access.NewMembership{OrganizationID: ours.ID, PersonID: nurse, Role: "nurse", Need: " Works on the ward ", EndsAt: w.now.Add(time.Hour)}, by(chief))
	must(t, err)
	o, roster, err := w.Roster(t.Context(), ours.ID, "", 10, by(chief))
	must(t, err)
	i := slices.IndexFunc(roster, func(r access.Membership) bool { return r.ID == m.ID })
	if o.ID != ours.ID || len(roster) != 2 || i < 0 || roster[i].Need != "Works on the ward" || roster[i].GrantedBy != "person:"+chief {
		t.Errorf("roster of %s: %+v", o.Name, roster)
	}
	if len(w.events("access.denied")) != 0 {
		t.Error("something was denied")
	}

	// Every way into another organization leads nowhere, is recorded, and looks like
	// one that is not there.
	later := w.now.Add(time.Hour)
	tries := map[string]func(id string) error{
		"look":   func(id string) error { _, err := w.Get(t.Context(), id, by(chief)); return err },
		"roster": func(id string) error { _, _, err := w.Roster(t.Context(), id, "", 10, by(chief)); return err },
		"grant": func(id string) error {
			_, err := w.Grant(t.Context(), access.NewMembership{OrganizationID: id, PersonID: nurse, Role: "nurse", Need: "Has to", EndsAt: later}, by(chief))
			return err
		},
		"grant to oneself": func(id string) error {
			_, err := w.Grant(t.Context(), access.NewMembership{OrganizationID: id, PersonID: chief, Role: access.Administrator, Need: "Has to", EndsAt: later}, by(chief))
			return err
		},
		"remove":  func(id string) error { return w.Remove(t.Context(), id, foreign.ID, by(chief)) },
		"close":   func(id string) error { _, err := w.Close(t.Context(), id, by(chief)); return err },
		"ceiling": func(id string) error { _, err := w.SetCeiling(t.Context(), id, nil, by(chief)); return err },
	}
	for name, try := range tries {
		there, nowhere := try(theirs.ID), try(secret.NewID())
		w.refused(name, there, problem.NotFound)
		if problem.From(there).Message != problem.From(nowhere).Message || problem.From(nowhere).Code != problem.NotFound {
			t.Errorf("%s tells that there is another organization: %v, %v", name, there, nowhere)
		}
	}
	denied := w.events("access.denied")
	if len(denied) != 2*len(tries) {
		t.Errorf("%d of %d attempts are recorded", len(denied), 2*len(tries))
	}
	for _, e := range denied {
		if !strings.Contains(e, `"actor":{"type":"person","id":"`+chief+`"}`) || !strings.Contains(e, `"reason":"not_administrator"`) || !strings.Contains(e, `"organization":"`) {
			t.Error(e)
		}
	}
	// A membership of theirs is not reached through ours either.
	w.refused("remove through one's own", w.Remove(t.Context(), ours.ID, foreign.ID, by(chief)), problem.NotFound)
	// Nothing that somebody types gets into the log.
	_, err = w.Get(t.Context(), "My password 123", by(chief))
	w.refused("garbage", err, problem.NotFound)
	for _, e := range w.events("access.denied") {
		if strings.Contains(e, "password") {
			t.Error(e)
		}
	}
	// Within one's own, what the rules refuse is recorded too.
	_, err = w.Grant(t.Context(), access.NewMembership{OrganizationID: ours.ID, PersonID: nurse, Role: "biller", Need: "Has to", EndsAt: later}, by(chief))
	w.refused("above the ceiling", err, problem.Denied)
	_, err = w.Grant(t.Context(), access.NewMembership{OrganizationID: ours.ID, PersonID: chief, Role: "nurse", Need: "Has to", EndsAt: later}, by(chief))
	w.refused("to oneself", err, problem.Denied)
	w.refused("another administrator", w.Remove(t.Context(), ours.ID, w.grant(ours, stranger, access.Administrator, 0).ID, by(chief)), problem.Denied)
	if n := len(w.events("access.denied")) - len(denied); n != 4 {
		t.Errorf("%d of 4 attempts are recorded", n)
	}
	// Who is administrator no more is a stranger at once.
	if err := w.Store.View(t.Context(), func(tx storage.Tx) error {
		all, err := tx.Memberships().ByPerson(t.Context(), chief, w.now)
		m = all[0]
		return err
	}); err != nil {
		t.Fatal(err)
	}
	must(t, w.Remove(t.Context(), ours.ID, m.ID, by(chief)))
	_, _, err = w.Roster(t.Context(), ours.ID, "", 10, by(chief))
	w.refused("the roster afterwards", err, problem.NotFound)
}

func TestTheLastMembershipTakesAllAccessAlong(t *testing.T) {
	w := newWorld(t)
	w.clients(storage.Client{ID: "portal"}, storage.Client{ID: "night"})
	o := w.organization("Ours")
	p := w.somebody("p")
	m := w.grant(o, p, "nurse", 0)
	s := w.signIn(p, "portal", "night")
	must(t, w.Remove(t.Context(), o.ID, m.ID, operator))
	if got := w.lives(s, "portal", "night"); got != "" {
		t.Errorf("what lives: %s", got)
	}
	if e := w.events("session.ended"); len(e) != 1 || !strings.Contains(e[0], `"reason":"membership_ended"`) {
		t.Errorf("%v", e)
	}
	must(t, w.Remove(t.Context(), o.ID, m.ID, operator)) // again
	if n := len(w.events("membership.ended")); n != 1 {
		t.Errorf("%d events", n)
	}
}

func TestWhatDoesNotRestOnAMembershipStays(t *testing.T) {
	w := newWorld(t)
	w.clients(storage.Client{ID: "plain"}, storage.Client{ID: "night", Scopes: []string{"openid", "roles"}},
		storage.Client{ID: "told", Scopes: []string{"openid", "org"}}, storage.Client{ID: "nurses", Roles: []string{"nurse"}},
		storage.Client{ID: "billers", Roles: []string{"biller"}})
	o, other := w.organization("Ours"), w.organization("Other")
	p := w.somebody("p")
	w.grant(other, p, "clinician", 0)
	chief := w.grant(o, p, access.Administrator, 0)
	nurse := w.grant(o, p, "nurse", 0)
	all := []string{"plain", "night", "told", "nurses", "billers"}
	with, without := w.signIn(p, all...), w.signIn(p, "plain", "billers", "night")
	w.tx(func(ctx context.Context, tx storage.Tx) error { // the offline grant outlived that session
		_, err := tx.Grants().End(ctx, without.ID+"night", "x", w.now)
		return err
	})
	other2 := w.signIn(p, "plain")

	must(t, w.Remove(t.Context(), o.ID, chief.ID, operator))
	if got := w.lives(with, all...); got != "session plain night told nurses billers" {
		t.Errorf("after the administration: %s", got)
	}
	must(t, w.Remove(t.Context(), o.ID, nurse.ID, operator))
	if got := w.lives(with, all...); got != "" {
		t.Errorf("after the role: %s", got)
	}
	if got := w.lives(other2, "plain"); got != "session plain" {
		t.Errorf("of a session that has nothing to do with it: %s", got)
	}
}

func TestEndDates(t *testing.T) {
	w := newWorld(t)
	w.clients(storage.Client{ID: "portal"})
	o := w.organization("Ours")
	p := w.somebody("p")
	m := w.grant(o, p, "nurse", time.Hour)
	w.now = begun.Add(time.Hour - time.Microsecond)
	s := w.signIn(p, "portal")
	must(t, w.Sweep(t.Context()))
	if got := w.lives(s, "portal"); got != "session portal" {
		t.Errorf("just before the end: %s", got)
	}
	w.now = begun.Add(time.Hour)
	w.tx(func(ctx context.Context, tx storage.Tx) error {
		// Nobody waits for the sweeper: what is over is over.
		roles, err := access.Roles(ctx, tx, p)
		if len(roles) != 0 {
			t.Errorf("roles at the end: %v", roles)
		}
		return err
	})
	w.endFails = errors.New("the process dies here")
	if err := w.Sweep(t.Context()); err == nil {
		t.Fatal("nothing failed")
	}
	w.endFails = nil
	must(t, w.Sweep(t.Context())) // the next start finds what was left
	if got := w.lives(s, "portal"); got != "" {
		t.Errorf("at the end: %s", got)
	}
	must(t, w.Sweep(t.Context()))
	if e := w.events("membership.ended"); len(e) != 1 || !strings.Contains(e[0], `"reason":"expired","actor":{"type":"system"}`) || !strings.Contains(e[0], m.ID) {
		t.Errorf("%v", e)
	}
	w.grant(o, p, "nurse", time.Hour) // it is free again
}

func TestCloseEndsEverything(t *testing.T) {
	w := newWorld(t)
	o := w.organization("Ours")
	p, q := w.somebody("p"), w.somebody("q")
	w.grant(o, p, "nurse", 0)
	w.grant(o, q, access.Administrator, 0)
	s := w.signIn(p)
	n, err := w.Close(t.Context(), o.ID, operator)
	must(t, err)
	if got := w.lives(s); n != 2 || got != "" {
		t.Errorf("%d ended; what lives: %s", n, got)
	}
	_, err = w.Close(t.Context(), o.ID, operator)
	w.refused("once more", err, problem.Conflict)
	_, err = w.Grant(t.Context(), access.NewMembership{OrganizationID: o.ID, PersonID: p, Role: "nurse", Need: "Has to"}, operator)
	w.refused("a role there", err, problem.Conflict)
}

func TestHeld(t *testing.T) {
	w := newWorld(t)
	a, b := w.organization("A"), w.organization("B")
	p := w.somebody("p")
	w.grant(a, p, "nurse", 0)
	w.grant(a, p, "biller", 0)
	w.grant(b, p, access.Administrator, 0)
	w.now = w.now.Add(time.Minute)
	w.signIn(p)
	w.tx(func(ctx context.Context, tx storage.Tx) error {
		held, err := access.Held(ctx, tx, p)
		got := map[string][]string{}
		for _, h := range held {
			got[h.Organization.Name] = h.Roles
		}
		if len(held) != 2 || !slices.Equal(got["A"], []string{"biller", "nurse"}) || len(got["B"]) != 0 {
			t.Errorf("held %v", got)
		}
		roles, err2 := access.Roles(ctx, tx, p)
		if !slices.Equal(roles, []string{"biller", access.Administrator, "nurse"}) {
			t.Errorf("roles %v", roles)
		}
		all, err3 := tx.Memberships().ByPerson(ctx, p, w.now)
		for _, m := range all {
			if !m.UsedAt.Equal(w.now) {
				t.Errorf("used at %v", m.UsedAt)
			}
		}
		return errors.Join(err, err2, err3)
	})
}
