package storagetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

func someGrant(id string) storage.Grant {
	return storage.Grant{
		ID: id, ClientID: "portal", PersonID: "a", SessionID: "s", Scopes: []string{"openid", "profile"}, Audience: []string{"portal"},
		AuthTime: moment, ACR: "urn:x", AMR: []string{"pwd"}, Generation: 1, RotatedAt: moment, CreatedAt: moment, ExpiresAt: moment.Add(24 * time.Hour),
	}
}

func testGrants(t *testing.T, s storage.Store) {
	g := someGrant("g1")
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Grants()
		for _, word := range []string{"", "two words", "tab\t"} {
			bad := g
			bad.Scopes = []string{"openid", word}
			if err := w.Insert(ctx, bad); err == nil {
				t.Errorf("a scope %q was taken", word)
			}
		}
		_, err := w.Get(ctx, "g1")
		want(t, "Get of none", err, storage.ErrNotFound)
		_, err = w.Rotate(ctx, "g1", 1, moment)
		want(t, "Rotate of none", err, storage.ErrNotFound)
		if err := w.Insert(ctx, g); err != nil {
			return err
		}
		want(t, "second Insert", w.Insert(ctx, g), storage.ErrConflict)
		got, err := w.Get(ctx, "g1")
		same(t, "Get", got, g)
		if err != nil {
			return err
		}
		at := moment.Add(time.Minute)
		rotated := g
		rotated.Generation, rotated.RotatedAt = 2, at
		got, err = w.Rotate(ctx, "g1", 1, at)
		same(t, "Rotate", got, rotated)
		if err != nil {
			return err
		}
		got, err = w.Rotate(ctx, "g1", 1, at)
		want(t, "Rotate of an old generation", err, storage.ErrStale)
		same(t, "the grant beside ErrStale", got, rotated)
		_, err = w.Rotate(ctx, "g1", 2, g.ExpiresAt)
		want(t, "Rotate at expiry", err, storage.ErrEnded)
		_, err = w.Rotate(ctx, "g1", 2, g.ExpiresAt.Add(-time.Microsecond))
		return err
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Grants()
		g2, g3 := someGrant("g2"), someGrant("g3")
		g3.SessionID = "other"
		if err := errors.Join(w.Insert(ctx, g2), w.Insert(ctx, g3)); err != nil {
			return err
		}
		did, err := w.End(ctx, "g2", "revoked", moment)
		same(t, "End", did, true)
		again, err2 := w.End(ctx, "g2", "again", moment.Add(time.Second))
		same(t, "second End", again, false)
		got, err3 := w.Get(ctx, "g2")
		same(t, "reason", got.EndReason, "revoked")
		_, err4 := w.Rotate(ctx, "g2", 1, moment)
		want(t, "Rotate of an ended grant", err4, storage.ErrEnded)
		ended, err5 := w.EndBySession(ctx, []string{"none", "s", "nor this"}, "logout", moment)
		if len(ended) != 1 || ended[0].ID != "g1" || ended[0].EndReason != "logout" || !ended[0].EndedAt.Equal(moment) {
			t.Errorf("EndBySession = %+v", ended)
		}
		of := someGrant("g4")
		of.ClientID, of.SessionID = "another", "other"
		err7 := w.Insert(ctx, of)
		ended, err8 := w.EndBetween(ctx, "b", "another", "withdrawn", moment)
		same(t, "grants of somebody else to the client", len(ended), 0)
		ended, err9 := w.EndBetween(ctx, "a", "another", "withdrawn", moment)
		if len(ended) != 1 || ended[0].ID != "g4" || ended[0].EndReason != "withdrawn" {
			t.Errorf("EndBetween = %+v", ended)
		}
		live, err10 := w.ByPerson(ctx, "a", moment)
		if len(live) != 1 || live[0].ID != "g3" {
			t.Errorf("ByPerson = %+v", live)
		}
		late, err11 := w.ByPerson(ctx, "a", live[0].ExpiresAt)
		same(t, "grants that expired", len(late), 0)
		ended, err6 := w.EndByPerson(ctx, "a", "closed", moment)
		if len(ended) != 1 || ended[0].ID != "g3" {
			t.Errorf("EndByPerson = %+v", ended)
		}
		return errors.Join(err, err2, err3, err5, err6, err7, err8, err9, err10, err11)
	})
}

func testGrantOffline(t *testing.T, s storage.Store) {
	g := someGrant("g")
	g.Offline, g.Detail = true, storage.GrantDetail{JKT: "thumb", X5T: "print", Claims: []byte(`{"userinfo":{"name":null}}`)}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		return tx.Grants().Insert(ctx, g)
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		got, err := tx.Grants().Get(ctx, "g")
		same(t, "Get", got, g)
		ended, err2 := tx.Grants().EndBySession(ctx, []string{g.SessionID}, "logout", moment)
		same(t, "ended with the session", len(ended), 0)
		ended, err3 := tx.Grants().EndByClient(ctx, "other client", "client_removed", moment)
		same(t, "ended with another client", len(ended), 0)
		ended, err4 := tx.Grants().EndByClient(ctx, g.ClientID, "client_removed", moment)
		same(t, "ended with the client", len(ended), 1)
		ended, err5 := tx.Grants().EndByPerson(ctx, g.PersonID, "closed", moment)
		same(t, "ended again", len(ended), 0)
		return errors.Join(err, err2, err3, err4, err5)
	})
}

func testGrantBornDead(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		did, err := tx.Grants().End(ctx, "g", "code_reused", moment)
		same(t, "End before Insert", did, true)
		return err
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		want(t, "Insert after End", tx.Grants().Insert(ctx, someGrant("g")), storage.ErrEnded)
		want(t, "second Insert after End", tx.Grants().Insert(ctx, someGrant("g")), storage.ErrConflict)
		return nil
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		got, err := tx.Grants().Get(ctx, "g")
		wanted := someGrant("g")
		wanted.EndedAt, wanted.EndReason = moment, "code_reused"
		same(t, "the grant", got, wanted)
		return err
	})
}

func testGrantPurge(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Grants()
		old, live, dead := someGrant("old"), someGrant("live"), someGrant("dead")
		old.ExpiresAt = moment.Add(-time.Hour)
		if err := errors.Join(w.Insert(ctx, old), w.Insert(ctx, live), w.Insert(ctx, dead)); err != nil {
			return err
		}
		_, err := w.End(ctx, "dead", "x", moment.Add(-time.Hour))
		n, err2 := w.Purge(ctx, moment, 1)
		same(t, "bounded Purge", n, int64(1))
		n, err3 := w.Purge(ctx, moment, 10)
		same(t, "rest of Purge", n, int64(1))
		_, err4 := w.Get(ctx, "live")
		return errors.Join(err, err2, err3, err4)
	})
}

func testRaceRotate(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error { return tx.Grants().Insert(ctx, someGrant("g")) })
	won, lost := race(func(int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			_, err := tx.Grants().Rotate(t.Context(), "g", 1, moment)
			return err
		})
	})
	oneWins(t, won, lost, storage.ErrStale)
}

// testRaceBornDead: the code of a grant is redeemed twice at one moment. Who
// comes second ends the grant, whether it exists already or not.
func testRaceBornDead(t *testing.T, s storage.Store) {
	for round := range 4 {
		id := fmt.Sprint("g", round)
		won, lost := race(func(i int) error {
			return s.Tx(t.Context(), func(tx storage.Tx) error {
				if i%2 == 0 {
					_, err := tx.Grants().End(t.Context(), id, "code_reused", moment)
					return err
				}
				err := tx.Grants().Insert(t.Context(), someGrant(id))
				if errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrEnded) {
					return nil
				}
				return err
			})
		})
		if won != racers {
			t.Errorf("errors %v", lost)
		}
		in(t, s, func(ctx context.Context, tx storage.Tx) error {
			g, err := tx.Grants().Get(ctx, id)
			wanted := someGrant(id)
			wanted.EndedAt, wanted.EndReason = moment, "code_reused"
			same(t, "the grant", g, wanted)
			return err
		})
	}
}

// testRaceEnd: of many that end a grant one hears that it did, and no refresh
// succeeds after that.
func testRaceEnd(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error { return tx.Grants().Insert(ctx, someGrant("g")) })
	errNot := errors.New("was ended before")
	won, lost := race(func(i int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			switch i % 3 {
			case 0:
				ended, err := tx.Grants().EndBySession(t.Context(), []string{"s"}, "logout", moment)
				if err == nil && len(ended) == 0 {
					err = errNot
				}
				return err
			case 1:
				ended, err := tx.Grants().EndByPerson(t.Context(), "a", "closed", moment)
				if err == nil && len(ended) == 0 {
					err = errNot
				}
				return err
			}
			did, err := tx.Grants().End(t.Context(), "g", "revoked", moment)
			if err == nil && !did {
				err = errNot
			}
			return err
		})
	})
	oneWins(t, won, lost, errNot)
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		_, err := tx.Grants().Rotate(ctx, "g", 1, moment)
		want(t, "Rotate after the end", err, storage.ErrEnded)
		return nil
	})
}
