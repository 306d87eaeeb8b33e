package e2e

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// told is the logout endpoint of an application that has bad days: each request is
// answered by the next of its answers, and by 200 when there are none left.
type told struct {
	mu      sync.Mutex
	tokens  []string // that were answered with 200
	answers []http.HandlerFunc
}

func (a *told) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := r.PostFormValue("logout_token")
	a.mu.Lock()
	if len(a.answers) > 0 {
		next := a.answers[0]
		a.answers = a.answers[1:]
		a.mu.Unlock()
		next(w, r)
		return
	}
	defer a.mu.Unlock()
	a.tokens = append(a.tokens, token)
}

func broken(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }

func hangs(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func hangsUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// ledgerLine is what the command tells of a line.
type ledgerLine struct{ ID, Client, Session, State string }

func (in *installation) ledger() []ledgerLine {
	in.t.Helper()
	var lines []ledgerLine
	if err := json.Unmarshal([]byte(in.claviger("logout", "list", "--json")), &lines); err != nil {
		in.t.Fatal(err)
	}
	return lines
}

// until asks until it is so, for at most two minutes.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !so(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after two minutes still not: %s", what)
		}
	}
}

// outage is a store that a test takes away and gives back.
type outage interface {
	cut()
	mend()
}

// TestLedgerSurvives kills the process that is about to end sessions, before and
// after it has written that down, and takes both stores away while applications are
// told which answer 500, hang, hang up, or are not there: each of them gets a token
// for each session that ended and none for the one that lives, and the ledger says so.
// On the embedded stores TestKilledWhileSessionsEnd has the kill before.
func TestLedgerSurvives(t *testing.T) {
	t.Parallel()
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel() // mostly they wait
			testLedgerSurvives(t, backend)
		})
	}
}

func testLedgerSurvives(t *testing.T, backend string) {
	idle := 12 * time.Second
	if backend != "embedded" {
		idle = 30 * time.Second // nobody's time may be over before all are signed in
	}
	settings := map[string]string{
		"session.idle": quote("30m"), "session.shared_idle": quote(idle.String()), "outbound.allow": `["127.0.0.1"]`,
	}
	in := newInstallation(t, backend, settings)
	people := in.enroll(4)
	address := in.authorize
	apps := map[string]*told{
		"fine": {}, "broken": {answers: []http.HandlerFunc{broken, broken}}, "hangs": {answers: []http.HandlerFunc{hangs}},
		"hangsup": {answers: []http.HandlerFunc{hangsUp, hangsUp}}, "absent": {},
	}
	absent := freeAddress(t)
	for id, app := range apps {
		at := "http://" + absent
		if id != "absent" {
			s := httptest.NewServer(app)
			t.Cleanup(s.Close)
			at = s.URL
		}
		in.register(id, redirectTo, goodbye, "--public", "--backchannel-logout-uri", at+"/logout")
	}
	second := in
	var durable, ephemeral outage
	var first *wire // to the database of the first process; nil on the embedded stores
	pause := 2 * time.Second
	if backend == "embedded" {
		data := filepath.Join(in.dir, "data")
		durable, ephemeral = &lockedFile{t: t, path: filepath.Join(data, "claviger.db")}, &lockedFile{t: t, path: filepath.Join(data, "ephemeral.db")}
		pause = 6 * time.Second // longer than anybody waits for a lock
	} else {
		direct, err := os.ReadFile(filepath.Join(in.dir, "postgres.url"))
		if err != nil {
			t.Fatal(err)
		}
		aside := in.secretFile("aside.url", string(direct))
		second = &installation{t: t, dir: in.dir, issuer: in.issuer, public: in.public, admin: in.admin}
		settings["data.postgres_url_file"] = quote(aside)
		second.config = in.replicaConfig(second, settings)
		first, durable = interpose(t, filepath.Join(in.dir, "postgres.url")), interpose(t, aside)
		ephemeral = interpose(t, filepath.Join(in.dir, "redis.url"))
	}

	server := in.serve()
	living := newPerson(t, redirectTo, nil)
	living.signIn(address("fine"), people[0].userID, people[0].temporary, personal)
	ended := map[string]bool{}
	for _, who := range people[1:] {
		p := newPerson(t, redirectTo, nil)
		p.open(address("fine"))
		p.form.values.Set("shared", "1")
		p.submit(map[string]string{"userid": who.userID, "password": who.temporary})
		if back := p.submit(map[string]string{"new-password": personal, "confirm": personal}); back == nil {
			t.Fatalf("not signed in, at %s:\n%s", p.page, p.text)
		}
		for id := range apps {
			for _, one := range []*person{p, living} {
				if back := one.open(address(id)); back == nil || !back.Query().Has("code") {
					t.Fatalf("%s: not let in, at %s", id, one.page)
				}
			}
		}
		for _, id := range second.sessionsOf(who.userID) {
			ended[id] = true
		}
	}
	lives := second.sessionsOf(people[0].userID)
	if len(ended) != 3 || len(lives) != 1 {
		t.Fatalf("%d and %d sessions", len(ended), len(lives))
	}

	if first != nil {
		// Before: it has claimed them, and cannot write.
		first.block()
		time.Sleep(idle + 2*time.Second)
		server.kill()
		if lines := second.ledger(); len(lines) != 0 {
			t.Fatalf("written down already: %v", lines)
		}
		server = second.serve() // writes them down when the lease is over
	}
	// After: it has written them down, and dies.
	until(t, "written down", func() bool { return len(second.ledger()) >= len(apps) })
	server.kill()

	server = second.serve()
	for _, store := range []outage{ephemeral, durable} {
		store.cut()
		time.Sleep(pause)
		store.mend()
	}
	l, err := net.Listen("tcp", absent)
	if err != nil {
		t.Fatal(err)
	}
	back := &http.Server{Handler: apps["absent"], ReadHeaderTimeout: time.Minute}
	go func() { _ = back.Serve(l) }()
	t.Cleanup(func() { _ = back.Close() })
	until(t, "delivered", func() bool {
		delivered := 0
		for _, line := range second.ledger() {
			if line.State == "delivered" {
				delivered++
			}
		}
		return delivered == len(apps)*len(ended)
	})

	for _, line := range second.ledger() {
		if !ended[line.Session] || apps[line.Client] == nil {
			t.Errorf("the ledger knows of %+v", line)
		}
	}
	provider, err := oidc.NewProvider(t.Context(), in.issuer)
	if err != nil {
		t.Fatal(err)
	}
	for id, app := range apps {
		heard := app.sessions(t, provider, id)
		for one := range heard {
			if !ended[one] {
				t.Errorf("%s was told of the session %s, which lives", id, one)
			}
		}
		if len(heard) != len(ended) {
			t.Errorf("%s was told of %d of %d sessions", id, len(heard), len(ended))
		}
	}
	if back := living.open(address("fine")); back == nil || !back.Query().Has("code") {
		t.Errorf("who did not leave is signed out, at %s", living.page)
	}

	// Who asks for it has it repeated: by a command beside the server, and by one
	// before the server starts.
	line, fine := ledgerLine{}, apps["fine"]
	for _, one := range second.ledger() {
		if one.Client == "fine" {
			line = one
		}
	}
	repeated := func(n int) func() bool {
		return func() bool { return fine.heard() == n && second.line(line.ID).State == "delivered" }
	}
	n := fine.heard()
	second.claviger("logout", "redeliver", line.ID)
	until(t, "repeated beside the server", repeated(n+1))
	server.stop()
	second.claviger("logout", "redeliver", line.ID)
	if state := second.line(line.ID).State; state != "pending" {
		t.Errorf("what is to be repeated is %s", state)
	}
	server = second.serve()
	until(t, "repeated after the start", repeated(n+2))
	server.stop()
	if told := fine.sessions(t, provider, "fine"); told[line.Session] < 3 {
		t.Errorf("the application was told of the session %d times", told[line.Session])
	}
	second.claviger("audit", "verify")
	if n := strings.Count(second.claviger("audit", "export"), `"kind":"logout.ordered"`); n != 2 {
		t.Errorf("%d orders are in the log", n)
	}
}

// line is a line of the ledger.
func (in *installation) line(id string) ledgerLine {
	in.t.Helper()
	for _, one := range in.ledger() {
		if one.ID == id {
			return one
		}
	}
	in.t.Fatalf("there is no line %s", id)
	return ledgerLine{}
}

func (in *installation) sessionsOf(userID string) (ids []string) {
	in.t.Helper()
	var all []struct{ Session string }
	if err := json.Unmarshal([]byte(in.claviger("session", "list", userID, "--json")), &all); err != nil {
		in.t.Fatal(err)
	}
	for _, one := range all {
		ids = append(ids, one.Session)
	}
	return ids
}
