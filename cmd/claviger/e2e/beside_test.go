package e2e

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestCommandsBesideAServer does everything that an operator does while the server
// runs: from the first command to the end of somebody's sessions, on both pairs of
// stores.
func TestCommandsBesideAServer(t *testing.T) {
	t.Parallel()
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			in := newInstallation(t, backend, nil)
			server := in.serve()
			in.claviger("admin", "bootstrap", "--key-out", filepath.Join(in.dir, "admin.json"))
			people := in.enroll(4)
			in.register("app", redirectTo, goodbye, "--public")
			address := in.authorize("app")

			var who *person
			until(t, "the server knows the application", func() bool {
				who = newPerson(t, redirectTo, nil)
				who.open(address)
				return who.asks("password")
			})
			back := who.signIn(address, people[0].userID, people[0].temporary, personal)
			if !back.Query().Has("code") {
				t.Fatalf("no code in %s", back)
			}
			if list := in.claviger("session", "list", people[0].userID); !strings.Contains(list, "app") {
				t.Errorf("the session is not listed:\n%s", list)
			}
			in.claviger("client", "change", "app", "--name", "The Changed Application")
			if shown := in.claviger("client", "show", "app"); !strings.Contains(shown, `"The Changed Application"`) || !strings.Contains(shown, redirectTo) || !strings.Contains(shown, goodbye) {
				t.Errorf("after a change of its name: %s", shown)
			}
			in.claviger("person", "suspend", people[0].userID, "--reason", "lost_laptop")
			if back := who.open(address); back != nil || !who.asks("password") {
				t.Errorf("somebody who was suspended is still signed in, at %s", who.page)
			}

			// Several at once, while people sign in.
			var wg sync.WaitGroup
			for _, one := range people[1:] {
				p := newPerson(t, redirectTo, nil)
				wg.Go(func() {
					// Other roles end the session, also one that has just begun: then
					// the person signs in once more, with the password they have by now.
					if !p.trySignIn(address, one.userID, one.temporary) &&
						!p.trySignIn(address, one.userID, personal) && !p.trySignIn(address, one.userID, one.temporary) {
						t.Errorf("%s is shut out, at %s:\n%s", one.userID, p.page, p.text)
					}
				})
				wg.Go(func() {
					in.claviger("person", "roles", one.userID, "--set", "nurse", "--reason", "new_duty")
				})
			}
			wg.Wait()
			in.claviger("key", "rotate", "ES256")
			handedOut := filepath.Join(in.dir, "log.ndjson")
			in.claviger("audit", "export", "--out", handedOut)
			in.claviger("audit", "verify", "--bundle", handedOut)
			server.stop()
			in.claviger("audit", "verify")
			log := in.claviger("audit", "export")
			for _, kind := range []string{"operator.appointed", "person.approved", "client.registered", "person.suspended", "person.roles_changed", "audit.exported"} {
				if !strings.Contains(log, `"kind":"`+kind+`"`) {
					t.Errorf("the log has no %s", kind)
				}
			}
			if !strings.Contains(log, `"id":"command-line:`) {
				t.Error("the log does not say who was at the command line")
			}
		})
	}
}

// authorize is the address at which an application sends people to sign in.
func (in *installation) authorize(client string) string {
	return in.issuer + "/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {client}, "scope": {"openid"}, "state": {"state-0123456789"},
		"redirect_uri": {redirectTo}, "code_challenge": {challenge(strings.Repeat("v", 43))}, "code_challenge_method": {"S256"},
	}.Encode()
}

// TestTheSocketOfAServer: it is for the user of the server only, a second server
// does not take it, and one that was left behind hinders nobody.
func TestTheSocketOfAServer(t *testing.T) {
	t.Parallel()
	in := newInstallation(t, "embedded", nil)
	server := in.serve()
	socket := filepath.Join(in.dir, "data", "claviger.sock")
	if info, err := os.Stat(socket); err != nil || info.Mode() != os.ModeSocket|0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	begun := time.Now()
	said, err := exec.Command(filepath.Join(programs, "claviger"), "serve", "--config", in.config).CombinedOutput()
	if err == nil || !strings.Contains(string(said), "is in use by another claviger process") {
		t.Errorf("a second server after %v: %v\n%s", time.Since(begun), err, said)
	}
	in.claviger("client", "list") // the first one still shares

	server.kill()
	if _, err := os.Lstat(socket); err != nil {
		t.Fatalf("kill -9 left no socket behind: %v", err)
	}
	in.claviger("client", "list") // on the files themselves
	server = in.serve()
	in.claviger("client", "list")

	// A command that is stopped in the middle holds up nobody for long, and one that
	// is killed leaves nothing.
	roster, letters := filepath.Join(in.dir, "roster.csv"), filepath.Join(in.dir, "many")
	in.start("roster", "sample", "--rows", "3000", "--seed", "3", "--out", roster)
	cmd := exec.Command(filepath.Join(programs, "claviger"), "enroll", "import", roster, "--letters", letters, "--config", in.config)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	in.register("app", redirectTo, goodbye, "--public") // waits at most for what stands still
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	in.claviger("enroll", "import", roster, "--letters", letters, "--resume")
	server.stop()
	in.claviger("audit", "verify")
}
