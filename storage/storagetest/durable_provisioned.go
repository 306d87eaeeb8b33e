package storagetest

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// known is what a client knows of a person.
func known(client, person, name, external string) storage.Provisioned {
	p := storage.Provisioned{ClientID: client, PersonID: person, Names: []byte("sealed"), UpdatedAt: moment}
	if name != "" {
		p.NameIndex = []byte(name)
	}
	if external != "" {
		p.ExternalIndex = []byte(external)
	}
	return p
}

func testProvisioning(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		want(t, "Put", tx.Provisioning().Put(ctx, known("c", "a", "n", "e")), nil)
		want(t, "Put without names", tx.Provisioning().Put(ctx, known("c", "b", "", "")), nil)
		want(t, "another one without", tx.Provisioning().Put(ctx, known("c", "c", "", "")), nil)
		want(t, "another client's name", tx.Provisioning().Put(ctx, known("d", "b", "n", "e")), nil)
		p, err := tx.Provisioning().Get(ctx, "c", "a")
		wanted := known("c", "a", "n", "e")
		wanted.Version = 1
		same(t, "Get", p, wanted)
		return err
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		p, err := tx.Provisioning().Get(ctx, "c", "b")
		must(t, err)
		p.NameIndex, p.Owned, p.Suspended, p.Inactive = []byte("m"), true, true, true
		want(t, "Put of the next version", tx.Provisioning().Put(ctx, p), nil)
		want(t, "Put of a former version", tx.Provisioning().Put(ctx, p), storage.ErrStale)
		got, err := tx.Provisioning().ByName(ctx, "c", []byte("m"))
		p.Version = 2
		same(t, "ByName", got, p)
		must(t, err)
		got, err = tx.Provisioning().ByExternal(ctx, "c", []byte("e"))
		same(t, "ByExternal", got.PersonID, "a")
		must(t, tx.Provisioning().Release(ctx, "b"))
		got2, err2 := tx.Provisioning().Get(ctx, "c", "b")
		must(t, err2)
		same(t, "Release", []bool{got2.Suspended, got2.Inactive, got2.Owned}, []bool{false, true, true})
		// Whoever lets somebody go takes the names first. What changed since stays.
		must(t, tx.Provisioning().Remove(ctx, "c", "a", 1))
		a, err3 := tx.Provisioning().Get(ctx, "c", "a")
		must(t, err3)
		for i, change := range []func(*storage.Provisioned){
			func(p *storage.Provisioned) { p.NameIndex = []byte("n") },
			func(p *storage.Provisioned) { p.NameIndex, p.ExternalIndex = nil, []byte("e") },
			func(p *storage.Provisioned) { p.ExternalIndex, p.Owned = nil, true },
			func(p *storage.Provisioned) { p.Owned, p.Inactive = false, false },
		} {
			a.Inactive = true
			change(&a)
			must(t, tx.Provisioning().Put(ctx, a))
			a.Version++
			must(t, tx.Provisioning().Remove(ctx, "c", "a", a.Version))
			_, stays := tx.Provisioning().Get(ctx, "c", "a")
			want(t, "Get of who was added anew, "+strconv.Itoa(i), stays, nil)
		}
		a.Inactive = true
		must(t, tx.Provisioning().Put(ctx, a))
		must(t, tx.Provisioning().Remove(ctx, "c", "a", a.Version))
		_, stays := tx.Provisioning().Get(ctx, "c", "a")
		want(t, "Get of another version", stays, nil)
		must(t, tx.Provisioning().Remove(ctx, "c", "a", a.Version+1))
		_, gone := tx.Provisioning().Get(ctx, "c", "a")
		want(t, "Get of what was removed", gone, storage.ErrNotFound)
		_, gone = tx.Provisioning().ByName(ctx, "c", []byte("n"))
		want(t, "ByName of what was removed", gone, storage.ErrNotFound)
		must(t, tx.Provisioning().Put(ctx, known("f", "b", "n", "")))
		must(t, tx.Provisioning().Forget(ctx, "f"))
		_, gone = tx.Provisioning().Get(ctx, "f", "b")
		want(t, "Get of what was forgotten", gone, storage.ErrNotFound)
		_, stays = tx.Provisioning().Get(ctx, "d", "b")
		must(t, stays)
		return err
	})
	err := s.Tx(t.Context(), func(tx storage.Tx) error { return tx.Provisioning().Put(t.Context(), known("c", "x", "m", "")) })
	want(t, "Put of a name that is taken", err, storage.ErrConflict)
}

func testProvisioningList(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		for _, id := range []string{"a", "b", "c", "d"} {
			p := somebody(id)
			if id == "c" {
				p.State = storage.PersonClosed
			}
			must(t, tx.People().Insert(ctx, p))
		}
		must(t, tx.Organizations().Insert(ctx, anOrganization("o", "")))
		must(t, tx.Memberships().Insert(ctx, aMembership("m1", "o", "b")))
		must(t, tx.Memberships().Insert(ctx, aMembership("m2", "o", "c")))
		second := aMembership("m4", "o", "b")
		second.Role = "biller"
		must(t, tx.Memberships().Insert(ctx, second))
		over := aMembership("m3", "o", "a")
		over.EndsAt = moment
		must(t, tx.Memberships().Insert(ctx, over))
		must(t, tx.Provisioning().Put(ctx, known("k", "d", "", "")))
		for _, id := range []string{"w1", "w2"} {
			waits := known("k", id, id, "")
			waits.Waiting = true
			must(t, tx.Provisioning().Put(ctx, waits))
		}
		return nil
	})
	everybody, one := storage.ProvisioningScope{ClientID: "k"}, storage.ProvisioningScope{ClientID: "k", OrganizationID: "o"}
	check := func(what string, scope storage.ProvisioningScope, offset, limit int, wanted string, total int64) {
		t.Helper()
		in(t, s, func(ctx context.Context, tx storage.Tx) error {
			ids, n, err := tx.Provisioning().Page(ctx, scope, moment.Add(time.Second), offset, limit)
			same(t, what, strings.Join(ids, " "), wanted)
			same(t, what+": the number", n, total)
			return err
		})
	}
	check("everybody", everybody, 0, 9, "a b d w1 w2", 5)
	check("the first two", everybody, 0, 2, "a b", 5)
	check("over the edge", everybody, 2, 2, "d w1", 5)
	check("the last", everybody, 4, 2, "w2", 5)
	check("past the end", everybody, 9, 2, "", 5)
	check("those of an organization", one, 0, 9, "b d w1 w2", 4)
	check("a page of them", one, 1, 2, "d w1", 4)
	check("none of them", one, 1, 0, "", 4)
	check("the last of them", one, 3, 2, "w2", 4)
	check("another client", storage.ProvisioningScope{ClientID: "x", OrganizationID: "o"}, 0, 9, "b", 1)
	after := func(what string, scope storage.ProvisioningScope, after string, limit int, wanted string) {
		t.Helper()
		in(t, s, func(ctx context.Context, tx storage.Tx) error {
			ids, err := tx.Provisioning().After(ctx, scope, moment.Add(time.Second), after, limit)
			same(t, what, strings.Join(ids, " "), wanted)
			return err
		})
	}
	after("after nobody", everybody, "", 9, "a b d w1 w2")
	after("two after one", everybody, "a", 2, "b d")
	after("after the last", everybody, "w2", 9, "")
	after("after nobody, of an organization", one, "", 9, "b c d w1 w2")
	after("two after one, of an organization", one, "b", 2, "c d")
	after("another client, after nobody", storage.ProvisioningScope{ClientID: "x", OrganizationID: "o"}, "", 9, "b c")
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		must(t, tx.People().Insert(ctx, somebody("w1")))
		must(t, tx.Provisioning().Decided(ctx, "w1", true))
		return tx.Provisioning().Decided(ctx, "w2", false)
	})
	check("after the decisions", everybody, 0, 9, "a b d w1", 4)
}
