package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
)

// told is what a 429 says of when to come back, in seconds.
func (w *adminWorld) told(answer *httptest.ResponseRecorder) int {
	w.t.Helper()
	seconds, err := strconv.Atoi(answer.Header().Get("Retry-After"))
	var d struct{ Type string }
	if err != nil || json.Unmarshal(answer.Body.Bytes(), &d) != nil || d.Type != "urn:claviger:problem:limited" {
		w.t.Errorf("too many: %v %s", answer.Header(), answer.Body)
	}
	return seconds
}

// TestAdminLimits: an address that is refused again and again is told less and less, and
// fills no log; it keeps nobody out who may. Nobody sends more in a minute than they may.
func TestAdminLimits(t *testing.T) { onBothStores(t, testAdminLimits) }

func testAdminLimits(t *testing.T, w *adminWorld) {
	now := time.Now().UTC().Truncate(time.Minute).Add(time.Minute + 5*time.Second)
	w.in.now = func() time.Time { return now }
	w.in.config.Admin.CallsPerMinute = 10
	var err error
	if w.server, err = w.in.assemble(t.Context(), w.ephemeral); err != nil {
		t.Fatal(err)
	}
	token := w.token("role-operator", everyScope())
	w.from = "203.0.113.7:40000"
	answers := map[int]int{}
	for range 130 {
		answer := w.call("GET", "/v1/people", "", nil, nil)
		answers[answer.Code]++
		if answer.Code == http.StatusTooManyRequests {
			if s := w.told(answer); s < 1 || s > 10 {
				t.Errorf("wait for %d s", s)
			}
			if all := w.events(answer); len(all) != 0 {
				t.Errorf("recorded all the same: %v", all)
			}
		}
	}
	if answers[401] != 101 || answers[429] != 29 {
		t.Errorf("answers %v", answers)
	}
	w.must(200, "GET", "/v1/jobs", token, "", nil, nil) // who may is not kept out by them
	// Who needs another token is told so, and it is not recorded.
	if answer := w.call("GET", "/v1/people", "garbage", nil, nil); answer.Code != http.StatusUnauthorized || answer.Header().Get("WWW-Authenticate") == "" || len(w.events(answer)) != 0 {
		t.Errorf("with a bad token: %d %v", answer.Code, answer.Header())
	}
	w.from = "203.0.113.8:40000"
	w.must(401, "GET", "/v1/people", "", "", nil, nil)
	w.from = ""
	for i := range 9 {
		if answer := w.call("GET", "/v1/jobs", token, nil, nil); answer.Code != http.StatusOK {
			t.Fatalf("request %d: %d", i+2, answer.Code)
		}
	}
	over := w.call("GET", "/v1/jobs", token, nil, nil)
	if s := w.told(over); over.Code != http.StatusTooManyRequests || s != 55 {
		t.Errorf("the eleventh: %d, wait for %d s", over.Code, s)
	}
	if got := w.logged(over, audit.OperatorDenied); len(got) != 1 || got[0] != "deny:too_many" {
		t.Errorf("recorded: %v", got)
	}
	w.must(200, "GET", "/v1/jobs", w.token("role-auditor", everyScope()), "", nil, nil) // others have their own
	now = now.Add(55 * time.Second)
	w.must(200, "GET", "/v1/jobs", token, "", nil, nil)
}
