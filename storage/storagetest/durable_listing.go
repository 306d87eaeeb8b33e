package storagetest

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// Work runs something in a transaction, and returns how much the database had to read for
// it, in a unit of its own.
type Work func(ctx context.Context, tx storage.Tx, do func() error) (int64, error)

// page is how many rows a page has, and rare how many there are of what stands at the far
// end of a list.
const (
	page = 20
	rare = 30
)

// Listings holds that a page of a list costs the same with few rows and with many, at the
// beginning, in the middle and at the end, and also where few pass its filter.
func Listings(t *testing.T, open func(t *testing.T) storage.Store, work Work) {
	few, many := listingWork(t, open(t), 100, work), listingWork(t, open(t), 1000, work)
	for name, w := range many {
		// Indexes are a level deeper, sets of pages are another, and of what was changed
		// the entries of before are read. What reads the rest of the list reads ten times
		// as much.
		if less := few[name]; w > 3*less+5*page {
			t.Errorf("%s: %d with many rows, %d with few", name, w, less)
		}
	}
}

func number(prefix string, i int) string { return fmt.Sprintf("%s%06d", prefix, i) }

// listingWork fills a store with n of everything and measures every list.
func listingWork(t *testing.T, s storage.Store, n int, work Work) map[string]int64 {
	t.Helper()
	at := func(i int) time.Time { return moment.Add(time.Duration(i) * time.Second) }
	in(t, s, func(ctx context.Context, tx storage.Tx) error { return fillLists(ctx, tx, n, at) })
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		pending, err := tx.Audit().Pending(ctx, n)
		if err != nil {
			return err
		}
		var events []storage.PlacedEvent
		for i, e := range pending {
			f := storage.Filing{Actor: "busy", ClientID: "portal", Organization: "large", Outcome: "allow"}
			if i < rare {
				f = storage.Filing{Actor: "rare", ClientID: "ward", Organization: "remote", Outcome: "deny"}
			}
			events = append(events, storage.PlacedEvent{ID: e.ID, Filing: f})
		}
		return tx.Audit().Place(ctx, 0, events, nil)
	})
	type list func(ctx context.Context, tx storage.Tx, from int) (int, error)
	lists := map[string]list{
		"people": func(ctx context.Context, tx storage.Tx, from int) (int, error) {
			all, err := tx.People().List(ctx, number("p", from), "", page)
			return len(all), err
		},
		"people who are active": func(ctx context.Context, tx storage.Tx, from int) (int, error) {
			all, err := tx.People().List(ctx, number("p", from), storage.PersonActive, page)
			return len(all), err
		},
		"people who have not accepted": func(ctx context.Context, tx storage.Tx, from int) (int, error) {
			all, _, err := tx.Agreements().Unaccepted(ctx, "everyone", "1", number("p", from), 2*page, page)
			return len(all), err
		},
		"a roster": func(ctx context.Context, tx storage.Tx, from int) (int, error) {
			all, err := tx.Memberships().ByOrganization(ctx, "large", number("m", from), moment, page)
			return len(all), err
		},
		"a roster by the IDs of people": func(ctx context.Context, tx storage.Tx, from int) (int, error) {
			all, err := tx.Provisioning().After(ctx, storage.ProvisioningScope{ClientID: "practice", OrganizationID: "large"}, moment, number("p", from), page)
			return len(all), err
		},
		"who is provisioned": func(ctx context.Context, tx storage.Tx, from int) (int, error) {
			all, err := tx.Provisioning().After(ctx, storage.ProvisioningScope{ClientID: "hr"}, moment, number("p", from), page)
			return len(all), err
		},
		"who waits of those who are provisioned": func(ctx context.Context, tx storage.Tx, from int) (int, error) {
			all, err := tx.Provisioning().After(ctx, storage.ProvisioningScope{ClientID: "hr"}, moment, number("w", from), page)
			return len(all), err
		},
		"organizations that are active": func(ctx context.Context, tx storage.Tx, from int) (int, error) {
			all, err := tx.Organizations().Active(ctx, number("b", from), 0, page)
			return len(all), err
		},
		"applications": func(ctx context.Context, tx storage.Tx, from int) (int, error) {
			all, err := tx.Applications().List(ctx, storage.ApplicationSubmitted, storage.Application{ID: number("a", from), SubmittedAt: at(from)}, page)
			return len(all), err
		},
		"events that are not filed": func(ctx context.Context, tx storage.Tx, _ int) (int, error) {
			all, err := tx.AuditFiling().Unfiled(ctx, 1)
			return len(all), err
		},
		"jobs": func(ctx context.Context, tx storage.Tx, from int) (int, error) {
			all, err := tx.Jobs().List(ctx, number("j", from), page)
			return len(all), err
		},
	}
	for _, one := range []struct {
		carrier string
		state   storage.ParcelState
	}{{"mail", ""}, {"mail", storage.ParcelSent}, {"mail", storage.ParcelBounced}, {"webhook", ""}, {"webhook", storage.ParcelSent}} {
		lists[fmt.Sprintf("parcels %s %q", one.carrier, one.state)] = func(ctx context.Context, tx storage.Tx, from int) (int, error) {
			all, err := tx.Outbox().List(ctx, storage.ParcelFilter{Carrier: one.carrier, State: one.state}, number("o", n-from), page)
			return len(all), err
		}
	}
	for _, client := range []string{"", "portal", "ward"} {
		for _, state := range []storage.LogoutState{"", storage.LogoutDelivered, storage.LogoutGaveUp} {
			lists[fmt.Sprintf("lines of %q %q", client, state)] = func(ctx context.Context, tx storage.Tx, from int) (int, error) {
				all, err := tx.Logouts().List(ctx, storage.LogoutFilter{ClientID: client, State: state}, storage.LogoutPlace{At: at(n - from), ID: "~"}, page)
				return len(all), err
			}
		}
	}
	for _, person := range []string{"busy", "seldom"} {
		lists["parcels about who is "+person] = func(ctx context.Context, tx storage.Tx, from int) (int, error) {
			all, err := tx.Outbox().List(ctx, storage.ParcelFilter{Carrier: "mail", PersonID: person}, number("o", n-from), page)
			return len(all), err
		}
		lists["lines of who is "+person] = func(ctx context.Context, tx storage.Tx, from int) (int, error) {
			all, err := tx.Logouts().List(ctx, storage.LogoutFilter{PersonID: person}, storage.LogoutPlace{At: at(n - from), ID: "~"}, page)
			return len(all), err
		}
	}
	for _, one := range []struct {
		by    storage.AuditBy
		value string
	}{
		{"", ""}, {storage.AuditBySubject, "p1"}, {storage.AuditByKind, "k"}, {storage.AuditByKind, "rare"}, {storage.AuditByActor, "busy"},
		{storage.AuditByActor, "rare"}, {storage.AuditByClient, "portal"}, {storage.AuditByClient, "ward"}, {storage.AuditByOrganization, "large"},
		{storage.AuditByOrganization, "remote"}, {storage.AuditByDenial, ""},
	} {
		lists[fmt.Sprintf("events by %s %q", one.by, one.value)] = func(ctx context.Context, tx storage.Tx, from int) (int, error) {
			all, err := tx.Audit().Find(ctx, storage.AuditSpan{By: one.by, Value: one.value, Before: number("e", n-from), Newest: true, Limit: page})
			return len(all), err
		}
	}
	took := map[string]int64{}
	for name, do := range lists {
		for where, from := range map[string]int{"the beginning": 0, "the middle": n / 2, "the end": n - page} {
			in(t, s, func(ctx context.Context, tx storage.Tx) (err error) {
				rows := 0
				took[name+", at "+where], err = work(ctx, tx, func() (err error) {
					rows, err = do(ctx, tx, from)
					return err
				})
				if rows > page {
					t.Errorf("%s, at %s: %d rows", name, where, rows)
				}
				return err
			})
		}
	}
	return took
}

// fillLists puts n of everything into a store; what is rare stands where a list ends.
func fillLists(ctx context.Context, tx storage.Tx, n int, at func(int) time.Time) error {
	if err := tx.Organizations().Insert(ctx, storage.Organization{
		ID: "large", Kind: storage.OrganizationPractice, State: storage.OrganizationActive, Name: "Large", CreatedAt: moment, UpdatedAt: moment,
	}); err != nil {
		return err
	}
	for i := range n {
		p := storage.Person{
			ID: number("p", i), Subject: number("s", i), UserIDIndex: []byte(number("u", i)), State: storage.PersonActive, Profile: []byte("p"),
			CreatedAt: moment, UpdatedAt: moment,
		}
		if err := tx.People().Insert(ctx, p); err != nil {
			return err
		}
		if i < n-rare {
			if err := tx.Agreements().Accept(ctx, storage.Acceptance{
				ID: number("y", i), PersonID: p.ID, Audience: "everyone", Version: "1", Language: "en", Hash: []byte("h"), AcceptedAt: moment,
			}); err != nil {
				return err
			}
		}
		if err := tx.Organizations().Insert(ctx, storage.Organization{
			ID: number("b", i), Kind: storage.OrganizationPractice, State: storage.OrganizationActive, Name: number("n", i), CreatedAt: moment, UpdatedAt: moment,
		}); err != nil {
			return err
		}
		for id, waiting := range map[string]bool{p.ID: false, number("w", i): true} {
			if err := tx.Provisioning().Put(ctx, storage.Provisioned{ClientID: "hr", PersonID: id, Names: []byte("n"), Waiting: waiting, UpdatedAt: moment}); err != nil {
				return err
			}
		}
		if err := tx.Provisioning().Put(ctx, storage.Provisioned{ClientID: "practice", PersonID: p.ID, Names: []byte("n"), UpdatedAt: moment}); err != nil {
			return err
		}
		if err := tx.Memberships().Insert(ctx, storage.Membership{
			ID: number("m", i), OrganizationID: "large", PersonID: p.ID, Role: "biller", Need: []byte("n"), GrantedBy: "o", Since: moment,
		}); err != nil {
			return err
		}
		if err := tx.Applications().Insert(ctx, storage.Application{
			ID: number("a", i), State: storage.ApplicationSubmitted, Source: "operator", Profile: []byte("p"), SubmittedBy: "o", SubmittedAt: at(i),
		}); err != nil {
			return err
		}
		if err := tx.Jobs().Insert(ctx, storage.Job{
			ID: number("j", i), Kind: "k", State: storage.JobQueued, Digest: strconv.Itoa(i), Options: "{}", Actor: "{}", Counts: "{}", CreatedAt: moment, UpdatedAt: moment,
		}); err != nil {
			return err
		}
		person := "busy"
		if i < rare/2 {
			person = "seldom"
		}
		parcel := storage.Parcel{
			ID: number("o", i), Carrier: "mail", Lane: "mail", Kind: "k", PersonID: person, Address: []byte("a"), Content: []byte{}, State: storage.ParcelSent,
			CreatedAt: at(i), NextAt: at(i), ExpiresAt: at(i), SettledAt: at(i),
		}
		line := storage.Logout{
			ID: number("l", i), SessionID: number("s", i), ClientID: "portal", PersonID: person, Reason: "idle", State: storage.LogoutDelivered, CreatedAt: at(i), NextAt: at(i), SettledAt: at(i),
		}
		event := storage.AuditEvent{ID: number("e", i), At: at(i), Kind: "k", Subject: "p" + strconv.Itoa(i%2), Body: []byte("b")}
		switch {
		case i < rare/2:
			parcel.State, line.State, event.Kind = storage.ParcelBounced, storage.LogoutGaveUp, "rare"
		case i < rare:
			parcel.Carrier, line.ClientID = "webhook", "ward"
		}
		if err := tx.Outbox().Insert(ctx, parcel); err != nil {
			return err
		}
		if err := tx.Logouts().Enter(ctx, line); err != nil {
			return err
		}
		if err := tx.Audit().Append(ctx, event); err != nil {
			return err
		}
	}
	return nil
}
