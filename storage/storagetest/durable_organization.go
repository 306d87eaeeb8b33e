package storagetest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func anOrganization(id, parent string) storage.Organization {
	return storage.Organization{
		ID: id, ParentID: parent, Kind: storage.OrganizationPractice, State: storage.OrganizationActive, Name: "Name of " + id,
		Ceiling: []string{"nurse", "biller"}, CreatedAt: moment, UpdatedAt: moment, Version: 1,
	}
}

func testOrganizations(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		all := tx.Organizations()
		err := errors.Join(all.Insert(ctx, anOrganization("a", "")), all.Insert(ctx, anOrganization("b", "a")), all.Insert(ctx, anOrganization("c", "a")))
		want(t, "Insert of a taken id", all.Insert(ctx, anOrganization("a", "c")), storage.ErrConflict)
		got, err2 := all.Get(ctx, "b")
		same(t, "Get", got, anOrganization("b", "a"))
		_, missing := all.Get(ctx, "z")
		want(t, "Get of none", missing, storage.ErrNotFound)
		_, missing = all.Hold(ctx, "z")
		want(t, "Hold of none", missing, storage.ErrNotFound)
		got, err3 := all.Hold(ctx, "b")
		same(t, "Hold", got, anOrganization("b", "a"))
		list, err4 := all.List(ctx, "a", 1)
		same(t, "List", list, []storage.Organization{anOrganization("b", "a")})
		list, err5 := all.Children(ctx, "a", "b", 9)
		same(t, "Children", list, []storage.Organization{anOrganization("c", "a")})
		return errors.Join(err, err2, err3, err4, err5)
	})
	closed := anOrganization("c", "a")
	closed.Name, closed.Ceiling, closed.State = "Another name", nil, storage.OrganizationClosed
	closed.UpdatedAt, closed.ClosedAt = moment.Add(time.Hour), moment.Add(time.Hour)
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		all := tx.Organizations()
		err := all.Update(ctx, closed)
		want(t, "Update of a former version", all.Update(ctx, closed), storage.ErrStale)
		closed.Version = 2
		got, err2 := all.Get(ctx, "c")
		same(t, "Get of what was updated", got, closed)
		got, over := all.Hold(ctx, "c")
		want(t, "Hold of a closed one", over, storage.ErrEnded)
		same(t, "and what it is", got, closed)
		some, err3 := all.Named(ctx, "Name of b", 9)
		same(t, "Named", some, []storage.Organization{anOrganization("b", "a")})
		some, err4 := all.Named(ctx, "Another name", 9)
		same(t, "Named of a closed one", len(some), 0)
		some, err5 := all.Active(ctx, "", 1, 9)
		same(t, "Active after the first", some, []storage.Organization{anOrganization("b", "a")})
		some, err7 := all.Active(ctx, "a", 0, 9)
		same(t, "Active after an id", some, []storage.Organization{anOrganization("b", "a")})
		n, err6 := all.CountActive(ctx)
		same(t, "CountActive", n, int64(2))
		err2 = errors.Join(err2, err3, err4, err5, err6, err7)
		return errors.Join(err, err2)
	})
}

// testRaceClose: whoever joins an organization that is being closed is either
// found by who closes it, or refused.
func testRaceClose(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		return errors.Join(tx.Organizations().Insert(ctx, anOrganization("o", "")), tx.People().Insert(ctx, somebody("p")))
	})
	var joined, ended atomic.Int64
	_, lost := race(func(i int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			o, err := tx.Organizations().Hold(t.Context(), "o")
			if err != nil {
				return err
			}
			if i != 0 {
				m := aMembership(fmt.Sprint("m", i), "o", "p")
				m.Role = m.ID
				if err := tx.Memberships().Insert(t.Context(), m); err != nil {
					return err
				}
				joined.Add(1)
				return nil
			}
			o.State = storage.OrganizationClosed
			if err := tx.Organizations().Update(t.Context(), o); err != nil {
				return err
			}
			all, err := tx.Memberships().ByOrganization(t.Context(), "o", "", moment, 100)
			for _, m := range all {
				if _, err := tx.Memberships().End(t.Context(), m.ID, "closed", "x", moment); err != nil {
					return err
				}
				ended.Add(1)
			}
			return err
		})
	})
	for _, err := range lost {
		want(t, "who came too late", err, storage.ErrEnded)
	}
	if joined.Load() != ended.Load() {
		t.Errorf("%d joined, %d were found", joined.Load(), ended.Load())
	}
}
