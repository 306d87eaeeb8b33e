package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/claviger-id/claviger/storage"
)

// paged puts the pages together: the ids of all sessions that are alive, or of those of a
// client, after a place.
func paged(t *testing.T, w storage.Sessions, client string, after storage.SessionPlace, at time.Time, limit int) (ids []string, pages int) {
	t.Helper()
	for ; ; pages++ {
		found, last, err := w.Page(t.Context(), client, after, at, limit)
		must(t, err)
		if len(found) > limit {
			t.Fatalf("a page of %d has %d sessions", limit, len(found))
		}
		for _, one := range found {
			ids = append(ids, one.ID)
		}
		if last.IsZero() {
			return ids, pages + 1
		}
		if last.Compare(after) <= 0 {
			t.Fatalf("the place after %v is %v", after, last)
		}
		after = last
	}
}

func testPage(t *testing.T, e storage.Ephemeral) {
	ctx, w := t.Context(), e.Sessions()
	var wanted []string
	var all []storage.Session
	for i := range 250 {
		s := someSession(fmt.Sprintf("s%03d", (i*7)%250))
		// Several begin in one microsecond.
		s.CreatedAt = moment.Add(time.Duration(i/4) * us)
		if i%10 == 0 {
			s.Deadline = moment
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b storage.Session) int { return a.Place().Compare(b.Place()) })
	for _, s := range all {
		if s.Alive(moment) {
			wanted = append(wanted, s.ID)
		}
	}
	for i := range all {
		must(t, w.Create(ctx, all[(i*11)%len(all)]))
	}
	for _, limit := range []int{1, 7, 100, 250, 251} {
		got, pages := paged(t, w, "", storage.SessionPlace{}, moment, limit)
		same(t, fmt.Sprint("sessions in pages of ", limit), got, wanted)
		same(t, "pages", pages, (250+limit-1)/limit)
	}
	got, _ := paged(t, w, "", all[100].Place(), moment, 20)
	same(t, "sessions after one of them", got, wanted[slices.Index(wanted, all[101].ID):])
	got, _ = paged(t, w, "", storage.SessionPlace{CreatedAt: all[100].CreatedAt, ID: all[100].ID + "x"}, moment, 20)
	same(t, "sessions after one that there is not", got, wanted[slices.Index(wanted, all[101].ID):])

	// Whoever ends them while leafing misses none, and activity brings none twice.
	var seen []string
	for after := (storage.SessionPlace{}); ; {
		found, last, err := w.Page(ctx, "", after, moment, 20)
		must(t, err)
		for _, one := range found {
			seen = append(seen, one.ID)
			if len(seen)%2 == 0 {
				_, err = w.Act(ctx, storage.Activity{SessionID: one.ID, ClientID: "portal", At: moment.Add(time.Minute), Counts: true})
			} else {
				_, err = w.Remove(ctx, one.ID)
			}
			must(t, err)
		}
		if after = last; after.IsZero() {
			break
		}
	}
	same(t, "sessions while they end", seen, wanted)
	got, _ = paged(t, w, "", storage.SessionPlace{}, moment, 100)
	same(t, "sessions that are left", len(got), len(wanted)/2)
}

func testPageOfClient(t *testing.T, e storage.Ephemeral) {
	ctx, w := t.Context(), e.Sessions()
	const odd = "https://apps.example/{x}?a=b c"
	of := func(client string, at time.Time) []string {
		t.Helper()
		got, _ := paged(t, w, client, storage.SessionPlace{}, at, 3)
		return got
	}
	for i := range 40 {
		s := someSession(fmt.Sprintf("s%03d", i))
		s.CreatedAt = moment.Add(time.Duration(i) * us)
		if i == 39 {
			s.Clients = []string{"first", odd}
		}
		must(t, w.Create(ctx, s))
	}
	join := func(id, client string, at time.Time) {
		t.Helper()
		_, err := w.Act(ctx, storage.Activity{SessionID: id, ClientID: client, At: at})
		must(t, err)
	}
	same(t, "sessions of an application that nobody uses", len(of("portal", moment)), 0)
	same(t, "sessions that began with it", of("first", moment), []string{"s039"})
	for _, id := range []string{"s021", "s003", "s030", "s012", "s003"} {
		join(id, "portal", moment)
		join(id, odd, moment)
	}
	join("s021", "port", moment)
	same(t, "sessions of an application", of("portal", moment), []string{"s003", "s012", "s021", "s030"})
	same(t, "of one whose name begins the same", of("port", moment), []string{"s021"})
	same(t, "of one with an odd name", of(odd, moment), []string{"s003", "s012", "s021", "s030", "s039"})
	must(t, e.Codes().Save(ctx, someCode("c"), &storage.Activity{SessionID: "s005", ClientID: "portal", At: moment}))
	same(t, "with one that got a code", of("portal", moment), []string{"s003", "s005", "s012", "s021", "s030"})
	strict := storage.Activity{SessionID: "s006", ClientID: "portal", At: moment.Add(time.Minute), IdleLimit: time.Minute}
	_, err := w.Act(ctx, strict)
	want(t, "what does not suit", err, storage.ErrEnded)
	strict.SessionID = "none"
	_, err = w.Act(ctx, strict)
	want(t, "what there is not", err, storage.ErrNotFound)
	same(t, "after what did not become", of("portal", moment), []string{"s003", "s005", "s012", "s021", "s030"})

	// What is dead is not among them, whether somebody removes it or not.
	_, err = w.Stop(ctx, moment, time.Minute, storage.Ending{Reason: "logout"}, "s003")
	must(t, err)
	_, err = w.Remove(ctx, "s012", "s021")
	must(t, err)
	same(t, "after ends", of("portal", moment), []string{"s005", "s030"})
	same(t, "of another application, after ends", of("port", moment), []string(nil))
	_, err = w.Act(ctx, storage.Activity{SessionID: "s030", At: moment.Add(10 * time.Minute), Counts: true})
	must(t, err)
	same(t, "after the deadline of one", of("portal", moment.Add(15*time.Minute)), []string{"s030"})
	claimed, err := w.ClaimExpired(ctx, moment.Add(15*time.Minute), time.Minute, 100)
	must(t, err)
	same(t, "claimed", len(claimed), 37)
	same(t, "after the claim", of("portal", moment), []string{"s030"})
	for _, one := range claimed {
		_, err = w.Remove(ctx, one.ID)
		must(t, err)
	}
	same(t, "after the end of the others", of("portal", moment), []string{"s030"})
	join("s030", "again", moment.Add(16*time.Minute))
	same(t, "of an application that joined later", of("again", moment), []string{"s030"})
}

func testEach(t *testing.T, e storage.Ephemeral) {
	ctx, w := t.Context(), e.Sessions()
	wanted, ofPortal := map[string]int{}, map[string]int{}
	for i := range 250 {
		s := someSession(fmt.Sprintf("s%03d", i))
		s.Clients = []string{"port"}
		if i%3 == 0 {
			s.Clients = []string{"first", "portal"}
		}
		if i%10 == 0 {
			s.Deadline = moment
		} else {
			wanted[s.ID] = 1
			if i%3 == 0 {
				ofPortal[s.ID] = 1
			}
		}
		must(t, w.Create(ctx, s))
	}
	seen := map[string]int{}
	must(t, w.Each(ctx, "portal", moment, func(s storage.Session) error { seen[s.ID]++; return nil }))
	same(t, "sessions of an application", seen, ofPortal)
	clear(seen)
	must(t, w.Each(ctx, "", moment, func(s storage.Session) error {
		seen[s.ID]++
		_, err := w.Remove(ctx, s.ID)
		return err
	}))
	same(t, "sessions seen", seen, wanted)
	must(t, w.Each(ctx, "", moment, func(s storage.Session) error { return fmt.Errorf("%s is there still", s.ID) }))
	must(t, w.Create(ctx, someSession("a")))
	must(t, w.Create(ctx, someSession("b")))
	stop, calls := errors.New("stop"), 0
	err := w.Each(ctx, "", moment, func(storage.Session) error { calls++; return stop })
	want(t, "an error of fn", err, stop)
	same(t, "calls", calls, 1)
}

// testRacePage: sessions that begin and join while others look, and end, are all found.
func testRacePage(t *testing.T, e storage.Ephemeral) {
	ctx, w := t.Context(), e.Sessions()
	_, lost := race(func(i int) error {
		s := someSession(strconv.Itoa(i))
		if err := w.Create(ctx, s); err != nil {
			return err
		}
		if _, err := w.Act(ctx, storage.Activity{SessionID: s.ID, ClientID: "portal", At: moment}); err != nil {
			return err
		}
		_, _, err := w.Page(ctx, "portal", storage.SessionPlace{}, moment, 5)
		if err == nil && i%2 == 0 {
			_, err = w.Remove(ctx, s.ID)
		}
		return err
	})
	if len(lost) > 0 {
		t.Fatal(lost)
	}
	held, err := w.Count(ctx)
	must(t, err)
	for _, client := range []string{"", "portal"} {
		found, _ := paged(t, w, client, storage.SessionPlace{}, moment, 3)
		same(t, "sessions of "+strconv.Quote(client), int64(len(found)), held)
	}
}

// SessionListings holds that a page of sessions costs the same with few and with many of
// them, wherever it is; work returns what do costs the store, in a unit of its own.
func SessionListings(t *testing.T, open func(t *testing.T) storage.Ephemeral, work func(e storage.Ephemeral, do func() error) (int64, error)) {
	few, many := sessionWork(t, open(t), 800, work), sessionWork(t, open(t), 3200, work)
	for name, w := range many {
		if less := few[name]; w > 2*less+60 {
			t.Errorf("%s: %d with many sessions, %d with few", name, w, less)
		}
	}
}

func sessionWork(t *testing.T, e storage.Ephemeral, n int, work func(e storage.Ephemeral, do func() error) (int64, error)) map[string]int64 {
	t.Helper()
	ctx, w := t.Context(), e.Sessions()
	at := func(i int) time.Time { return moment.Add(time.Duration(i) * us) }
	var begin errgroup.Group
	begin.SetLimit(32)
	for i := range n {
		s := someSession(number("s", i))
		s.PersonID, s.CreatedAt, s.Clients = number("p", i/10), at(i), []string{"portal"}
		if i < rare {
			s.Clients = append(s.Clients, "ward") // the others come after all of them
		}
		begin.Go(func() error { return w.Create(ctx, s) })
	}
	must(t, begin.Wait())
	took := map[string]int64{}
	note := func(name string, rows int, do func(ctx context.Context) (int, error)) {
		t.Helper()
		got, err := 0, error(nil)
		took[name], err = work(e, func() (err error) {
			got, err = do(ctx)
			return err
		})
		must(t, err)
		same(t, name+", rows", got, rows)
		if took[name] == 0 {
			t.Errorf("%s cost nothing", name)
		}
	}
	for client, held := range map[string]int{"": n, "portal": n, "ward": rare, "nobody's": 0} {
		for where, from := range map[string]int{"the beginning": 0, "the middle": held / 2, "the end": max(0, held-page)} {
			after := storage.SessionPlace{CreatedAt: at(from - 1), ID: number("s", from-1)}
			note(fmt.Sprintf("sessions of %q, at %s", client, where), min(page, held-from), func(ctx context.Context) (int, error) {
				found, _, err := w.Page(ctx, client, after, moment, page)
				return len(found), err
			})
		}
	}
	note("sessions of people", 20, func(ctx context.Context) (int, error) {
		found, err := w.ByPeople(ctx, moment, number("p", 1), number("p", 2))
		return len(found), err
	})
	return took
}
