package access_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// TestNamingADelegateTellsNobodyWhoHasAnAccount: what is wrong besides is said first, an
// account that is not active is none, and names are not tried for long.
func TestNamingADelegateTellsNobodyWhoHasAnAccount(t *testing.T) {
	w := newWorld(t)
	w.acting()
	p, _, resting := w.somebody("p"), w.somebody("q"), w.somebody("resting")
	w.tx(func(ctx context.Context, tx storage.Tx) error {
		who, err := tx.People().Get(ctx, resting)
		if err != nil {
			return err
		}
		who.State = storage.PersonSuspended
		return tx.People().Update(ctx, who)
	})
	grant := func(userID, client, purpose string, end time.Time) error {
		_, err := w.GrantDelegation(t.Context(), access.NewDelegation{
			PrincipalID: p, UserID: userID, FamilyName: userID, Clients: []string{client}, Purpose: purpose, EndsAt: end,
		}, by(p))
		return err
	}
	later := w.now.Add(time.Hour)
	for _, userID := range []string{"q", "resting", "nobody"} {
		for reason, err := range map[string]error{
			access.ReasonApplication: grant(userID, "plain", access.PurposePayment, later),
			access.ReasonPurpose:     grant(userID, "claims", "fun", later),
			access.ReasonEnd:         grant(userID, "claims", access.PurposePayment, w.now),
		} {
			if access.Why(err) != reason {
				t.Errorf("%s: %v, want %s", userID, err, reason)
			}
		}
	}
	inactive, nobody := grant("resting", "claims", access.PurposePayment, later), grant("nobody", "claims", access.PurposePayment, later)
	if access.Why(inactive) != access.ReasonPerson || access.Why(nobody) != access.ReasonPerson || problem.From(inactive).Message != problem.From(nobody).Message {
		t.Errorf("not active: %v; nobody: %v", inactive, nobody)
	}
	for range 8 { // with the two before, ten
		w.refused("a name", grant("nobody", "claims", access.PurposePayment, later), problem.NotFound)
	}
	for _, userID := range []string{"nobody", "q"} {
		if err := grant(userID, "claims", access.PurposePayment, later); access.Why(err) != access.ReasonOften || problem.From(err).Code != problem.Limited {
			t.Errorf("after ten, %s: %v", userID, err)
		}
	}
	w.now = w.now.Add(time.Hour)
	must(t, grant("q", "claims", access.PurposePayment, w.now.Add(time.Hour)))
	often := func(e string) bool { return strings.Contains(e, `"reason":"too_often"`) }
	if e := w.events("access.denied"); len(slices.DeleteFunc(e, func(one string) bool { return !often(one) })) != 2 {
		t.Errorf("the log says too little of it: %v", e)
	}
}

// TestNobodyIsMadeToActAgain: who gave it up is left alone by that principal, and not by
// an operator; others may end it and begin again.
func TestNobodyIsMadeToActAgain(t *testing.T) {
	w := newWorld(t)
	w.acting()
	p, q, r := w.somebody("p"), w.somebody("q"), w.somebody("r")
	grant := func(principal, purpose string) (storage.Delegation, error) {
		return w.GrantDelegation(t.Context(), access.NewDelegation{
			PrincipalID: principal, DelegateID: q, Clients: []string{"claims"}, Purpose: purpose, EndsAt: w.now.Add(time.Hour),
		}, by(principal))
	}
	d, err := grant(p, access.PurposePayment)
	must(t, err)
	must(t, w.EndDelegation(t.Context(), d.ID, by(p)))
	d, err = grant(p, access.PurposePayment)
	must(t, err)
	must(t, w.EndDelegation(t.Context(), d.ID, by(q)))
	for _, purpose := range access.Purposes() {
		if _, err := grant(p, purpose); access.Why(err) != access.ReasonGivenUp || problem.From(err).Code != problem.Conflict {
			t.Errorf("%s: %v", purpose, err)
		}
	}
	_, err = grant(r, access.PurposePayment)
	must(t, err)
	w.let(p, q, time.Hour)
	must(t, w.EndDelegation(t.Context(), d.ID, by(p)))
	w.now = w.now.Add(rules.Longest - time.Second)
	must(t, w.Sweep(t.Context()))
	if _, err := grant(p, access.PurposePayment); access.Why(err) != access.ReasonGivenUp {
		t.Errorf("just before the end: %v", err)
	}
	w.now = w.now.Add(time.Second)
	_, err = grant(p, access.PurposePayment)
	must(t, err)
}

func TestDelegationsInARow(t *testing.T) {
	w := newWorld(t)
	w.acting()
	p := w.somebody("p")
	grant := func(n int) error {
		_, err := w.GrantDelegation(t.Context(), access.NewDelegation{
			PrincipalID: p, DelegateID: w.somebody("q" + strconv.Itoa(n)), Clients: []string{"claims"}, Purpose: access.PurposePayment, EndsAt: w.now.Add(time.Minute),
		}, by(p))
		return err
	}
	for n := range 20 {
		must(t, grant(n))
	}
	if err := grant(20); access.Why(err) != access.ReasonOften {
		t.Errorf("the twenty-first: %v", err)
	}
	w.now = w.now.Add(time.Hour)
	must(t, grant(21))
	if err := grant(22); access.Why(err) != access.ReasonOften {
		t.Errorf("the second in an hour: %v", err)
	}
	w.now = w.now.Add(24 * time.Hour)
	must(t, grant(23))
	must(t, grant(24))
}
