package access_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

func TestDecideDelegation(t *testing.T) {
	active := func(id string) storage.Person { return storage.Person{ID: id, State: storage.PersonActive} }
	good := access.DelegationCase{
		Act: access.Delegate, Caller: access.Caller{PersonID: "p"}, Principal: active("p"), Delegate: active("q"),
		Clients: []storage.Client{{ID: "a", Acting: true}}, Purpose: access.PurposePayment, Now: begun, EndsAt: begun.Add(time.Second),
	}
	operator, administrator := access.Caller{Operator: true}, access.Caller{PersonID: "a", Administers: []string{"o"}}
	for name, tc := range map[string]struct {
		change func(*access.DelegationCase)
		reason string
	}{
		"the principal": {func(*access.DelegationCase) {}, ""},
		"an operator":   {func(c *access.DelegationCase) { c.Caller = operator }, ""},
		"an administrator of both": {func(c *access.DelegationCase) {
			c.Caller, c.PrincipalIn, c.DelegateIn = administrator, []string{"n", "o"}, []string{"o"}
		}, access.ReasonStranger},
		"an administrator of the principal alone": {func(c *access.DelegationCase) {
			c.Caller, c.PrincipalIn, c.DelegateIn = administrator, []string{"o"}, []string{"n"}
		}, access.ReasonStranger},
		"an administrator of the delegate alone": {func(c *access.DelegationCase) {
			c.Caller, c.PrincipalIn, c.DelegateIn = administrator, []string{"n"}, []string{"o"}
		}, access.ReasonStranger},
		"who belongs to both and administers neither": {func(c *access.DelegationCase) {
			c.Caller, c.PrincipalIn, c.DelegateIn = access.Caller{PersonID: "x"}, []string{"o"}, []string{"o"}
		}, access.ReasonStranger},
		"nobody":             {func(c *access.DelegationCase) { c.Caller = access.Caller{} }, access.ReasonStranger},
		"the delegate":       {func(c *access.DelegationCase) { c.Caller.PersonID = "q" }, access.ReasonStranger},
		"to oneself":         {func(c *access.DelegationCase) { c.Delegate = active("p") }, access.ReasonOneself},
		"an operator to one": {func(c *access.DelegationCase) { c.Caller, c.Delegate = operator, active("p") }, access.ReasonOneself},
		"an administrator to themselves": {func(c *access.DelegationCase) {
			c.Caller, c.Delegate, c.PrincipalIn, c.DelegateIn = administrator, active("a"), []string{"o"}, []string{"o"}
		}, access.ReasonStranger},
		"an administrator for themselves": {func(c *access.DelegationCase) {
			c.Caller, c.Principal, c.PrincipalIn = administrator, active("a"), []string{"o"}
		}, ""},
		"the delegate is suspended":  {func(c *access.DelegationCase) { c.Delegate.State = storage.PersonSuspended }, access.ReasonPerson},
		"the delegate is not active": {func(c *access.DelegationCase) { c.Delegate.State = storage.PersonCredentialIssued }, access.ReasonPerson},
		"suspended, to an operator":  {func(c *access.DelegationCase) { c.Caller, c.Delegate.State = operator, storage.PersonSuspended }, access.ReasonAccount},
		"the principal is closed":    {func(c *access.DelegationCase) { c.Caller, c.Principal.State = operator, storage.PersonClosed }, access.ReasonAccount},
		"no purpose":                 {func(c *access.DelegationCase) { c.Purpose = "" }, access.ReasonPurpose},
		"no end":                     {func(c *access.DelegationCase) { c.EndsAt = time.Time{} }, access.ReasonEnd},
		"no end, an operator":        {func(c *access.DelegationCase) { c.Caller, c.EndsAt = operator, time.Time{} }, access.ReasonEnd},
		"an end now":                 {func(c *access.DelegationCase) { c.EndsAt = begun }, access.ReasonEnd},
		"the last end":               {func(c *access.DelegationCase) { c.EndsAt = begun.Add(rules.Longest) }, ""},
		"a second too late":          {func(c *access.DelegationCase) { c.EndsAt = begun.Add(rules.Longest + time.Second) }, access.ReasonEnd},
		"no application":             {func(c *access.DelegationCase) { c.Clients = nil }, access.ReasonApplication},
		"one that is not there":      {func(c *access.DelegationCase) { c.Clients = append(c.Clients, storage.Client{}) }, access.ReasonApplication},
		"one that is not registered": {func(c *access.DelegationCase) { c.Clients = []storage.Client{{ID: "b"}} }, access.ReasonApplication},

		"the delegate gives it up": {func(c *access.DelegationCase) { c.Act, c.Caller.PersonID = access.EndDelegation, "q" }, ""},
		"the principal ends it":    {func(c *access.DelegationCase) { c.Act = access.EndDelegation }, ""},
		"somebody else ends it":    {func(c *access.DelegationCase) { c.Act, c.Caller.PersonID = access.EndDelegation, "x" }, access.ReasonStranger},
		"the administrator of both ends it": {func(c *access.DelegationCase) {
			c.Act, c.Caller, c.PrincipalIn, c.DelegateIn = access.EndDelegation, administrator, []string{"n", "o"}, []string{"o"}
		}, ""},
		"the delegate's administrator": {func(c *access.DelegationCase) {
			c.Act, c.Caller, c.PrincipalIn, c.DelegateIn = access.EndDelegation, administrator, []string{"n"}, []string{"o"}
		}, access.ReasonStranger},
		"the principal's administrator": {func(c *access.DelegationCase) {
			c.Act, c.Caller, c.PrincipalIn, c.DelegateIn = access.EndDelegation, administrator, []string{"o"}, []string{"n"}
		}, access.ReasonStranger},
		"another one's administrator": {func(c *access.DelegationCase) {
			c.Act, c.Caller, c.DelegateIn = access.EndDelegation, administrator, []string{"n"}
		}, access.ReasonStranger},
		"the delegate looks": {func(c *access.DelegationCase) { c.Act, c.Caller.PersonID = access.ReadDelegations, "q" }, access.ReasonStranger},
		"the principal's administrator looks": {func(c *access.DelegationCase) {
			c.Act, c.Caller, c.PrincipalIn = access.ReadDelegations, administrator, []string{"o"}
		}, ""},
		"another administrator looks": {func(c *access.DelegationCase) {
			c.Act, c.Caller, c.PrincipalIn = access.ReadDelegations, administrator, []string{"n"}
		}, access.ReasonStranger},
	} {
		c := good
		c.Clients = slices.Clone(good.Clients)
		tc.change(&c)
		v := rules.DecideDelegation(c)
		if v.Reason != tc.reason || v.Allowed != (tc.reason == "") || v.Hidden != (tc.reason == access.ReasonStranger) {
			t.Errorf("%s: %+v, want %q", name, v, tc.reason)
		}
	}
}

// acting has an application, and notes what is ended of delegations.
func (w *world) acting() (ended *[]string) {
	w.t.Helper()
	w.clients(storage.Client{ID: "claims", Acting: true}, storage.Client{ID: "plain"})
	ended = &[]string{}
	w.EndActing = func(_ context.Context, d storage.Delegation) error {
		if w.endFails == nil {
			*ended = append(*ended, d.ID)
		}
		return w.endFails
	}
	return ended
}

func (w *world) let(principal, delegate string, span time.Duration) storage.Delegation {
	w.t.Helper()
	d, err := w.GrantDelegation(w.t.Context(), access.NewDelegation{
		PrincipalID: principal, DelegateID: delegate, Clients: []string{"claims"}, Purpose: access.PurposePayment, EndsAt: w.now.Add(span),
	}, operator)
	must(w.t, err)
	return d
}

func (w *world) mandates(delegate string) (n int) {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx storage.Tx) error {
		all, err := access.Mandates(ctx, tx, delegate, "claims")
		n = len(all)
		return err
	})
	return n
}

func TestDelegations(t *testing.T) {
	w := newWorld(t)
	ended := w.acting()
	p, q, x := w.somebody("p"), w.somebody("q"), w.somebody("x")
	var told []string
	w.Tell = func(_ context.Context, _ storage.Tx, d storage.Delegation, granted bool) error {
		what := "ended "
		if granted {
			what = "granted "
		}
		told = append(told, what+d.PrincipalID+" "+d.DelegateID)
		return nil
	}
	n := access.NewDelegation{PrincipalID: p, UserID: " Q ", FamilyName: "Q", Clients: []string{"claims"}, Purpose: access.PurposePayment, EndsAt: w.now.Add(time.Hour)}
	wrong := n
	wrong.FamilyName = "Nobody"
	_, err := w.GrantDelegation(t.Context(), wrong, by(p))
	w.refused("a wrong name", err, problem.NotFound)
	d, err := w.GrantDelegation(t.Context(), n, by(p))
	must(t, err)
	_, err = w.GrantDelegation(t.Context(), n, by(p))
	w.refused("twice", err, problem.Conflict)
	if w.mandates(q) != 1 || w.mandates(p) != 0 {
		t.Error("who acts for whom is mixed up")
	}

	acting, acted, err := w.DelegationsOf(t.Context(), p, by(p))
	must(t, err)
	if len(acting) != 1 || len(acted) != 0 || acting[0].Delegate.UserID != "q" || acting[0].Principal.UserID != "p" || acting[0].GrantedBy != "person:"+p {
		t.Errorf("%+v %+v", acting, acted)
	}
	_, acted, err = w.DelegationsOf(t.Context(), q, by(q))
	must(t, err)
	if len(acted) != 1 {
		t.Errorf("of the delegate: %+v", acted)
	}

	// Somebody else's looks like none, and the attempt is recorded with both names.
	_, _, err = w.DelegationsOf(t.Context(), p, by(x))
	w.refused("looking at somebody else's", err, problem.NotFound)
	there, nowhere := w.EndDelegation(t.Context(), d.ID, by(x)), w.EndDelegation(t.Context(), "nothing", by(x))
	w.refused("ending somebody else's", there, problem.NotFound)
	if problem.From(there).Message != problem.From(nowhere).Message {
		t.Errorf("%v, %v", there, nowhere)
	}
	denied := w.events("access.denied")
	if len(denied) != 4 || !slices.ContainsFunc(denied, func(e string) bool {
		return strings.Contains(e, `"act":"end_delegation"`) && strings.Contains(e, `"delegate":"`+q+`"`) && strings.Contains(e, `"subject":"`+p+`"`)
	}) {
		t.Errorf("%v", denied)
	}

	must(t, w.EndDelegation(t.Context(), d.ID, by(q)))
	if w.mandates(q) != 0 || !slices.Equal(*ended, []string{d.ID}) {
		t.Errorf("after the end: %d, %v", w.mandates(q), *ended)
	}
	must(t, w.EndDelegation(t.Context(), d.ID, by(p))) // again
	if e := w.events("delegation.ended"); len(e) != 1 || !strings.Contains(e[0], `"reason":"given_up"`) {
		t.Errorf("%v", e)
	}
	if want := []string{"granted " + p + " " + q, "ended " + p + " " + q}; !slices.Equal(told, want) {
		t.Errorf("told: %v", told)
	}
}

// TestDelegationsEndToTheSecond: on the date, whether or not the sweeper has come, and
// also when the process died in the middle.
func TestDelegationsEndToTheSecond(t *testing.T) {
	w := newWorld(t)
	ended := w.acting()
	p, q := w.somebody("p"), w.somebody("q")
	d := w.let(p, q, time.Hour)
	grant := storage.Grant{ID: "g", ClientID: "claims", PersonID: q, Detail: storage.GrantDetail{Acting: &storage.GrantActing{Delegation: d.ID, PrincipalID: p}}}
	acts := func(g storage.Grant) error {
		return w.Store.Tx(t.Context(), func(tx storage.Tx) error {
			if _, err := access.BeginActing(t.Context(), tx, g); err != nil {
				return err
			}
			_, err := access.Acting(t.Context(), tx, g)
			return err
		})
	}
	w.now = begun.Add(time.Hour - time.Second)
	must(t, w.Sweep(t.Context()))
	must(t, acts(grant))
	if w.mandates(q) != 1 || len(*ended) != 0 {
		t.Error("it ended a second too early")
	}
	for name, change := range map[string]func(*storage.Grant){
		"another delegate":    func(g *storage.Grant) { g.PersonID = p },
		"another principal":   func(g *storage.Grant) { g.Detail.Acting = &storage.GrantActing{Delegation: d.ID, PrincipalID: q} },
		"another application": func(g *storage.Grant) { g.ClientID = "plain" },
		"another delegation":  func(g *storage.Grant) { g.Detail.Acting = &storage.GrantActing{Delegation: "x", PrincipalID: p} },
		"none":                func(g *storage.Grant) { g.Detail.Acting = nil },
	} {
		g := grant
		change(&g)
		if err := acts(g); !errors.Is(err, access.ErrNotActing) && !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.now = begun.Add(time.Hour + time.Second)
	if err := acts(grant); !errors.Is(err, access.ErrNotActing) || w.mandates(q) != 0 {
		t.Errorf("a second after the end: %v, %d", err, w.mandates(q))
	}
	w.endFails = errors.New("the process dies here")
	if err := w.Sweep(t.Context()); err == nil {
		t.Fatal("nothing failed")
	}
	w.endFails = nil
	must(t, w.Sweep(t.Context()))
	if !slices.Equal(*ended, []string{d.ID}) {
		t.Errorf("what was ended: %v", *ended)
	}
	if e := w.events("delegation.ended"); len(e) != 1 || !strings.Contains(e[0], `"reason":"expired","actor":{"type":"system"}`) {
		t.Errorf("%v", e)
	}
	if e := w.events("delegation.used"); len(e) != 1 || !strings.Contains(e[0], `"actor":{"type":"person","id":"`+q+`"}`) || !strings.Contains(e[0], `"subject":"`+p+`"`) {
		t.Errorf("%v", e)
	}
	w.let(p, q, time.Hour) // there may be another one
}

func TestDelegationsEndWithAnAccount(t *testing.T) {
	for _, leaves := range []string{"principal", "delegate"} {
		w := newWorld(t)
		ended := w.acting()
		people := map[string]string{"principal": w.somebody("p"), "delegate": w.somebody("q")}
		d := w.let(people["principal"], people["delegate"], time.Hour)
		w.tx(func(ctx context.Context, tx storage.Tx) error {
			return w.LeaveDelegations(ctx, tx, people[leaves], audit.Actor{Type: "operator", ID: "x"})
		})
		if w.mandates(people["delegate"]) != 0 {
			t.Errorf("the %s left, and somebody acts", leaves)
		}
		must(t, w.Sweep(t.Context()))
		if !slices.Equal(*ended, []string{d.ID}) {
			t.Errorf("the %s left: %v", leaves, *ended)
		}
		if e := w.events("delegation.ended"); len(e) != 1 || !strings.Contains(e[0], `"reason":"account"`) {
			t.Errorf("%v", e)
		}
	}
}
