package storagetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func someParcel(id string) storage.Parcel {
	return storage.Parcel{
		ID: id, Carrier: "mail", Lane: "mail", Kind: "k", PersonID: "p", Recipient: []byte{1}, Address: []byte{2}, Content: []byte{0, 255},
		State: storage.ParcelPending, CreatedAt: moment, NextAt: moment, ExpiresAt: moment.Add(time.Hour),
	}
}

func testOutbox(t *testing.T, s storage.Store) {
	lease := moment.Add(30 * time.Second)
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		o := tx.Outbox()
		later, other := someParcel("3"), someParcel("4")
		later.NextAt = moment.Add(time.Minute)
		other.Carrier, other.Lane, other.Recipient, other.NextAt = "webhook", "webhook", nil, moment.Add(time.Hour)
		err := errors.Join(o.Insert(ctx, someParcel("1")), o.Insert(ctx, someParcel("2")), o.Insert(ctx, later), o.Insert(ctx, other))
		want(t, "second Insert", o.Insert(ctx, someParcel("1")), storage.ErrConflict)
		return err
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		o := tx.Outbox()
		n, newest, err := o.To(ctx, []byte{1}, moment)
		same(t, "To", n, int64(3))
		same(t, "newest", newest, moment.Add(time.Minute))
		n, _, err2 := o.To(ctx, []byte{1}, moment.Add(time.Microsecond))
		same(t, "To since later", n, int64(0))
		due, err5 := o.Due(ctx, moment)
		same(t, "Due", due, []string{"mail"})
		none, err6 := o.Claim(ctx, "webhook", moment, lease, 10)
		same(t, "Claim of what is not due", len(none), 0)
		claimed, err3 := o.Claim(ctx, "mail", moment, lease, 10)
		if len(claimed) != 2 || !claimed[0].NextAt.Equal(lease) || string(claimed[0].Content) != "\x00\xff" || claimed[0].Kind != "k" || claimed[0].Lane != "mail" {
			t.Errorf("Claim = %+v", claimed)
		}
		again, err4 := o.Claim(ctx, "mail", moment, lease, 10)
		same(t, "second Claim", len(again), 0)
		due, err7 := o.Due(ctx, moment)
		same(t, "Due while it is leased", len(due), 0)
		due, err8 := o.Due(ctx, moment.Add(time.Hour))
		same(t, "Due later", due, []string{"mail", "webhook"})
		return errors.Join(err, err2, err3, err4, err5, err6, err7, err8)
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		o := tx.Outbox()
		sent := someParcel("1")
		sent.State, sent.Content, sent.Attempts, sent.LastStatus, sent.LastAnswer, sent.SettledAt = storage.ParcelSent, nil, 1, 250, "ok", moment
		err := o.Settle(ctx, sent)
		want(t, "second Settle", o.Settle(ctx, sent), storage.ErrStale)
		list, err2 := o.List(ctx, storage.ParcelFilter{Carrier: "mail"}, "", 2)
		if len(list) != 2 || list[0].ID != "3" || list[1].ID != "2" {
			t.Errorf("List = %+v", list)
		}
		list, err3 := o.List(ctx, storage.ParcelFilter{Carrier: "mail", State: storage.ParcelSent}, "3", 2)
		if len(list) != 1 || list[0].ID != "1" || len(list[0].Content) != 0 || string(list[0].Address) != "\x02" || list[0].LastStatus != 250 {
			t.Errorf("List of what was sent = %+v", list)
		}
		for of, ids := range map[storage.ParcelFilter]string{
			{Carrier: "mail", PersonID: "p"}: "321", {Carrier: "mail", PersonID: "p", State: storage.ParcelSent}: "1",
			{Carrier: "mail", PersonID: "q"}: "", {Carrier: "letter", PersonID: "p"}: "",
		} {
			found, errList := o.List(ctx, of, "", 5)
			got := ""
			for _, one := range found {
				got += one.ID
			}
			same(t, fmt.Sprintf("List of %+v", of), got, ids)
			err = errors.Join(err, errList)
		}
		counts, oldest, err4 := o.Counts(ctx)
		same(t, "counts", counts, map[string]map[storage.ParcelState]int64{
			"mail": {storage.ParcelPending: 2}, "webhook": {storage.ParcelPending: 1},
		})
		same(t, "oldest", oldest, moment)
		_, err7 := o.Get(ctx, "0")
		want(t, "Get of none", err7, storage.ErrNotFound)
		want(t, "Bounce of none", o.Bounce(ctx, "0", "x"), storage.ErrStale)
		want(t, "Bounce of what has not left", o.Bounce(ctx, "2", "x"), storage.ErrStale)
		err8 := o.Bounce(ctx, "1", "it came back")
		want(t, "second Bounce", o.Bounce(ctx, "1", "x"), storage.ErrStale)
		bounced, err9 := o.Get(ctx, "1")
		if bounced.State != storage.ParcelBounced || bounced.LastStatus != 0 || bounced.LastAnswer != "it came back" || !bounced.SettledAt.Equal(moment) {
			t.Errorf("what bounced = %+v", bounced)
		}
		n, err5 := o.Purge(ctx, moment, 10)
		same(t, "purged too early", n, int64(0))
		n, err6 := o.Purge(ctx, moment.Add(time.Second), 10)
		same(t, "purged", n, int64(1))
		return errors.Join(err, err2, err3, err4, err5, err6, err8, err9)
	})
}

// testRaceOutbox: of many workers each parcel goes to exactly one.
func testRaceOutbox(t *testing.T, s storage.Store) {
	const parcels = 20
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		for i := range parcels {
			if err := tx.Outbox().Insert(ctx, someParcel(string(rune('a'+i)))); err != nil {
				return err
			}
		}
		return nil
	})
	var (
		mu   sync.Mutex
		seen = map[string]int{}
		wg   sync.WaitGroup
	)
	for range racers {
		wg.Go(func() {
			for range parcels {
				var claimed []storage.Parcel
				err := s.Tx(t.Context(), func(tx storage.Tx) (err error) {
					claimed, err = tx.Outbox().Claim(t.Context(), "mail", moment, moment.Add(time.Minute), 3)
					return err
				})
				if errors.Is(err, storage.ErrUnavailable) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, p := range claimed {
					seen[p.ID]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	same(t, "parcels claimed", len(seen), parcels)
	for id, n := range seen {
		if n != 1 {
			t.Errorf("parcel %s went to %d workers", id, n)
		}
	}
}
