package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestEventsAfterKill kills the server that tells of events, and who is told fails at
// first: each event that is in the audit log arrives.
func TestEventsAfterKill(t *testing.T) {
	t.Parallel()
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			testEventsAfterKill(t, backend)
		})
	}
}

func testEventsAfterKill(t *testing.T, backend string) {
	var mu sync.Mutex
	told, calls := map[string]int{}, 0
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		mu.Lock()
		defer mu.Unlock()
		if calls++; calls == 1 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		told[r.Header.Get("webhook-id")]++
	}))
	t.Cleanup(receiver.Close)
	heard := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(told)
	}

	in := newInstallation(t, backend, map[string]string{"outbound.allow": `["127.0.0.1"]`})
	people := in.enroll(3)
	in.claviger("event", "subscribe", "--url", receiver.URL, "--kinds", "person.suspended,person.reinstated", "--reason", "new_receiver", "--secret-out", filepath.Join(in.dir, "event.secret"))
	server := in.serve()
	turn := func() {
		for _, who := range people {
			in.claviger("person", "suspend", who.userID, "--reason", "inquiry")
			in.claviger("person", "reinstate", who.userID, "--reason", "inquiry")
		}
	}
	turn()
	server.kill()
	turn()
	in.serve()

	events := filepath.Join(in.dir, "events.ndjson")
	in.claviger("audit", "export", "--out", events)
	wanted := map[string]bool{}
	id := regexp.MustCompile(`"id":"([0-9a-z]{26})"`)
	for line := range strings.Lines(readFile(t, events)) {
		if strings.Contains(line, `"kind":"person.suspended"`) || strings.Contains(line, `"kind":"person.reinstated"`) {
			if m := id.FindStringSubmatch(line); m != nil {
				wanted[m[1]] = true
			}
		}
	}
	if len(wanted) != 4*len(people) {
		t.Fatalf("%d events in the log", len(wanted))
	}
	// What the killed one had under way comes when its lease is over, two minutes.
	for deadline := time.Now().Add(4 * time.Minute); heard() < len(wanted) && time.Now().Before(deadline); {
		time.Sleep(100 * time.Millisecond)
	}
	mu.Lock()
	defer mu.Unlock()
	for id := range wanted {
		if told[id] == 0 {
			t.Errorf("nobody was told of %s", id)
		}
	}
	for id := range told {
		if !wanted[id] {
			t.Errorf("told of %s, which is not in the log", id)
		}
	}
}
