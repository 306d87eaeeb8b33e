package storagetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func aMembership(id, organization, person string) storage.Membership {
	return storage.Membership{
		ID: id, OrganizationID: organization, PersonID: person, Role: "nurse", Need: []byte{0, 255}, GrantedBy: "operator:x", Since: moment,
	}
}

func testMemberships(t *testing.T, s storage.Store) {
	short, biller, elsewhere, other := aMembership("m1", "o", "p"), aMembership("m2", "o", "p"), aMembership("m3", "n", "p"), aMembership("m4", "o", "q")
	short.EndsAt, biller.Role = moment.Add(time.Hour), "biller"
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		q := somebody("q")
		q.NPIIndex = nil
		err := errors.Join(tx.Organizations().Insert(ctx, anOrganization("o", "")), tx.Organizations().Insert(ctx, anOrganization("n", "")),
			tx.People().Insert(ctx, somebody("p")), tx.People().Insert(ctx, q))
		for _, m := range []storage.Membership{short, biller, elsewhere, other} {
			err = errors.Join(err, tx.Memberships().Insert(ctx, m))
		}
		want(t, "the same role twice", tx.Memberships().Insert(ctx, aMembership("m5", "o", "p")), storage.ErrConflict)
		return err
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		all := tx.Memberships()
		_, missing := all.Get(ctx, "z")
		want(t, "Get of none", missing, storage.ErrNotFound)
		got, err := all.Get(ctx, "m1")
		same(t, "Get", got, short)
		found, err2 := all.ByPerson(ctx, "p", moment)
		same(t, "ByPerson", found, []storage.Membership{elsewhere, biller, short})
		found, err3 := all.ByPerson(ctx, "p", moment.Add(time.Hour))
		same(t, "ByPerson at the end of one", found, []storage.Membership{elsewhere, biller})
		found, err4 := all.ByOrganization(ctx, "o", "m1", moment, 1)
		same(t, "ByOrganization", found, []storage.Membership{biller})
		found, err5 := all.ByOrganization(ctx, "o", "", moment.Add(time.Hour), 9)
		same(t, "ByOrganization at the end of one", found, []storage.Membership{biller, other})
		found, err6 := all.Due(ctx, moment.Add(time.Hour-time.Microsecond), 9)
		same(t, "Due before the time", len(found), 0)
		found, err7 := all.Due(ctx, moment.Add(time.Hour), 9)
		same(t, "Due", found, []storage.Membership{short})
		return errors.Join(err, err2, err3, err4, err5, err6, err7, all.Use(ctx, "p", moment, moment.Add(time.Minute)))
	})
	over := short
	over.UsedAt, over.EndedAt, over.EndedBy, over.EndReason = moment.Add(time.Minute), moment.Add(time.Hour), "system", "expired"
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		all := tx.Memberships()
		// It was used a minute after the moment, which is not before it.
		err := all.Use(ctx, "p", moment.Add(time.Minute), moment.Add(2*time.Minute))
		got, err2 := all.End(ctx, "m1", "expired", "system", over.EndedAt)
		same(t, "End", got, over)
		got, twice := all.End(ctx, "m1", "removed", "x", moment.Add(2*time.Hour))
		want(t, "End again", twice, storage.ErrEnded)
		same(t, "what stays", got, over)
		_, missing := all.End(ctx, "z", "removed", "x", moment)
		want(t, "End of none", missing, storage.ErrNotFound)
		found, err3 := all.Due(ctx, moment.Add(time.Hour), 9)
		same(t, "Due afterwards", len(found), 0)
		found, err4 := all.Unsettled(ctx, 9)
		same(t, "Unsettled", found, []storage.Membership{over})
		found, err9 := all.UnsettledOf(ctx, over.PersonID)
		same(t, "UnsettledOf", found, []storage.Membership{over})
		found, err8 := all.UnsettledOf(ctx, "somebody else")
		same(t, "UnsettledOf another", len(found), 0)
		err5 := all.Settle(ctx, "m1", moment.Add(3*time.Hour))
		over.SettledAt = moment.Add(3 * time.Hour)
		found, err6 := all.Unsettled(ctx, 9)
		same(t, "Unsettled afterwards", len(found), 0)
		got, err7 := all.Get(ctx, "m1")
		same(t, "Get of what is over", got, over)
		// The role is free again.
		return errors.Join(err, err2, err3, err4, err5, err6, err7, err8, err9, all.Insert(ctx, aMembership("m6", "o", "p")))
	})
}

func testRaceMembership(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		return errors.Join(tx.Organizations().Insert(ctx, anOrganization("o", "")), tx.People().Insert(ctx, somebody("p")))
	})
	won, lost := race(func(i int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			return tx.Memberships().Insert(t.Context(), aMembership(fmt.Sprint("m", i), "o", "p"))
		})
	})
	oneWins(t, won, lost, storage.ErrConflict)
	var id string
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		all, err := tx.Memberships().ByPerson(ctx, "p", moment)
		if len(all) == 1 {
			id = all[0].ID
		}
		return err
	})
	won, lost = race(func(int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			_, err := tx.Memberships().End(t.Context(), id, "removed", "x", moment)
			return err
		})
	})
	oneWins(t, won, lost, storage.ErrEnded)
}
