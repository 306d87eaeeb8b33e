package oidc_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// TestLogoutPace lets sessions with three applications idle out by the real clock,
// and prints how late they end and how late the applications hear of it. Each hears
// of each session, and of none before its time. `make pace` does it with a thousand.
func TestLogoutPace(t *testing.T) { onEveryStore(t, testLogoutPace) }

func testLogoutPace(t *testing.T, w *world) {
	sessions := 20
	if text := os.Getenv("CLAVIGER_PACE_SESSIONS"); text != "" {
		var err error
		if sessions, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.run()
	// Long enough for all of them to begin.
	w.Sessions.Limits.Idle, w.Sessions.Wake = 2*time.Second+time.Duration(sessions)*20*time.Millisecond, w.Logouts.Wake
	var (
		mu    sync.Mutex // guards heard
		heard = map[string]time.Time{}
		apps  = []string{"pace-a", "pace-b", "pace-c"}
		all   = make(chan struct{})
	)
	for _, id := range apps {
		s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			at, token := w.clock.now(), r.PostFormValue("logout_token")
			claims, _ := w.claimsOf(token)
			mu.Lock()
			defer mu.Unlock()
			key := fmt.Sprint(claims["sid"], ".", id)
			if _, again := heard[key]; !again {
				heard[key] = at
				if len(heard) == sessions*len(apps) {
					close(all)
				}
			}
		}))
		t.Cleanup(s.Close)
		register(t, w, (&listener{Server: s}).client(id))
	}
	deadlines := make([]storage.Session, sessions)
	var group errgroup.Group
	group.SetLimit(8)
	for i := range sessions {
		group.Go(func() error {
			_, s, err := w.Sessions.Begin(t.Context(), session.Beginning{
				PersonID: fmt.Sprint("p", i), Subject: fmt.Sprint("s", i), AuthTime: w.clock.now(), ACR: "x", AMR: []string{"pwd"},
			})
			for _, id := range apps {
				if err == nil {
					s, err = w.Sessions.Join(t.Context(), s.ID, id, 0, 0)
				}
			}
			deadlines[i] = s
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	// They all do something, and then nothing: their deadlines lie close together.
	for i := range sessions {
		group.Go(func() (err error) {
			deadlines[i], err = w.Sessions.Touch(t.Context(), deadlines[i].ID)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var work errgroup.Group
	work.Go(func() error { return w.Sessions.Run(ctx) })
	work.Go(func() error { return w.Logouts.Run(ctx) })
	select {
	case <-all:
	case <-time.After(5 * time.Minute):
		t.Error("after five minutes not all have heard")
	}
	stop()
	if err := work.Wait(); err != nil {
		t.Fatal(err)
	}
	var detected, delivered []time.Duration
	for _, s := range deadlines {
		for _, line := range w.ledger(s.ID) {
			at, ok := heard[s.ID+"."+line.ClientID]
			if !ok || at.Before(s.Deadline) || line.CreatedAt.Before(s.Deadline) {
				t.Errorf("%s of %s: due %s, ended %s, heard %s", line.ClientID, s.ID, s.Deadline, line.CreatedAt, at)
			}
			detected, delivered = append(detected, line.CreatedAt.Sub(s.Deadline)), append(delivered, at.Sub(s.Deadline))
		}
	}
	if len(delivered) != sessions*len(apps) {
		t.Fatalf("%d lines", len(delivered))
	}
	span := deadlines[0].Deadline
	last := span
	for _, s := range deadlines {
		if s.Deadline.Before(span) {
			span = s.Deadline
		}
		if s.Deadline.After(last) {
			last = s.Deadline
		}
	}
	t.Logf("%s: %d sessions x %d applications, deadlines within %s: ended %s, heard %s", t.Name(), sessions, len(apps), last.Sub(span).Round(time.Millisecond), spread(detected), spread(delivered))
}

func spread(all []time.Duration) string {
	slices.Sort(all)
	at := func(q float64) time.Duration { return all[int(q*float64(len(all)-1))].Round(time.Millisecond) }
	return fmt.Sprintf("median %s, p95 %s, worst %s late", at(.5), at(.95), at(1))
}
