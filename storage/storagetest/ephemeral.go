package storagetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// Ephemeral runs the suite on a store that open makes anew for each test.
func Ephemeral(t *testing.T, open func(t *testing.T) storage.Ephemeral) {
	for name, test := range map[string]func(*testing.T, storage.Ephemeral){
		"sessions":         testSessions,
		"activity":         testActivity,
		"claim":            testClaim,
		"claim-limit":      testClaimLimit,
		"stop":             testStop,
		"by-people":        testByPeople,
		"page":             testPage,
		"page-of-client":   testPageOfClient,
		"race-page":        testRacePage,
		"each":             testEach,
		"activity-unless":  testActivityUnlessMarked,
		"activity-limits":  testActivityLimits,
		"renew":            testRenew,
		"interactions":     testInteractions,
		"codes":            testCodes,
		"code-activity":    testCodeActivity,
		"marks":            testMarks,
		"attempts":         testAttempts,
		"race-redeem":      testRaceRedeem,
		"race-claim":       testRaceClaim,
		"race-interaction": testRaceInteraction,
		"race-mark":        testRaceMark,
		"race-attempt":     testRaceAttempt,
		"reserve":          testReserve,
		"race-reserve":     testRaceReserve,
		"race-remove":      testRaceRemove,
		"race-by-people":   testRaceByPeople,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

const us = time.Microsecond

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func someSession(id string) storage.Session {
	return storage.Session{
		ID: id, SecretHash: []byte{1, 2, 3}, PersonID: "a", Subject: "sub", AuthTime: moment, ACR: "urn:x", AMR: []string{"pwd"},
		Address: "2001:db8::1", UserAgent: "Mozilla/5.0 (X11; Linux x86_64)",
		IdleLimit: 15 * time.Minute, CreatedAt: moment, LastActivity: moment,
		Deadline: moment.Add(15 * time.Minute), AbsoluteDeadline: moment.Add(time.Hour),
	}
}

func testSessions(t *testing.T, e storage.Ephemeral) {
	ctx, w, s := t.Context(), e.Sessions(), someSession("s")
	_, err := w.Get(ctx, "s", moment)
	want(t, "Get of none", err, storage.ErrNotFound)
	must(t, w.Create(ctx, s))
	want(t, "second Create", w.Create(ctx, s), storage.ErrConflict)
	got, err := w.Get(ctx, "s", moment)
	must(t, err)
	same(t, "Get", got, s)
	_, err = w.Get(ctx, "s", s.Deadline.Add(-us))
	must(t, err)
	_, err = w.Get(ctx, "s", s.Deadline)
	want(t, "Get at the deadline", err, storage.ErrNotFound)
	_, err = w.Get(ctx, "s", moment.Add(-time.Hour)) // a replica whose clock is behind
	must(t, err)
	n, err := w.Count(ctx)
	must(t, err)
	same(t, "Count", n, int64(1))
	must(t, w.Create(ctx, someSession("t")))
	held, err := w.Find(ctx, "t", "none", "s")
	must(t, err)
	same(t, "Find", held, []storage.Session{someSession("t"), s})
	held, err = w.Find(ctx)
	must(t, err)
	same(t, "Find of nothing", len(held), 0)
	removed, err := w.Remove(ctx, "s", "none", "t")
	must(t, err)
	same(t, "Remove", removed, 2)
	removed, err = w.Remove(ctx, "s", "t")
	must(t, err)
	same(t, "second Remove", removed, 0)
	removed, err = w.Remove(ctx)
	must(t, err)
	same(t, "Remove of nothing", removed, 0)
	_, err = w.Get(ctx, "s", moment)
	want(t, "Get after Remove", err, storage.ErrNotFound)
	short := someSession("short")
	short.AbsoluteDeadline = moment.Add(time.Minute)
	must(t, w.Create(ctx, short))
	_, err = w.Get(ctx, "short", short.AbsoluteDeadline)
	want(t, "Get at the absolute deadline", err, storage.ErrNotFound)
	must(t, e.Ping(ctx))
}

func testActivity(t *testing.T, e storage.Ephemeral) {
	ctx, w, s := t.Context(), e.Sessions(), someSession("s")
	must(t, w.Create(ctx, s))
	act := func(after time.Duration, client string, counts bool) storage.Session {
		t.Helper()
		got, err := w.Act(ctx, storage.Activity{SessionID: "s", ClientID: client, At: moment.Add(after), Counts: counts})
		must(t, err)
		stored, err := w.Get(ctx, "s", moment.Add(after))
		must(t, err)
		same(t, "what Act returns and Get finds", got, stored)
		return got
	}
	got := act(10*time.Minute, "portal", true)
	same(t, "deadline", got.Deadline, moment.Add(25*time.Minute))
	same(t, "last activity", got.LastActivity, moment.Add(10*time.Minute))
	got = act(11*time.Minute, "portal", false)
	same(t, "deadline after what does not count", got.Deadline, moment.Add(25*time.Minute))
	same(t, "clients", got.Clients, []string{"portal"})
	got = act(5*time.Minute, "port", true) // a replica whose clock is behind
	same(t, "deadline never moves back", got.Deadline, moment.Add(25*time.Minute))
	same(t, "last activity never moves back", got.LastActivity, moment.Add(10*time.Minute))
	same(t, "clients in order", got.Clients, []string{"portal", "port"})
	got = act(20*time.Minute, "", true)
	same(t, "deadline", got.Deadline, moment.Add(35*time.Minute))
	act(34*time.Minute, "", true)
	got = act(48*time.Minute, "", true)
	same(t, "deadline never passes the absolute one", got.Deadline, s.AbsoluteDeadline)
	_, err := w.Act(ctx, storage.Activity{SessionID: "s", At: s.AbsoluteDeadline, Counts: true})
	want(t, "Act at the deadline", err, storage.ErrNotFound)
	_, err = w.Act(ctx, storage.Activity{SessionID: "none", At: moment, Counts: true})
	want(t, "Act on none", err, storage.ErrNotFound)
}

func testActivityLimits(t *testing.T, e storage.Ephemeral) {
	ctx, w, s := t.Context(), e.Sessions(), someSession("s")
	must(t, w.Create(ctx, s))
	join := func(after, idle, absolute time.Duration, counts bool) (storage.Session, error) {
		t.Helper()
		got, err := w.Act(ctx, storage.Activity{
			SessionID: "s", ClientID: "strict", At: moment.Add(after), Counts: counts, IdleLimit: idle, AbsoluteLimit: absolute,
		})
		stored, gerr := w.Get(ctx, "s", moment.Add(after))
		must(t, gerr)
		if err == nil {
			same(t, "what Act returns and Get finds", got, stored)
		}
		return stored, err
	}
	// What a session does not suit changes nothing, not even a code comes of it.
	for _, counts := range []bool{true, false} {
		got, err := join(5*time.Minute, 5*time.Minute, 0, counts)
		want(t, "idle for as long as the application allows", err, storage.ErrEnded)
		same(t, "the session", got, s)
		got, err = join(5*time.Minute, 0, 5*time.Minute, counts)
		want(t, "as old as the application allows", err, storage.ErrEnded)
		same(t, "the session", got, s)
	}
	code := storage.Code{Hash: []byte{9}, GrantID: "g", Request: []byte("{}"), ExpiresAt: moment.Add(10 * time.Minute), KeepUntil: moment.Add(time.Hour)}
	want(t, "Save", e.Codes().Save(ctx, code, &storage.Activity{SessionID: "s", ClientID: "strict", At: moment.Add(5 * time.Minute), IdleLimit: 5 * time.Minute}), storage.ErrEnded)
	_, err := e.Codes().Redeem(ctx, code.Hash, "s", moment.Add(6*time.Minute))
	want(t, "Redeem of what was not saved", err, storage.ErrNotFound)

	got, err := join(5*time.Minute-us, 5*time.Minute, 0, false) // nobody did it
	must(t, err)
	same(t, "deadline", got.Deadline, moment.Add(5*time.Minute))
	same(t, "idle limit", got.IdleLimit, 5*time.Minute)
	same(t, "clients", got.Clients, []string{"strict"})
	got, err = join(5*time.Minute-us, 20*time.Minute, 2*time.Hour, true) // laxer than the session is
	must(t, err)
	same(t, "deadline", got.Deadline, moment.Add(10*time.Minute-us))
	got, err = join(6*time.Minute, 0, 8*time.Minute, true)
	must(t, err)
	same(t, "deadline", got.Deadline, moment.Add(8*time.Minute))
	same(t, "absolute deadline", got.AbsoluteDeadline, moment.Add(8*time.Minute))
	claimed, err := w.ClaimExpired(ctx, moment.Add(8*time.Minute-us), time.Minute, 10)
	must(t, err)
	same(t, "claimed before the deadline", len(claimed), 0)
	claimed, err = w.ClaimExpired(ctx, moment.Add(8*time.Minute), time.Minute, 10)
	must(t, err)
	same(t, "claimed", claimed, []storage.Session{got})
}

func testActivityUnlessMarked(t *testing.T, e storage.Ephemeral) {
	ctx := t.Context()
	s := someSession("a")
	must(t, e.Sessions().Create(ctx, s))
	look := storage.Activity{SessionID: "a", At: moment.Add(time.Minute), Unless: []string{"x", "y"}}
	got, err := e.Sessions().Act(ctx, look)
	must(t, err)
	same(t, "looking changes nothing", got, s)
	strict := look
	strict.IdleLimit, strict.AbsoluteLimit = 5*time.Minute, 8*time.Minute
	got, err = e.Sessions().Act(ctx, strict)
	must(t, err)
	same(t, "looking by stricter limits changes nothing", got, s)
	got, err = e.Sessions().Get(ctx, "a", look.At)
	must(t, err)
	same(t, "what was looked at", got, s)
	strict.IdleLimit = time.Minute
	_, err = e.Sessions().Act(ctx, strict)
	want(t, "looking by limits that it does not suit", err, storage.ErrEnded)
	_, err = e.Marks().Set(ctx, "y", moment, moment.Add(2*time.Minute))
	must(t, err)
	counts := look
	counts.Counts = true
	for _, a := range []storage.Activity{look, counts} {
		_, err = e.Sessions().Act(ctx, a)
		want(t, "Act while a mark is set", err, storage.ErrEnded)
	}
	got, err = e.Sessions().Get(ctx, "a", look.At)
	must(t, err)
	same(t, "a marked activity changes nothing", got, s)
	counts.At = moment.Add(2 * time.Minute) // the mark is over
	got, err = e.Sessions().Act(ctx, counts)
	if err != nil || !got.Deadline.Equal(counts.At.Add(s.IdleLimit)) {
		t.Errorf("after the mark: %v until %v", err, got.Deadline)
	}
}

func testClaim(t *testing.T, e storage.Ephemeral) {
	ctx, w, s := t.Context(), e.Sessions(), someSession("s")
	must(t, w.Create(ctx, s))
	claim := func(at time.Time) []storage.Session {
		t.Helper()
		got, err := w.ClaimExpired(ctx, at, time.Minute, 10)
		must(t, err)
		return got
	}
	same(t, "claimed before the deadline", len(claim(s.Deadline.Add(-us))), 0)
	_, err := w.Act(ctx, storage.Activity{SessionID: "s", At: moment.Add(time.Minute), Counts: true})
	must(t, err)
	same(t, "claimed at a deadline that moved", len(claim(s.Deadline)), 0)
	s.LastActivity, s.Deadline = moment.Add(time.Minute), moment.Add(16*time.Minute)
	same(t, "claimed", claim(s.Deadline), []storage.Session{s})
	same(t, "claimed within the lease", len(claim(s.Deadline.Add(time.Minute-us))), 0)
	_, err = w.Act(ctx, storage.Activity{SessionID: "s", At: s.Deadline, Counts: true})
	want(t, "activity after the claim", err, storage.ErrNotFound)
	// It is dead by any clock from the claim on, also one that is behind.
	for _, when := range []time.Time{s.Deadline.Add(-time.Minute), moment.Add(-time.Hour)} {
		_, err = w.Act(ctx, storage.Activity{SessionID: "s", ClientID: "portal", At: when, Counts: true})
		want(t, "activity by a clock that is behind", err, storage.ErrNotFound)
	}
	due := s.Deadline.Add(time.Minute)
	s.Deadline = time.UnixMicro(0).UTC() // and before AbsoluteDeadline: it was idle
	same(t, "claimed again after the lease", claim(due), []storage.Session{s})
	_, err = w.Remove(ctx, "s")
	must(t, err)
	same(t, "claimed after Remove", len(claim(due.Add(time.Hour))), 0)

	// One that met its absolute limit can be told from one that was idle.
	long := someSession("long")
	long.Deadline = long.AbsoluteDeadline
	must(t, w.Create(ctx, long))
	same(t, "claimed", claim(long.Deadline), []storage.Session{long})
	long.Deadline, long.AbsoluteDeadline = time.UnixMicro(0).UTC(), time.UnixMicro(0).UTC()
	same(t, "claimed again", claim(moment.Add(48*time.Hour)), []storage.Session{long})
}

func testStop(t *testing.T, e storage.Ephemeral) {
	ctx, w, s := t.Context(), e.Sessions(), someSession("s")
	idle, other := someSession("idle"), someSession("other")
	idle.Deadline, other.PersonID = moment.Add(time.Minute), "b"
	for _, one := range []storage.Session{s, idle, other} {
		must(t, w.Create(ctx, one))
	}
	at := moment.Add(2 * time.Minute)
	// Somebody looked them up before this.
	joined, err := w.Act(ctx, storage.Activity{SessionID: "s", ClientID: "portal", At: moment})
	must(t, err)
	s.Clients = joined.Clients
	stop := func(reason string, ids ...string) []storage.Session {
		t.Helper()
		stopped, err := w.Stop(ctx, at, time.Minute, storage.Ending{Reason: reason, By: "by " + reason}, ids...)
		must(t, err)
		return stopped
	}
	s.EndReason, s.EndBy = "logout", "by logout"
	s.Deadline, idle.Deadline = time.UnixMicro(0).UTC(), time.UnixMicro(0).UTC()
	same(t, "stopped", stop("logout", "s", "none", "idle"), []storage.Session{s, idle})
	same(t, "stopped again", stop("operator", "s"), []storage.Session{s}) // the first reason stays
	same(t, "stopped nothing", len(stop("operator")), 0)
	same(t, "stopped what is not held", len(stop("operator", "none")), 0)

	// It is dead by any clock, and stays so.
	for _, when := range []time.Time{at, moment, moment.Add(-time.Hour)} {
		_, err := w.Get(ctx, "s", when)
		want(t, "Get", err, storage.ErrNotFound)
	}
	_, err = w.Act(ctx, storage.Activity{SessionID: "s", ClientID: "portal", At: moment, Counts: true})
	want(t, "Act", err, storage.ErrNotFound)
	_, err = w.Renew(ctx, storage.Renewal{SessionID: "s", At: moment, Was: s.SecretHash, SecretHash: []byte{4}})
	want(t, "Renew", err, storage.ErrNotFound)
	code := storage.Code{Hash: []byte{9}, GrantID: "g", Request: []byte("{}"), ExpiresAt: at.Add(time.Minute), KeepUntil: at.Add(time.Hour)}
	want(t, "Save of a code", e.Codes().Save(ctx, code, &storage.Activity{SessionID: "s", At: at}), storage.ErrEnded)
	must(t, e.Codes().Save(ctx, code, nil))
	_, err = e.Codes().Redeem(ctx, code.Hash, "s", at)
	want(t, "Redeem", err, storage.ErrEnded)
	left, err := w.ByPeople(ctx, moment, "a")
	must(t, err)
	same(t, "ByPeople", len(left), 0)
	page, _, err := w.Page(ctx, "", storage.SessionPlace{}, at, 10)
	must(t, err)
	same(t, "Page", page, []storage.Session{other})

	// Whoever comes after the lease goes on with it.
	claim := func(at time.Time) map[string]string {
		t.Helper()
		got, err := w.ClaimExpired(ctx, at, time.Minute, 10)
		must(t, err)
		why := map[string]string{}
		for _, one := range got {
			why[one.ID] = one.EndReason
		}
		return why
	}
	same(t, "claimed within the lease", claim(at.Add(time.Minute-us)), map[string]string{})
	same(t, "claimed after the lease", claim(at.Add(time.Minute)), map[string]string{"s": "logout", "idle": ""})
	held, err := w.Find(ctx, "s")
	must(t, err)
	same(t, "what is held", held, []storage.Session{s})
	removed, err := w.Remove(ctx, "s", "idle", "other")
	must(t, err)
	same(t, "removed", removed, 3)
}

func testClaimLimit(t *testing.T, e storage.Ephemeral) {
	ctx, w := t.Context(), e.Sessions()
	for i := range 25 {
		must(t, w.Create(ctx, someSession(fmt.Sprint("s", i))))
	}
	seen := map[string]bool{}
	for _, wanted := range []int{10, 10, 5, 0} {
		got, err := w.ClaimExpired(ctx, moment.Add(time.Hour), time.Hour, 10)
		must(t, err)
		same(t, "claimed", len(got), wanted)
		for _, s := range got {
			seen[s.ID] = true
		}
	}
	same(t, "distinct sessions", len(seen), 25)
}

func testByPeople(t *testing.T, e storage.Ephemeral) {
	ctx, w := t.Context(), e.Sessions()
	a1, a2, b := someSession("1"), someSession("2"), someSession("3")
	b.PersonID = "b"
	a2.Deadline = moment.Add(time.Minute)
	for _, s := range []storage.Session{a1, a2, b} {
		must(t, w.Create(ctx, s))
	}
	got, err := w.ByPeople(ctx, moment, "a")
	must(t, err)
	same(t, "ByPeople", got, []storage.Session{a1, a2})
	got, err = w.ByPeople(ctx, a2.Deadline, "a")
	must(t, err)
	same(t, "those that are alive", got, []storage.Session{a1})
	got, err = w.ByPeople(ctx, moment, "b", "nobody", "a")
	must(t, err)
	ids := map[string]string{}
	for _, one := range got {
		ids[one.ID] = one.PersonID
	}
	same(t, "ByPeople of several", ids, map[string]string{"1": "a", "2": "a", "3": "b"})
	got, err = w.ByPeople(ctx, moment)
	must(t, err)
	same(t, "ByPeople of nobody", len(got), 0)
	_, err = w.Remove(ctx, "1")
	must(t, err)
	got, err = w.ByPeople(ctx, a2.Deadline, "a")
	must(t, err)
	same(t, "after Remove", len(got), 0)
}

func testInteractions(t *testing.T, e storage.Ephemeral) {
	ctx, w := t.Context(), e.Interactions()
	i := storage.Interaction{ID: "i", HolderHash: []byte{5}, CreatedAt: moment, ExpiresAt: moment.Add(time.Hour), State: []byte(`{"a":1}`), Version: 1}
	_, err := w.Get(ctx, "i", moment)
	want(t, "Get of none", err, storage.ErrNotFound)
	want(t, "Update of none", w.Update(ctx, i, moment), storage.ErrNotFound)
	want(t, "Take of none", w.Take(ctx, "i", 1, moment), storage.ErrNotFound)
	must(t, w.Create(ctx, i))
	want(t, "second Create", w.Create(ctx, i), storage.ErrConflict)
	got, err := w.Get(ctx, "i", i.ExpiresAt.Add(-us))
	must(t, err)
	same(t, "Get", got, i)
	_, err = w.Get(ctx, "i", i.ExpiresAt)
	want(t, "Get at expiry", err, storage.ErrNotFound)
	want(t, "Update at expiry", w.Update(ctx, i, i.ExpiresAt), storage.ErrNotFound)
	i.State = []byte(`{"a":2}`)
	must(t, w.Update(ctx, i, moment))
	want(t, "Update of an old version", w.Update(ctx, i, moment), storage.ErrStale)
	i.Version = 2
	got, err = w.Get(ctx, "i", moment)
	must(t, err)
	same(t, "after Update", got, i)
	want(t, "Take of an old version", w.Take(ctx, "i", 1, moment), storage.ErrStale)
	want(t, "Take at expiry", w.Take(ctx, "i", 2, i.ExpiresAt), storage.ErrNotFound)
	must(t, w.Take(ctx, "i", 2, moment))
	_, err = w.Get(ctx, "i", moment)
	want(t, "Get after Take", err, storage.ErrNotFound)
}

func someCode(hash string) storage.Code {
	return storage.Code{Hash: []byte(hash), GrantID: "g", Request: []byte(`{"x":1}`), ExpiresAt: moment.Add(time.Minute), KeepUntil: moment.Add(30 * time.Minute)}
}

func testCodes(t *testing.T, e storage.Ephemeral) {
	ctx, w, c := t.Context(), e.Codes(), someCode("h")
	_, err := w.Redeem(ctx, c.Hash, "", moment)
	want(t, "Redeem of none", err, storage.ErrNotFound)
	must(t, w.Save(ctx, c, nil))
	want(t, "second Save", w.Save(ctx, c, nil), storage.ErrConflict)
	got, err := w.Redeem(ctx, c.Hash, "", c.ExpiresAt.Add(-us))
	must(t, err)
	same(t, "Redeem", got, c)
	got, err = w.Redeem(ctx, c.Hash, "", c.ExpiresAt.Add(time.Minute))
	want(t, "second Redeem", err, storage.ErrUsed)
	same(t, "the code beside ErrUsed", got, c)
	_, err = w.Redeem(ctx, c.Hash, "", c.KeepUntil)
	want(t, "Redeem when it is forgotten", err, storage.ErrNotFound)
	late := someCode("late")
	must(t, w.Save(ctx, late, nil))
	_, err = w.Redeem(ctx, late.Hash, "", late.ExpiresAt)
	want(t, "Redeem at expiry", err, storage.ErrNotFound)
}

func testCodeActivity(t *testing.T, e storage.Ephemeral) {
	ctx, w, s := t.Context(), e.Codes(), someSession("s")
	must(t, e.Sessions().Create(ctx, s))
	at := moment.Add(10 * time.Minute)
	lasting := func(hash string) storage.Code {
		c := someCode(hash)
		c.ExpiresAt, c.KeepUntil = moment.Add(2*time.Hour), moment.Add(3*time.Hour)
		return c
	}
	must(t, w.Save(ctx, lasting("one"), &storage.Activity{SessionID: "s", ClientID: "portal", At: at, Counts: true}))
	got, err := e.Sessions().Get(ctx, "s", at)
	must(t, err)
	same(t, "deadline", got.Deadline, at.Add(15*time.Minute))
	same(t, "clients", got.Clients, []string{"portal"})
	must(t, w.Save(ctx, lasting("two"), nil))
	must(t, w.Save(ctx, lasting("three"), nil))
	_, err = w.Redeem(ctx, []byte("one"), "s", at)
	must(t, err)
	_, err = w.Redeem(ctx, []byte("three"), "s", moment.Add(time.Hour))
	want(t, "Redeem after the session's deadline", err, storage.ErrEnded)
	_, err = w.Redeem(ctx, []byte("three"), "s", moment.Add(time.Hour))
	want(t, "Redeem again", err, storage.ErrUsed)
	_, err = w.Redeem(ctx, []byte("two"), "none", at)
	want(t, "Redeem of no session", err, storage.ErrEnded)
	for what, a := range map[string]storage.Activity{
		"of none":  {SessionID: "none", At: moment, Counts: true},
		"too late": {SessionID: "s", At: moment.Add(time.Hour), Counts: true},
	} {
		c := someCode("dead " + what)
		want(t, "Save with an activity "+what, w.Save(ctx, c, &a), storage.ErrEnded)
		_, err = w.Redeem(ctx, c.Hash, "", moment)
		want(t, "Redeem of what was not saved", err, storage.ErrNotFound)
	}
}

func testMarks(t *testing.T, e storage.Ephemeral) {
	ctx, w := t.Context(), e.Marks()
	set := func(at time.Time, wanted bool) {
		t.Helper()
		first, err := w.Set(ctx, "k", at, at.Add(time.Minute))
		must(t, err)
		same(t, "Set", first, wanted)
	}
	is := func(at time.Time, wanted bool, keys ...string) {
		t.Helper()
		got, err := w.Any(ctx, at, keys...)
		must(t, err)
		same(t, fmt.Sprint("Any of ", keys), got, wanted)
	}
	is(moment, false, "k")
	is(moment, false)
	set(moment, true)
	set(moment.Add(time.Minute-us), false)
	is(moment.Add(time.Minute-us), true, "other", "k")
	is(moment.Add(time.Minute), false, "other", "k")
	is(moment, false, "other")
	set(moment.Add(time.Minute), true)

	must(t, w.SetAll(ctx, moment))
	must(t, w.SetAll(ctx, moment, storage.Mark{Key: "k", Until: moment.Add(3 * time.Minute)}, storage.Mark{Key: "l", Until: moment.Add(time.Minute)}))
	each := func(at time.Time, wanted ...bool) {
		t.Helper()
		got, err := w.Each(ctx, at, "k", "none", "l")
		must(t, err)
		same(t, "Each", got, wanted)
	}
	// Whoever comes late with a shorter one takes nothing back.
	must(t, w.SetAll(ctx, moment, storage.Mark{Key: "k", Until: moment.Add(time.Minute)}))
	each(moment.Add(time.Minute-us), true, false, true)
	each(moment.Add(time.Minute), true, false, false)
	each(moment.Add(3*time.Minute), false, false, false)
	none, err := w.Each(ctx, moment)
	must(t, err)
	same(t, "Each of nothing", len(none), 0)
	set(moment.Add(3*time.Minute), true)
}

func testAttempts(t *testing.T, e storage.Ephemeral) {
	ctx, w := t.Context(), e.Attempts()
	add := func(at time.Time) {
		t.Helper()
		_, err := w.Reserve(ctx, at, storage.Claim{Key: "k", Forget: time.Hour})
		must(t, err)
	}
	get := func(at time.Time) storage.Attempt {
		t.Helper()
		all, err := w.Get(ctx, at, "none", "k")
		must(t, err)
		same(t, "Get of none", all[0], storage.Attempt{})
		return all[1]
	}
	add(moment)
	at := moment.Add(time.Hour - us)
	add(at)
	same(t, "Get", get(at.Add(time.Hour-us)), storage.Attempt{Count: 2, Last: at})
	same(t, "Get when it is forgotten", get(at.Add(time.Hour)), storage.Attempt{})
	add(at.Add(time.Hour))
	same(t, "counted anew when it was forgotten", get(at.Add(time.Hour)).Count, int64(1))
	must(t, w.Clear(ctx, "k", "none"))
	same(t, "Get after Clear", get(at), storage.Attempt{})
}

// claim lets two attempts pass, and then asks for a minute and for an hour.
func claim(key string) storage.Claim {
	return storage.Claim{Key: key, Free: 1, Waits: []time.Duration{time.Minute, time.Hour}, Forget: 2 * time.Hour}
}

func testReserve(t *testing.T, e storage.Ephemeral) {
	ctx, w := t.Context(), e.Attempts()
	reserve := func(at time.Time, want time.Duration, claims ...storage.Claim) {
		t.Helper()
		wait, err := w.Reserve(ctx, at, claims...)
		must(t, err)
		same(t, "Reserve", wait, want)
	}
	state := func(key string, at time.Time) storage.Attempt {
		t.Helper()
		all, err := w.Get(ctx, at, key)
		must(t, err)
		return all[0]
	}
	reserve(moment, 0, claim("k"))
	reserve(moment, 0, claim("k"))
	reserve(moment, time.Minute, claim("k"))
	at := moment.Add(time.Minute)
	reserve(at.Add(-us), us, claim("k"))
	reserve(at, 0, claim("k"))
	same(t, "after three", state("k", at), storage.Attempt{Count: 3, Last: at})

	// An attempt that was none leaves no trace.
	must(t, w.Return(ctx, at, "k", "none"))
	same(t, "after Return", state("k", at), storage.Attempt{Count: 2, Last: moment})
	same(t, "forgotten as if it had not been", state("k", moment.Add(2*time.Hour-us)).Count, int64(2))
	same(t, "forgotten as if it had not been", state("k", moment.Add(2*time.Hour)), storage.Attempt{})
	reserve(at, 0, claim("k"))
	reserve(at.Add(time.Hour-us), us, claim("k"))
	reserve(at.Add(time.Hour), 0, claim("k"))

	// The last wait holds for all that follow, and the longest of all claims;
	// none is entered where one has to wait.
	at = at.Add(time.Hour)
	reserve(at, 0, claim("l"))
	reserve(at, 0, claim("l"))
	reserve(at.Add(time.Second), time.Hour-time.Second, claim("l"), claim("k"), claim("m"))
	same(t, "entered nowhere", state("m", at), storage.Attempt{})
	same(t, "not moved", state("l", at), storage.Attempt{Count: 2, Last: at})
	must(t, w.Return(ctx, at.Add(time.Second), "m"))
	same(t, "nothing below zero", state("m", at), storage.Attempt{})

	// It is forgotten in the end.
	reserve(at.Add(2*time.Hour), 0, claim("k"))
	same(t, "after it was forgotten", state("k", at.Add(2*time.Hour)).Count, int64(1))
}
