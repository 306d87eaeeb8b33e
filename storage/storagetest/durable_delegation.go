package storagetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func aDelegation(id, principal, delegate, purpose string) storage.Delegation {
	return storage.Delegation{
		ID: id, PrincipalID: principal, DelegateID: delegate, Clients: []string{"a", "b"}, Purpose: purpose, GrantedBy: "person:p",
		Since: moment, EndsAt: moment.Add(time.Hour),
	}
}

func delegationPeople(ctx context.Context, tx storage.Tx) error {
	var err error
	for _, id := range []string{"p", "q", "r"} {
		one := somebody(id)
		one.NPIIndex = nil
		err = errors.Join(err, tx.People().Insert(ctx, one))
	}
	return err
}

func testDelegations(t *testing.T, s storage.Store) {
	first, second, other := aDelegation("d1", "p", "q", "treatment"), aDelegation("d2", "p", "r", "treatment"), aDelegation("d3", "r", "q", "payment")
	second.EndsAt = moment.Add(2 * time.Hour)
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		err := delegationPeople(ctx, tx)
		for _, d := range []storage.Delegation{second, other, first} {
			err = errors.Join(err, tx.Delegations().Insert(ctx, d))
		}
		want(t, "the same twice", tx.Delegations().Insert(ctx, aDelegation("d4", "p", "q", "treatment")), storage.ErrConflict)
		return err
	})
	used := first
	used.UsedAt = moment.Add(time.Hour - time.Microsecond)
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		all := tx.Delegations()
		_, missing := all.Get(ctx, "z")
		want(t, "Get of none", missing, storage.ErrNotFound)
		got, err := all.Get(ctx, "d1")
		same(t, "Get", got, first)
		found, err2 := all.ByPrincipal(ctx, "p", moment, 9)
		same(t, "ByPrincipal", found, []storage.Delegation{first, second})
		found, err3 := all.ByPrincipal(ctx, "p", moment.Add(time.Hour), 9)
		same(t, "ByPrincipal at the end of one", found, []storage.Delegation{second})
		found, err4 := all.ByDelegate(ctx, "q", moment, 9)
		same(t, "ByDelegate", found, []storage.Delegation{first, other})
		found, err5 := all.ByDelegate(ctx, "q", moment, 1)
		same(t, "ByDelegate, limited", found, []storage.Delegation{first})
		got, err6 := all.Use(ctx, "d1", used.UsedAt)
		same(t, "Use just before the end", got, used)
		got, late := all.Use(ctx, "d1", moment.Add(time.Hour))
		want(t, "Use at the end", late, storage.ErrEnded)
		same(t, "what stays", got, used)
		_, missing = all.Use(ctx, "z", moment)
		want(t, "Use of none", missing, storage.ErrNotFound)
		found, err7 := all.Due(ctx, moment.Add(time.Hour-time.Microsecond), 9)
		same(t, "Due before the time", len(found), 0)
		found, err8 := all.Due(ctx, moment.Add(time.Hour), 1)
		same(t, "Due", len(found), 1)
		return errors.Join(err, err2, err3, err4, err5, err6, err7, err8)
	})
	over := used
	over.EndedAt, over.EndedBy, over.EndReason = moment.Add(time.Minute), "person:p", "withdrawn"
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		all := tx.Delegations()
		got, err := all.End(ctx, "d1", "withdrawn", "person:p", over.EndedAt)
		same(t, "End", got, over)
		got, twice := all.End(ctx, "d1", "expired", "system", moment.Add(2*time.Hour))
		want(t, "End again", twice, storage.ErrEnded)
		same(t, "what stays", got, over)
		_, missing := all.End(ctx, "z", "expired", "system", moment)
		want(t, "End of none", missing, storage.ErrNotFound)
		_, late := all.Use(ctx, "d1", moment.Add(time.Minute))
		want(t, "Use of what was ended", late, storage.ErrEnded)
		found, err2 := all.Unsettled(ctx, 9)
		same(t, "Unsettled", found, []storage.Delegation{over})
		err3 := all.Settle(ctx, "d1", moment.Add(3*time.Hour))
		over.SettledAt = moment.Add(3 * time.Hour)
		found, err4 := all.Unsettled(ctx, 9)
		same(t, "Unsettled afterwards", len(found), 0)
		got, err5 := all.Get(ctx, "d1")
		same(t, "Get of what is over", got, over)
		// There may be another one.
		return errors.Join(err, err2, err3, err4, err5, all.Insert(ctx, aDelegation("d5", "p", "q", "treatment")))
	})
	grant := storage.Grant{
		ID: "g", ClientID: "a", PersonID: "q", SessionID: "s", CreatedAt: moment, ExpiresAt: moment.Add(time.Hour), AuthTime: moment,
		Detail: storage.GrantDetail{Acting: &storage.GrantActing{Delegation: "d5", PrincipalID: "p"}},
	}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		err := tx.Grants().Insert(ctx, grant)
		got, err2 := tx.Grants().Get(ctx, "g")
		same(t, "what a grant says of it", got.Detail, grant.Detail)
		return errors.Join(err, err2)
	})
}

func testRaceDelegation(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		return errors.Join(delegationPeople(ctx, tx), tx.Delegations().Insert(ctx, aDelegation("d", "p", "q", "treatment")))
	})
	won, lost := race(func(int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			_, err := tx.Delegations().End(t.Context(), "d", "withdrawn", "x", moment)
			return err
		})
	})
	oneWins(t, won, lost, storage.ErrEnded)
}
