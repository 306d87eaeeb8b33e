package e2e

import (
	"context"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"
)

// ending is where the process that ends a session dies.
type ending string

const (
	// uncommitted: the session is claimed, or its sign-out under way, all that can be
	// written is, and nothing is committed.
	uncommitted ending = "before the commit"
	// unheard: it is committed, and the process has not heard so.
	unheard ending = "before the answer to the commit"
	// unremoved: it is committed, and the session still stands in the other store.
	unremoved ending = "between commit and removal"
)

// holder keeps a process at a point of the end of a session.
type holder interface {
	// hold has every end of a session wait before its commit.
	hold()
	// reached waits until one does.
	reached()
	// pass lets it through the commit, and keeps it from the other store.
	pass()
	// release gives everything free after the process was killed; what waited for its
	// commit is committed only where that is said.
	release(commit bool)
}

// TestKilledWhileSessionsEnd kills the process that ends a session, because its time
// is over or because its person signs out, at each point where something is done and
// the rest is not. After the next start, which needs no repair, the session is over,
// whether or not there is an application that has to be told: each of them is told of
// each session that ended and of none that lives, and the ledger says so.
func TestKilledWhileSessionsEnd(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		backend     string
		idle, quiet bool // nobody has to be told
		at          ending
	}{
		{"embedded", true, false, uncommitted},
		{"embedded", true, false, unremoved},
		{"embedded", false, false, uncommitted},
		{"embedded", false, true, unremoved},
		{"postgres+redis", true, false, uncommitted},
		{"postgres+redis", true, false, unheard},
		{"postgres+redis", true, false, unremoved},
		{"postgres+redis", false, false, uncommitted},
		{"postgres+redis", false, true, unremoved},
	} {
		why := "sign-out"
		if test.idle {
			why = "idle"
		}
		if test.quiet {
			why += " that nobody is told of"
		}
		t.Run(test.backend+"/"+why+"/"+string(test.at), func(t *testing.T) {
			t.Parallel() // mostly they wait
			testKilledWhileSessionsEnd(t, test.backend, test.idle, test.quiet, test.at)
		})
	}
}

func testKilledWhileSessionsEnd(t *testing.T, backend string, idle, quiet bool, at ending) {
	in := newInstallation(t, backend, map[string]string{
		"session.idle": quote("30m"), "session.shared_idle": quote("20s"), "outbound.allow": `["127.0.0.1"]`,
	})
	people := in.enroll(2)
	apps := map[string]*told{"first": {}, "second": {}}
	for id, app := range apps {
		s := httptest.NewServer(app)
		t.Cleanup(s.Close)
		tells := []string{"--public", "--backchannel-logout-uri", s.URL + "/logout"}
		if quiet {
			tells = tells[:1]
		}
		in.register(id, redirectTo, goodbye, tells...)
	}
	address := in.authorize
	var hold holder = newEmbeddedHolder(t, in, idle)
	if backend != "embedded" {
		hold = newServersHolder(t, in)
	}
	server := in.serve()

	signedIn := func(p *person) bool {
		back := p.open(address("first"))
		return back != nil && back.Query().Has("code")
	}
	joins := func(p *person) {
		for id := range apps {
			if back := p.open(address(id)); back == nil || !back.Query().Has("code") {
				t.Fatalf("%s: not let in, at %s:\n%s", id, p.page, p.text)
			}
		}
	}
	stays := newPerson(t, redirectTo, nil)
	stays.signIn(address("first"), people[0].userID, people[0].temporary, personal)
	joins(stays)
	leaves := newPerson(t, redirectTo, nil)
	leaves.open(address("first"))
	if idle {
		leaves.form.values.Set("shared", "1")
	}
	leaves.submit(map[string]string{"userid": people[1].userID, "password": people[1].temporary})
	if back := leaves.submit(map[string]string{"new-password": personal, "confirm": personal}); back == nil {
		t.Fatalf("not signed in, at %s:\n%s", leaves.page, leaves.text)
	}
	joins(leaves)
	if !idle {
		leaves.open(in.issuer + "/sign-out")
	}

	hold.hold()
	answer := make(chan struct{})
	go func() {
		defer close(answer)
		if !idle {
			if res, err := leaves.client.Do(leaves.post(nil)); err == nil { // it is killed
				_ = res.Body.Close()
			}
		}
	}()
	hold.reached()
	if at == unremoved {
		hold.pass()
	}
	server.kill()
	<-answer
	hold.release(at == unheard)

	if lines := in.ledger(); len(lines) != 0 != (at != uncommitted && !quiet) {
		t.Fatalf("the ledger after the end has %v", lines)
	}
	for id, app := range apps {
		if n := app.heard(); n != 0 {
			t.Errorf("%s was told %d times already", id, n)
		}
	}
	server = in.serve()
	if signedIn(leaves) {
		t.Error("whose session was about to end is signed in")
	}
	if !quiet {
		until(t, "told", func() bool { return apps["first"].heard() > 0 && apps["second"].heard() > 0 })
	}
	if !signedIn(stays) {
		t.Errorf("who did not leave is signed out, at %s", stays.page)
	}
	provider, err := oidc.NewProvider(t.Context(), in.issuer)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]map[string]int{}
	for id, app := range apps {
		told[id] = app.sessions(t, provider, id)
	}
	server.stop()

	lines := in.ledger()
	for _, line := range lines {
		if line.State != "delivered" || line.Session != lines[0].Session || apps[line.Client] == nil {
			t.Errorf("the ledger has %+v", line)
		}
	}
	if quiet {
		if left := in.sessionsOf(people[1].userID); len(left) != 0 || len(lines) != 0 {
			t.Errorf("%v is left, and the ledger has %d lines", left, len(lines))
		}
		in.claviger("audit", "verify")
		return
	}
	if len(lines) != len(apps) {
		t.Fatalf("the ledger has %d lines", len(lines))
	}
	if living := in.sessionsOf(people[0].userID); len(living) != 1 || living[0] == lines[0].Session {
		t.Errorf("%v lives, %s ended", living, lines[0].Session)
	}
	if left := in.sessionsOf(people[1].userID); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
	for id, sessions := range told {
		if !slices.Equal(slices.Sorted(maps.Keys(sessions)), []string{lines[0].Session}) {
			t.Errorf("%s was told of %v", id, sessions)
		}
	}
	in.claviger("audit", "verify")
}

// heard returns how many tokens were answered with 200.
func (a *told) heard() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.tokens)
}

// sessions returns of which sessions an application was told with a valid token, and
// how often.
func (a *told) sessions(t *testing.T, provider *oidc.Provider, clientID string) map[string]int {
	t.Helper()
	a.mu.Lock()
	tokens := slices.Clone(a.tokens)
	a.mu.Unlock()
	all := map[string]int{}
	for _, text := range tokens {
		token, err := provider.Verifier(&oidc.Config{ClientID: clientID, SkipExpiryCheck: true}).Verify(context.Background(), text)
		if err != nil {
			t.Fatalf("%s: %v", clientID, err)
		}
		var claims struct {
			Session string `json:"sid"`
		}
		if err := token.Claims(&claims); err != nil {
			t.Fatal(err)
		}
		all[claims.Session]++
	}
	return all
}

// serversHolder keeps ends at the lock of a trigger that PostgreSQL runs at the
// commit of what records them, and from Redis by the wire.
type serversHolder struct {
	t     *testing.T
	conn  *pgx.Conn
	redis *wire
}

func newServersHolder(t *testing.T, in *installation) *serversHolder {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(in.dir, "postgres.url"))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	h := &serversHolder{t: t, conn: conn, redis: interpose(t, filepath.Join(in.dir, "redis.url"))}
	h.exec(`CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END $$`)
	h.exec(`CREATE CONSTRAINT TRIGGER held AFTER INSERT ON audit_event DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
		WHEN (NEW.kind = 'session.ended') EXECUTE FUNCTION held()`)
	return h
}

func (h *serversHolder) exec(sql string) {
	h.t.Helper()
	if _, err := h.conn.Exec(context.Background(), sql); err != nil {
		h.t.Fatalf("%s: %v", sql, err)
	}
}

func (h *serversHolder) count(sql string) (n int) {
	h.t.Helper()
	if err := h.conn.QueryRow(context.Background(), sql).Scan(&n); err != nil {
		h.t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// waits are the connections that the lock keeps.
const waits = ` FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`

func (h *serversHolder) hold() { h.exec(`SELECT pg_advisory_lock(1)`) }

func (h *serversHolder) reached() {
	until(h.t, "at the commit", func() bool { return h.count(`SELECT count(*)`+waits) > 0 })
}

func (h *serversHolder) pass() {
	h.redis.block()
	h.exec(`SELECT pg_advisory_unlock(1)`)
	until(h.t, "committed", func() bool { return h.count(`SELECT count(*) FROM audit_event WHERE kind = 'session.ended'`) > 0 })
}

func (h *serversHolder) release(commit bool) {
	// What a dead client has sent goes on in the server, unless that is ended.
	if !commit {
		h.exec(`SELECT pg_terminate_backend(pid)` + waits)
		until(h.t, "rolled back", func() bool { return h.count(`SELECT count(*)`+waits) == 0 })
	}
	h.exec(`SELECT pg_advisory_unlock_all()`)
	until(h.t, "through", func() bool { return h.count(`SELECT count(*)`+waits) == 0 })
	h.redis.cut()
	h.redis.mend()
}

// lockedFile is a file of SQLite to which a test keeps everybody from writing, with
// the lock that whoever writes takes: byte 120 of the index beside it
// (https://www.sqlite.org/walformat.html, WAL_WRITE_LOCK). It needs no key.
type lockedFile struct {
	t    *testing.T
	path string
	held *os.File
}

func (l *lockedFile) cut() {
	l.t.Helper()
	f, err := os.OpenFile(l.path+"-shm", os.O_RDWR, 0)
	if err != nil {
		l.t.Fatal(err)
	}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLKW, &unix.Flock_t{Type: unix.F_WRLCK, Start: 120, Len: 1}); err != nil {
		l.t.Fatal(err)
	}
	l.held = f
}

func (l *lockedFile) mend() {
	if l.held != nil {
		_ = l.held.Close()
		l.held = nil
	}
}

// log is how the write-ahead log of the file looks from outside.
func (l *lockedFile) log() string {
	l.t.Helper()
	info, err := os.Stat(l.path + "-wal")
	if err != nil {
		l.t.Fatal(err)
	}
	return info.ModTime().String()
}

// embeddedHolder keeps ends at the locks of the files.
type embeddedHolder struct {
	t                  *testing.T
	idle               bool
	claimed            string // how the log of the ephemeral store looked
	durable, ephemeral *lockedFile
}

func newEmbeddedHolder(t *testing.T, in *installation, idle bool) *embeddedHolder {
	at := func(name string) *lockedFile { return &lockedFile{t: t, path: filepath.Join(in.dir, "data", name)} }
	return &embeddedHolder{t: t, idle: idle, durable: at("claviger.db"), ephemeral: at("ephemeral.db")}
}

func (h *embeddedHolder) hold() {
	time.Sleep(2 * time.Second) // the audit log is in order, and nobody writes
	h.durable.cut()
	h.claimed = h.ephemeral.log()
}

func (h *embeddedHolder) reached() {
	if h.idle { // it is claimed there, and then written here
		until(h.t, "claimed", func() bool { return h.ephemeral.log() != h.claimed })
	}
	time.Sleep(time.Second)
}

func (h *embeddedHolder) pass() {
	before := h.durable.log()
	h.ephemeral.cut()
	h.durable.mend()
	until(h.t, "committed", func() bool { return h.durable.log() != before })
}

func (h *embeddedHolder) release(bool) {
	h.durable.mend()
	h.ephemeral.mend()
}
