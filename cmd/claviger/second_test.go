package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// command runs a command line beside the installation, whose policy asks a second person
// for these classes, and returns the exit code and what it wrote.
func (w *adminWorld) command(listen string, args ...string) (code int, out, complaint string) {
	w.t.Helper()
	text, err := os.ReadFile(w.configFile)
	if err != nil {
		w.t.Fatal(err)
	}
	changed := strings.Replace(string(text), "[admin]\nlisten = \"127.0.0.1:18081\"", "[admin]\nurl = \""+adminURL+"\"\nlisten = \""+listen+"\"\nsecond_person = [\""+strings.Join(w.in.config.Admin.SecondPerson, "\", \"")+"\"]", 1)
	if changed == string(text) {
		w.t.Fatal("the configuration is another one")
	}
	file := filepath.Join(w.t.TempDir(), "second.toml")
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		w.t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code = run(w.t.Context(), append([]string{"--config", file}, args...), strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

var askedFor = regexp.MustCompile(`request approve ([a-z2-7]{26}) `)

// count counts the events of a kind.
func (w *adminWorld) count(kind audit.Kind) (n int) {
	w.t.Helper()
	if err := w.in.store.View(w.t.Context(), func(tx storage.Tx) error {
		pending, err := tx.Audit().Pending(w.t.Context(), 10000)
		if err != nil {
			return err
		}
		for _, e := range pending {
			if e.Kind == string(kind) {
				n++
			}
		}
		size, err := tx.Audit().Size(w.t.Context())
		if err != nil {
			return err
		}
		placed, err := tx.Audit().Entries(w.t.Context(), 0, int(size))
		for _, e := range placed {
			if e.Kind == string(kind) {
				n++
			}
		}
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// TestCommandsAskASecondPerson: beside a server, a command asks as the API does, and the
// two approve each other's; without one it is carried out, and the log says so.
func TestCommandsAskASecondPerson(t *testing.T) {
	onBothStores(t, testCommandsAskASecondPerson)
}

func testCommandsAskASecondPerson(t *testing.T, plain *adminWorld) {
	w := newSecondWorld(t, plain, "roles", "sessions", "keys", "clients", "accounts")
	var listen net.ListenConfig
	l, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	grant := []string{"admin", "grant", "--user-id", "person5", "--role", "auditor", "--reason", "new_duty"}
	if !w.in.embedded() { // there, testdata/second.txtar does
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if code, _, complaint := w.command(address, grant...); code != 0 || w.count(audit.ApprovalWaived) != 1 {
			t.Fatalf("without a server: %d %s, %d events", code, complaint, w.count(audit.ApprovalWaived))
		}
		if code, _, _ := w.command(address, "admin", "remove", "--user-id", "person5", "--role", "auditor", "--reason", "left_desk"); code != 0 {
			t.Fatal("the role is not taken")
		}
		if l, err = listen.Listen(t.Context(), "tcp", address); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = l.Close() })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	share := w.in.beside(ctx)
	go func() { ended <- share(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	waived := w.count(audit.ApprovalWaived)

	asks := func(args ...string) string {
		t.Helper()
		code, _, complaint := w.command(address, args...)
		id := askedFor.FindStringSubmatch(complaint)
		if code != exitFailed || id == nil {
			t.Fatalf("%v: %d %s", args, code, complaint)
		}
		return id[1]
	}
	id := asks(grant...)
	if again := asks(grant...); again != id {
		t.Error("the same command is another request")
	}
	if code, out, _ := w.command(address, "admin", "request", "list"); code != 0 || !strings.Contains(out, id) || !strings.Contains(out, "appoint-operator") || !tableTime.MatchString(out) {
		t.Errorf("list: %d %s", code, out)
	}
	if code, _, complaint := w.command(address, "admin", "request", "approve", id, "--reason", "seen_ticket"); code != exitFailed || !strings.Contains(complaint, "Nobody approves what they asked for themselves") {
		t.Errorf("approved by who asked: %d %s", code, complaint)
	}
	w.decide(200, "approve", id, w.as(w.bob))
	if other := asks("admin", "grant", "--user-id", "person5", "--role", "operator", "--reason", "new_duty"); other == id {
		t.Error("another role is the same request")
	}
	if code, _, complaint := w.command(address, grant...); code != 0 {
		t.Errorf("after the approval: %d %s", code, complaint)
	}
	if code, _, complaint := w.command(address, grant...); code != exitFailed || !strings.Contains(complaint, "given before") {
		t.Errorf("a second time: %d %s", code, complaint)
	}
	w.must(200, "GET", "/v1/operators", w.as(w.people[5]), "", nil, nil)

	// What somebody asks for over REST is approved on the machine.
	id = w.waits("POST", "/v1/sessions/end", w.as(w.ann), `{"reason":"incident"}`, nil)
	if code, out, _ := w.command(address, "admin", "request", "show", id); code != 0 || !strings.Contains(out, "POST /v1/sessions/end") || !strings.Contains(out, `{"reason":"incident"}`) {
		t.Errorf("show: %d %s", code, out)
	}
	if code, _, complaint := w.command(address, "admin", "request", "approve", id, "--reason", "seen_ticket"); code != 0 {
		t.Errorf("approve: %d %s", code, complaint)
	}
	w.must(200, "POST", "/v1/sessions/end", w.as(w.ann), `{"reason":"incident"}`, nil, nil)
	w.wrongCommandsAskNobody(address)
	// One person is signed out at once.
	if code, _, complaint := w.command(address, "session", "end", "person4", "--reason", "lost_laptop"); code != 0 {
		t.Errorf("one person: %d %s", code, complaint)
	}
	var ids []string
	for i := range 2 {
		ids = append(ids, secret.NewID())
		began := w.in.now().Add(time.Duration(i) * time.Second)
		if err := w.ephemeral.Sessions().Create(t.Context(), storage.Session{
			ID: ids[i], SecretHash: secret.Hash("x"), PersonID: w.people[4], Subject: secret.NewID(), AuthTime: began, CreatedAt: began, LastActivity: began, IdleLimit: time.Hour,
			Deadline: began.Add(time.Hour), AbsoluteDeadline: began.Add(2 * time.Hour), Address: "192.0.2.7", UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
		}); err != nil {
			t.Fatal(err)
		}
	}
	code, out, complaint := w.command(address, "session", "list", "person4")
	if lines := strings.Split(out, "\n"); code != 0 || len(lines) != 4 || !strings.Contains(lines[0], "ENDS") || !strings.Contains(lines[1], ids[0]) || !strings.Contains(lines[2], "Firefox, Linux") {
		t.Errorf("list: %d %s %s", code, out, complaint)
	}
	if code, out, complaint := w.command(address, "session", "end", "person4", "--except", ids[1], "--reason", "lost_laptop"); code != 0 || !strings.Contains(out, "ended: 1") {
		t.Errorf("all but one: %d %s %s", code, out, complaint)
	}
	if _, out, _ := w.command(address, "session", "list", "person4", "--json"); strings.Contains(out, ids[0]) || !strings.Contains(out, ids[1]) {
		t.Errorf("left: %s", out)
	}
	if n := w.count(audit.ApprovalWaived); n != waived {
		t.Errorf("%d acts were done alone beside a server", n-waived)
	}
}

// wrongCommandsAskNobody gives commands that can never succeed: what is wrong is said before
// a colleague is asked.
func (w *adminWorld) wrongCommandsAskNobody(address string) {
	w.t.Helper()
	asked := w.count(audit.ApprovalRequested)
	out := filepath.Join(w.t.TempDir(), "secret")
	for complaint, args := range map[string][]string{
		"http://z.example/cb":                {"client", "register", "--id", "zz", "--redirect-uri", "http://z.example/cb", "--public"},
		"there is no application nope":       {"client", "remove", "nope", "--reason", "replaced"},
		"no application never":               {"client", "rotate-secret", "never", "--secret-out", out},
		"nonsense":                           {"client", "change", "claviger-admin", "--redirect-uri", "nonsense"},
		"HS256":                              {"key", "rotate", "HS256", "--reason", "drill"},
		"There is no published key nope":     {"key", "remove", "nope", "--reason", "key_exposed"},
		"This account is active, not susp":   {"person", "reinstate", "person6", "--reason", "returned"},
		"There is no account with this User": {"person", "close", "nobody", "--reason", "left_practice"},
	} {
		if code, _, said := w.command(address, args...); code == exitOK || !strings.Contains(said, complaint) {
			w.t.Errorf("%v: %d %s", args, code, said)
		}
	}
	if n := w.count(audit.ApprovalRequested); n != asked {
		w.t.Errorf("%d requests wait", n-asked)
	}
	if _, err := os.Stat(out); err == nil {
		w.t.Error("a secret was written")
	}
	// Who is closed already is not closed by another one.
	if err := w.in.store.Tx(w.t.Context(), func(tx storage.Tx) error {
		who, err := tx.People().Get(w.t.Context(), w.people[6])
		if err != nil {
			return err
		}
		who.State = storage.PersonClosed
		return tx.People().Update(w.t.Context(), who)
	}); err != nil {
		w.t.Fatal(err)
	}
	if code, said, complaint := w.command(address, "person", "close", "person6", "--reason", "left_practice"); code != exitOK || !strings.Contains(said, "person6 was closed already") {
		w.t.Errorf("closed already: %d %s %s", code, said, complaint)
	}
}
