// Package storagetest is the one suite that every backend of package storage
// must pass. It states the contracts as behaviour, the races among them.
package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/storage"
)

// racers is how many goroutines compete in a race.
const racers = 32

// moment is a time with microseconds, as stores keep it.
var moment = time.Date(2026, 3, 1, 12, 30, 15, 123456000, time.UTC)

// Durable runs the suite on a store that open makes anew for each test.
func Durable(t *testing.T, open func(t *testing.T) storage.Store) {
	for name, test := range map[string]func(*testing.T, storage.Store){
		"rollback":          testRollback,
		"settings":          testSettings,
		"people":            testPeople,
		"ordinals":          testOrdinals,
		"passwords":         testPasswords,
		"clients":           testClients,
		"grants":            testGrants,
		"grant-born-dead":   testGrantBornDead,
		"grant-purge":       testGrantPurge,
		"signing-keys":      testSigningKeys,
		"audit":             testAudit,
		"imports":           testImports,
		"view-is-read-only": testView,
		"race-rotate":       testRaceRotate,
		"race-password":     testRacePassword,
		"race-place":        testRacePlace,
		"race-user-id":      testRaceUserID,
		"race-setting":      testRaceSetting,
		"cancelled":         testCancelled,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// in runs fn in a transaction and fails the test on an error.
func in(t *testing.T, s storage.Store, fn func(ctx context.Context, tx storage.Tx) error) {
	t.Helper()
	if err := s.Tx(t.Context(), func(tx storage.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, what string, err, sentinel error) {
	t.Helper()
	if !errors.Is(err, sentinel) {
		t.Errorf("%s: %v, want %v", what, err, sentinel)
	}
}

func same(t *testing.T, what string, got, wanted any) {
	t.Helper()
	if d := cmp.Diff(wanted, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// race runs fn in many goroutines at once and returns how many got nil and the
// other errors.
func race(fn func(i int) error) (won int, lost []error) {
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex // guards lost
		wins  atomic.Int64
		start = make(chan struct{})
	)
	for i := range racers {
		wg.Go(func() {
			<-start
			if err := fn(i); err != nil {
				mu.Lock()
				defer mu.Unlock()
				lost = append(lost, err)
				return
			}
			wins.Add(1)
		})
	}
	close(start)
	wg.Wait()
	return int(wins.Load()), lost
}

// oneWins fails unless exactly one racer won and all others got a sentinel.
func oneWins(t *testing.T, won int, lost []error, sentinel error) {
	t.Helper()
	if won != 1 {
		t.Errorf("%d racers won, want exactly 1; the others: %v", won, lost)
	}
	for _, err := range lost {
		if !errors.Is(err, sentinel) {
			t.Errorf("a loser got %v, want %v", err, sentinel)
		}
	}
}

func somebody(id string) storage.Person {
	return storage.Person{
		ID: id, Subject: "sub-" + id, UserIDIndex: []byte("uid-" + id), NPIIndex: []byte("npi-" + id), EmailIndex: []byte("mail"),
		State: storage.PersonApproved, Profile: []byte{0, 1, 2, 255}, CreatedAt: moment, UpdatedAt: moment, Version: 1,
	}
}

func testRollback(t *testing.T, s storage.Store) {
	boom := errors.New("boom")
	err := s.Tx(t.Context(), func(tx storage.Tx) error {
		if err := tx.People().Insert(t.Context(), somebody("a")); err != nil {
			return err
		}
		if err := tx.Audit().Append(t.Context(), storage.AuditEvent{ID: "e", Kind: "k", Body: []byte("b")}); err != nil {
			return err
		}
		return boom
	})
	if err != boom { //nolint:errorlint // the contract says: unchanged
		t.Errorf("Tx returned %v, want the error itself", err)
	}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		_, err := tx.People().Get(ctx, "a")
		want(t, "after a rollback", err, storage.ErrNotFound)
		pending, err := tx.Audit().Pending(ctx, 10)
		same(t, "pending", len(pending), 0)
		return err
	})
}

func testSettings(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		_, err := tx.Settings().Get(ctx, "x")
		want(t, "Get", err, storage.ErrNotFound)
		for _, v := range []string{"first", "second"} {
			got, err := tx.Settings().PutOnce(ctx, "x", []byte(v))
			if err != nil {
				return err
			}
			same(t, "PutOnce", string(got), "first")
		}
		return nil
	})
}

func testPeople(t *testing.T, s storage.Store) {
	a := somebody("a")
	noNPI := somebody("b")
	noNPI.NPIIndex, noNPI.EmailIndex = nil, nil
	alsoNoNPI := somebody("c")
	alsoNoNPI.NPIIndex = nil
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		people := tx.People()
		for _, p := range []storage.Person{a, noNPI, alsoNoNPI} {
			if err := people.Insert(ctx, p); err != nil {
				return err
			}
		}
		for what, change := range map[string]func(*storage.Person){
			"id":      func(p *storage.Person) { p.ID = "a" },
			"subject": func(p *storage.Person) { p.Subject = a.Subject },
			"user id": func(p *storage.Person) { p.UserIDIndex = a.UserIDIndex },
			"npi":     func(p *storage.Person) { p.NPIIndex = a.NPIIndex },
		} {
			p := somebody("z")
			change(&p)
			want(t, "Insert with a taken "+what, people.Insert(ctx, p), storage.ErrConflict)
		}
		// The transaction is still usable after a conflict.
		for what, get := range map[string]func() (storage.Person, error){
			"Get":       func() (storage.Person, error) { return people.Get(ctx, "a") },
			"BySubject": func() (storage.Person, error) { return people.BySubject(ctx, a.Subject) },
			"ByUserID":  func() (storage.Person, error) { return people.ByUserID(ctx, a.UserIDIndex) },
			"ByNPI":     func() (storage.Person, error) { return people.ByNPI(ctx, a.NPIIndex) },
		} {
			got, err := get()
			if err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			same(t, what, got, a)
		}
		got, err := people.Get(ctx, "b")
		same(t, "without NPI", got, noNPI)
		return err
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		changed := a
		changed.State, changed.Profile, changed.UpdatedAt = storage.PersonActive, []byte("new"), moment.Add(time.Hour)
		if err := tx.People().Update(ctx, changed); err != nil {
			return err
		}
		want(t, "Update with an old version", tx.People().Update(ctx, changed), storage.ErrStale)
		changed.Version = 2
		got, err := tx.People().Get(ctx, "a")
		same(t, "after Update", got, changed)
		counts, err2 := tx.People().Count(ctx)
		same(t, "Count", counts, map[storage.PersonState]int64{storage.PersonActive: 1, storage.PersonApproved: 2})
		return errors.Join(err, err2)
	})
}

func testOrdinals(t *testing.T, s storage.Store) {
	var mu sync.Mutex
	seen := map[int64]bool{}
	won, lost := race(func(int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			n, err := tx.People().NextOrdinal(t.Context(), []byte("jsmith"))
			mu.Lock()
			defer mu.Unlock()
			seen[n] = true
			return err
		})
	})
	if won != racers || len(seen) != racers {
		t.Errorf("%d racers drew %d distinct ordinals, errors %v", won, len(seen), lost)
	}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		n, err := tx.People().NextOrdinal(ctx, []byte("other"))
		same(t, "first ordinal of another stem", n, int64(1))
		return err
	})
}

func testPasswords(t *testing.T, s storage.Store) {
	p := storage.Password{
		PersonID: "a", Kind: storage.PasswordTemporary, Verifier: []byte{9}, Scheme: "sha256",
		SetAt: moment, ExpiresAt: moment.Add(72 * time.Hour), Version: 1,
	}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		if err := tx.People().Insert(ctx, somebody("a")); err != nil {
			return err
		}
		w := tx.Passwords()
		_, err := w.Get(ctx, "a")
		want(t, "Get before Insert", err, storage.ErrNotFound)
		_, err = w.Fail(ctx, "a", moment)
		want(t, "Fail before Insert", err, storage.ErrNotFound)
		if err := w.Insert(ctx, p); err != nil {
			return err
		}
		want(t, "second Insert", w.Insert(ctx, p), storage.ErrConflict)
		for i := range int64(3) {
			n, err := w.Fail(ctx, "a", moment.Add(time.Minute))
			if err != nil {
				return err
			}
			same(t, "Fail", n, i+1)
		}
		failed := p
		failed.Failures, failed.LastFailureAt = 3, moment.Add(time.Minute)
		got, err := w.Get(ctx, "a")
		same(t, "after failures", got, failed)
		if err != nil {
			return err
		}
		if err := w.ClearFailures(ctx, "a"); err != nil {
			return err
		}
		got, err = w.Get(ctx, "a")
		same(t, "after ClearFailures", got, p)
		return err
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Passwords()
		next := storage.Password{PersonID: "a", Kind: storage.PasswordPersonal, Verifier: []byte("new"), Scheme: "argon2id", SetAt: moment.Add(time.Hour), Version: 1}
		if err := w.Replace(ctx, next); err != nil {
			return err
		}
		want(t, "Replace of an old version", w.Replace(ctx, next), storage.ErrStale)
		want(t, "Reseal of an old version", w.Reseal(ctx, next), storage.ErrStale)
		next.Version, next.Verifier, next.Scheme = 2, []byte("again"), "argon2id m=2"
		if err := w.Reseal(ctx, next); err != nil {
			return err
		}
		got, err := w.Get(ctx, "a")
		same(t, "after Replace and Reseal", got, next)
		return err
	})
}

func testClients(t *testing.T, s storage.Store) {
	c := storage.Client{
		ID: "portal", Name: "Portal", AuthMethod: "client_secret_basic",
		Secrets:      []storage.ClientSecret{{SHA256: []byte{1, 2}, ExpiresAt: moment}, {SHA256: []byte{3}}},
		RedirectURIs: []string{"https://a/cb"}, PostLogoutRedirectURIs: []string{"https://a/"}, GrantTypes: []string{"authorization_code"},
		Scopes: []string{"openid"}, Audiences: []string{"https://api"}, IDTokenAlg: "RS256", AccessTokenAlg: "ES256", PKCEOptional: true,
		CreatedAt: moment, UpdatedAt: moment, Version: 1,
	}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		newest, n, err := tx.Clients().Newest(ctx)
		if err != nil || n != 0 || !newest.IsZero() {
			t.Errorf("Newest of none: %v, %d, %v", newest, n, err)
		}
		if err := tx.Clients().Insert(ctx, c); err != nil {
			return err
		}
		want(t, "second Insert", tx.Clients().Insert(ctx, c), storage.ErrConflict)
		got, err := tx.Clients().Get(ctx, "portal")
		same(t, "Get", got, c)
		if err != nil {
			return err
		}
		_, err = tx.Clients().Get(ctx, "none")
		want(t, "Get of none", err, storage.ErrNotFound)
		c.Name, c.UpdatedAt = "New", moment.Add(time.Second)
		if err := tx.Clients().Update(ctx, c); err != nil {
			return err
		}
		want(t, "Update of an old version", tx.Clients().Update(ctx, c), storage.ErrStale)
		c.Version = 2
		other := storage.Client{ID: "zeta", CreatedAt: moment, UpdatedAt: moment, Version: 1}
		if err := tx.Clients().Insert(ctx, other); err != nil {
			return err
		}
		list, err := tx.Clients().List(ctx, "", 10)
		same(t, "List", list, []storage.Client{c, other})
		list, err2 := tx.Clients().List(ctx, "portal", 10)
		same(t, "List after", list, []storage.Client{other})
		newest, n, err3 := tx.Clients().Newest(ctx)
		same(t, "Newest", newest, c.UpdatedAt)
		same(t, "number", n, int64(2))
		return errors.Join(err, err2, err3)
	})
}

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
		ended, err5 := w.EndBySession(ctx, "s", "logout", moment)
		if len(ended) != 1 || ended[0].ID != "g1" || ended[0].EndReason != "logout" || !ended[0].EndedAt.Equal(moment) {
			t.Errorf("EndBySession = %+v", ended)
		}
		ended, err6 := w.EndByPerson(ctx, "a", "closed", moment)
		if len(ended) != 1 || ended[0].ID != "g3" {
			t.Errorf("EndByPerson = %+v", ended)
		}
		return errors.Join(err, err2, err3, err5, err6)
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

func testSigningKeys(t *testing.T, s storage.Store) {
	k := storage.SigningKey{ID: "k1", Use: storage.KeyUseToken, Algorithm: "ES256", Private: []byte{1}, CreatedAt: moment, ActiveFrom: moment.Add(time.Hour), Version: 1}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.SigningKeys()
		if err := errors.Join(w.Lock(ctx, storage.KeyUseToken), w.Insert(ctx, k)); err != nil {
			return err
		}
		want(t, "second Insert", w.Insert(ctx, k), storage.ErrConflict)
		other := k
		other.ID, other.Use = "k2", storage.KeyUseAudit
		if err := w.Insert(ctx, other); err != nil {
			return err
		}
		all, err := w.All(ctx, storage.KeyUseToken, moment)
		same(t, "All", all, []storage.SigningKey{k})
		if err != nil {
			return err
		}
		k.RetiresAt, k.ExpiresAt = moment.Add(2*time.Hour), moment.Add(3*time.Hour)
		if err := w.Update(ctx, k); err != nil {
			return err
		}
		want(t, "Update of an old version", w.Update(ctx, k), storage.ErrStale)
		k.Version = 2
		all, err = w.All(ctx, storage.KeyUseToken, k.ExpiresAt.Add(-time.Microsecond))
		same(t, "All just before expiry", all, []storage.SigningKey{k})
		gone, err2 := w.All(ctx, storage.KeyUseToken, k.ExpiresAt)
		same(t, "All at expiry", len(gone), 0)
		return errors.Join(err, err2)
	})
}

func testAudit(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		for _, id := range []string{"e2", "e1", "e3"} {
			if err := tx.Audit().Append(ctx, storage.AuditEvent{ID: id, At: moment, Kind: "k", Subject: "a", Body: []byte(id)}); err != nil {
				return err
			}
		}
		return nil
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		w := tx.Audit()
		pending, err := w.Pending(ctx, 2)
		same(t, "Pending", pending, []storage.AuditEvent{
			{ID: "e1", At: moment, Kind: "k", Subject: "a", Body: []byte("e1"), Sequence: -1},
			{ID: "e2", At: moment, Kind: "k", Subject: "a", Body: []byte("e2"), Sequence: -1},
		})
		if err != nil {
			return err
		}
		if err := w.Place(ctx, 0, []string{"e1", "e2"}, []storage.TreeHash{{Index: 0, Hash: []byte("h0")}, {Index: 1, Hash: []byte("h1")}}); err != nil {
			return err
		}
		size, err := w.Size(ctx)
		same(t, "Size", size, int64(2))
		want(t, "Place at an old size", w.Place(ctx, 0, []string{"e3"}, nil), storage.ErrStale)
		hashes, err2 := w.Hashes(ctx, []int64{1, 0})
		same(t, "Hashes", hashes, [][]byte{[]byte("h1"), []byte("h0")})
		_, err3 := w.Hashes(ctx, []int64{7})
		want(t, "a missing hash", err3, storage.ErrNotFound)
		entries, err4 := w.Entries(ctx, 1, 10)
		if len(entries) != 1 || entries[0].ID != "e2" || entries[0].Sequence != 1 {
			t.Errorf("Entries = %+v", entries)
		}
		_, err5 := w.LatestCheckpoint(ctx)
		want(t, "no checkpoint", err5, storage.ErrNotFound)
		c1, c2 := storage.Checkpoint{Size: 1, At: moment, Note: []byte("n1")}, storage.Checkpoint{Size: 2, At: moment, Note: []byte("n2")}
		err6 := errors.Join(w.PutCheckpoint(ctx, c1), w.PutCheckpoint(ctx, c2), w.PutCheckpoint(ctx, storage.Checkpoint{Size: 2, Note: []byte("other")}))
		latest, err7 := w.LatestCheckpoint(ctx)
		same(t, "latest", latest, c2)
		list, err8 := w.Checkpoints(ctx, 1, 10)
		same(t, "Checkpoints", list, []storage.Checkpoint{c1, c2})
		return errors.Join(err, err2, err4, err6, err7, err8)
	})
}

func testImports(t *testing.T, s storage.Store) {
	i := storage.Import{ID: "f", Line: 5, Offset: 900, RejectsSize: 10, Created: 3, Known: 1, Rejected: 1, StartedAt: moment, UpdatedAt: moment}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		_, err := tx.Imports().Get(ctx, "f")
		want(t, "Get of none", err, storage.ErrNotFound)
		return tx.Imports().Put(ctx, i)
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		got, err := tx.Imports().Get(ctx, "f")
		same(t, "Get", got, i)
		i.Line, i.FinishedAt = 9, moment.Add(time.Hour)
		return errors.Join(err, tx.Imports().Put(ctx, i))
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		got, err := tx.Imports().Get(ctx, "f")
		same(t, "after the second Put", got, i)
		return err
	})
}

func testView(t *testing.T, s storage.Store) {
	err := s.View(t.Context(), func(tx storage.Tx) error {
		return tx.People().Insert(t.Context(), somebody("a"))
	})
	if err == nil {
		t.Error("a write in View succeeded")
	}
	if err := s.View(t.Context(), func(tx storage.Tx) error {
		_, err := tx.People().Get(t.Context(), "a")
		want(t, "Get", err, storage.ErrNotFound)
		return nil
	}); err != nil {
		t.Error(err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
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

func testRacePassword(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		return errors.Join(tx.People().Insert(ctx, somebody("a")),
			tx.Passwords().Insert(ctx, storage.Password{PersonID: "a", Kind: storage.PasswordTemporary, Verifier: []byte("t")}))
	})
	won, lost := race(func(int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			return tx.Passwords().Replace(t.Context(), storage.Password{PersonID: "a", Kind: storage.PasswordPersonal, Verifier: []byte("p"), Version: 1})
		})
	})
	oneWins(t, won, lost, storage.ErrStale)
}

func testRacePlace(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		return tx.Audit().Append(ctx, storage.AuditEvent{ID: "e", Kind: "k", Body: []byte("b")})
	})
	won, lost := race(func(int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			return tx.Audit().Place(t.Context(), 0, []string{"e"}, []storage.TreeHash{{Index: 0, Hash: []byte("h")}})
		})
	})
	oneWins(t, won, lost, storage.ErrStale)
}

func testRaceUserID(t *testing.T, s storage.Store) {
	won, lost := race(func(i int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			p := somebody(fmt.Sprint(i))
			p.UserIDIndex = []byte("jsmith")
			return tx.People().Insert(t.Context(), p)
		})
	})
	oneWins(t, won, lost, storage.ErrConflict)
}

func testRaceSetting(t *testing.T, s storage.Store) {
	var mu sync.Mutex
	var stood []string
	_, lost := race(func(i int) error {
		return s.Tx(t.Context(), func(tx storage.Tx) error {
			v, err := tx.Settings().PutOnce(t.Context(), "k", fmt.Append(nil, i))
			mu.Lock()
			defer mu.Unlock()
			stood = append(stood, string(v))
			return err
		})
	})
	slices.Sort(stood)
	if len(lost) > 0 || len(slices.Compact(stood)) != 1 {
		t.Errorf("values %v, errors %v", stood, lost)
	}
}

func testCancelled(t *testing.T, s storage.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Tx(ctx, func(tx storage.Tx) error {
		_, err := tx.People().Get(ctx, "a")
		return err
	}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	in(t, s, func(ctx context.Context, tx storage.Tx) error { return tx.People().Insert(ctx, somebody("a")) })
}
