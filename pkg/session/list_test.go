package session_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/teststores"
)

// leafed are the ids of the sessions on all pages of a list, and how many pages it has.
func (w *world) leafed(t *testing.T, scope session.Scope, limit int) (ids []string, pages int) {
	t.Helper()
	for at := (session.Place{}); ; {
		found, next, err := w.List(t.Context(), session.Listing{Scope: scope, After: at, Limit: limit, By: audit.Actor{Type: "operator"}})
		if err != nil || len(found) > limit {
			t.Fatalf("a page after %v: %d sessions, %v", at, len(found), err)
		}
		for _, one := range found {
			ids = append(ids, one.ID)
		}
		pages++
		if at = next; at.IsZero() {
			return ids, pages
		}
	}
}

// TestListOfAnOrganization leafs through a tree of which most parts are empty, with people
// who have several sessions, and roles in several places.
func TestListOfAnOrganization(t *testing.T) {
	for name, stores := range map[string]func(testing.TB, func() time.Time) (storage.Store, storage.Ephemeral){"embedded": teststores.Embedded, "servers": teststores.Servers} {
		t.Run(name, func(t *testing.T) {
			w := newWorldOn(t, stores)
			ctx := t.Context()
			// whole has the parts a to z, a has parts of its own, and other is apart.
			parents := map[string]string{"whole": "", "other": "", "deep": "a0", "deeper": "deep"}
			for part := 'a'; part <= 'z'; part++ {
				parents[string(part)+"0"] = "whole"
			}
			signedIn := map[string]int{"p1": 3, "p2": 0, "p3": 1, "p4": 2, "p5": 1, "p6": 1}
			if err := w.Store.Tx(ctx, func(tx storage.Tx) error {
				var insert func(id string) error
				there := map[string]bool{"": true}
				insert = func(id string) error {
					if there[id] {
						return nil
					}
					there[id] = true
					if err := insert(parents[id]); err != nil {
						return err
					}
					return tx.Organizations().Insert(ctx, storage.Organization{
						ID: id, ParentID: parents[id], Kind: storage.OrganizationPractice, State: storage.OrganizationActive, Name: id, CreatedAt: w.now, UpdatedAt: w.now,
					})
				}
				for id := range parents {
					if err := insert(id); err != nil {
						return err
					}
				}
				for id := range signedIn {
					if err := tx.People().Insert(ctx, storage.Person{
						ID: id, Subject: "s" + id, UserIDIndex: []byte(id), State: storage.PersonActive, Profile: []byte("p"), CreatedAt: w.now, UpdatedAt: w.now,
					}); err != nil {
						return err
					}
				}
				for i, m := range [][2]string{
					{"whole", "p1"}, {"deeper", "p2"}, {"deeper", "p3"}, {"b0", "p1"}, {"m0", "p4"}, {"z0", "p4"}, {"z0", "p5"}, {"other", "p6"},
				} {
					if err := tx.Memberships().Insert(ctx, storage.Membership{
						ID: fmt.Sprintf("m%02d", i), OrganizationID: m[0], PersonID: m[1], Role: "nurse", Need: []byte("n"), GrantedBy: "o", Since: w.now,
					}); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			want := map[string][]string{}
			for person, n := range signedIn {
				for i := range n {
					id := fmt.Sprint("session-", person, "-", i)
					if person != "p6" {
						want[person] = append(want[person], id)
					}
					if err := w.Ephemeral.Sessions().Create(ctx, storage.Session{
						ID: id, PersonID: person, IdleLimit: time.Hour, CreatedAt: begun.Add(time.Duration(i) * time.Second), LastActivity: begun, Deadline: begun.Add(time.Hour), AbsoluteDeadline: begun.Add(time.Hour),
					}); err != nil {
						t.Fatal(err)
					}
				}
			}
			all := slices.Concat(want["p1"], want["p3"], want["p4"], want["p5"])
			for limit := 1; limit < 10; limit++ {
				got, pages := w.leafed(t, session.Scope{OrganizationID: "whole"}, limit)
				// Who has several roles may come again, on another page.
				var once []string
				for _, id := range got {
					if !slices.Contains(once, id) {
						once = append(once, id)
					}
				}
				if !slices.Equal(once, all) {
					t.Errorf("on pages of %d: %q, want %q", limit, once, all)
				}
				if pages < 3 {
					t.Errorf("%d pages: one went through all of the parts", pages)
				}
			}
			for _, place := range []session.Place{
				{OrganizationID: "other"}, {OrganizationID: "none"}, {OrganizationID: "whole", MembershipID: "m07", After: storage.SessionPlace{CreatedAt: begun, ID: "x"}},
				{After: storage.SessionPlace{CreatedAt: begun, ID: "x"}}, {OrganizationID: "whole", MembershipID: "none", After: storage.SessionPlace{CreatedAt: begun, ID: "x"}},
			} {
				if found, _, err := w.List(ctx, session.Listing{Scope: session.Scope{OrganizationID: "whole"}, After: place, Limit: 5}); err == nil {
					t.Errorf("a place elsewhere, %v: %v", place, found)
				}
			}
			if got, _ := w.leafed(t, session.Scope{PersonID: "p1"}, 2); !slices.Equal(got, want["p1"]) {
				t.Errorf("one person's: %q", got)
			}
			if n, err := w.EndOrdered(ctx, session.Order{Scope: session.Scope{OrganizationID: "whole"}, Reason: "incident"}); err != nil || n != len(all) {
				t.Errorf("%d ended, %v", n, err)
			}
			if left, _ := w.leafed(t, session.Scope{Everyone: true}, 5); !slices.Equal(left, []string{"session-p6-0"}) {
				t.Errorf("left: %q", left)
			}
		})
	}
}

// TestListPassesWhatIsOver: sessions that are over and not yet gone fill no page, and a page
// looks at some of them only.
func TestListPassesWhatIsOver(t *testing.T) {
	w := newWorld(t)
	for i := range 100 {
		s := storage.Session{ID: fmt.Sprintf("s%03d", i), PersonID: "p", IdleLimit: time.Hour, CreatedAt: begun.Add(time.Duration(i) * time.Second), Deadline: begun, AbsoluteDeadline: begun.Add(time.Hour)}
		if i >= 97 {
			s.Deadline = begun.Add(time.Hour)
		}
		if err := w.Ephemeral.Sessions().Create(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	got, pages := w.leafed(t, session.Scope{Everyone: true}, 2)
	if !slices.Equal(got, []string{"s097", "s098", "s099"}) || pages < 4 {
		t.Errorf("%q on %d pages", got, pages)
	}
}
