package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// rootKey is where the configuration of an installation has the root key.
func (in *installation) rootKey(backend string) string {
	if backend == "embedded" {
		return filepath.Join(in.dir, "data", "root.key")
	}
	return filepath.Join(in.dir, "root.key")
}

// command is a command on this installation, to be run.
func (in *installation) command(args ...string) (*exec.Cmd, *bytes.Buffer) {
	var out bytes.Buffer
	cmd := exec.CommandContext(in.t.Context(), filepath.Join(programs, "claviger"), append(args, "--config", in.config)...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = environment(), in.dir, &out, &out
	return cmd, &out
}

// fails runs a command that has to fail, and returns what it said.
func (in *installation) fails(args ...string) string {
	in.t.Helper()
	cmd, out := in.command(args...)
	if err := cmd.Run(); err == nil {
		in.t.Errorf("claviger %s succeeded", strings.Join(args, " "))
	}
	return out.String()
}

// killAt runs a command and kills it at a moment, or lets it end before.
func (in *installation) killAt(moment func() bool, args ...string) {
	in.t.Helper()
	cmd, _ := in.command(args...)
	if err := cmd.Start(); err != nil {
		in.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it may be killed
		close(done)
	}()
	for !moment() {
		select {
		case <-done:
			return
		default:
			time.Sleep(50 * time.Microsecond)
		}
	}
	_ = cmd.Process.Kill()
	<-done
}

const authorizeQuery = "/authorize?response_type=code&client_id=app&scope=openid&state=state-0123456789" +
	"&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcallback" +
	"&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"

// TestRootKeyChanges puts an installation under another root key: who was signed
// in still is, passwords go on working, and the former key opens nothing.
func TestRootKeyChanges(t *testing.T) {
	t.Parallel()
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			in := newInstallation(t, backend, nil)
			who := in.enroll(1)[0]
			in.register("app", redirectTo, goodbye, "--public")
			address := in.issuer + authorizeQuery
			server := in.serve()
			signedIn := newPerson(t, redirectTo, nil)
			signedIn.signIn(address, who.userID, who.temporary, personal)

			root, next := in.rootKey(backend), filepath.Join(in.dir, "next.key")
			in.start("key", "new-root", next)
			if backend == "embedded" {
				if why := in.fails("key", "change-root", "--new", next); !strings.Contains(why, "in use by another claviger process") {
					t.Errorf("while the server runs: %s", why)
				}
				server.stop()
			}
			in.claviger("key", "change-root", "--new", next)
			if backend != "embedded" {
				// A server that runs goes on.
				if back := signedIn.open(address); back == nil || !back.Query().Has("code") {
					t.Errorf("asked to sign in again after the change, at %s", signedIn.page)
				}
				server.stop()
			}
			if why := in.fails("audit", "verify"); !strings.Contains(why, "cannot be opened with the root key") {
				t.Errorf("the former key: %s", why)
			}
			if err := os.Rename(next, root); err != nil {
				t.Fatal(err)
			}
			server = in.serve()
			if back := signedIn.open(address); back == nil || !back.Query().Has("code") {
				t.Errorf("asked to sign in again under the new root key, at %s", signedIn.page)
			}
			again := newPerson(t, redirectTo, nil)
			if !again.trySignIn(address, who.userID, personal) {
				t.Errorf("the password does not work under the new root key, at %s", again.page)
			}
			server.stop()

			// Another key for the hashes of passwords, wrapped under the new root key:
			// a sign-in has its hash sealed with it.
			in.claviger("key", "new-verifier-key")
			for _, want := range []string{`"old_key":1`, `"old_key":0`} {
				if report := in.claviger("password", "report", "--json"); !strings.Contains(report, want) {
					t.Errorf("the report is %s, want %s", report, want)
				}
				server = in.serve()
				if p := newPerson(t, redirectTo, nil); !p.trySignIn(address, who.userID, personal) {
					t.Errorf("the password does not work under another key, at %s", p.page)
				}
				server.stop()
			}
			in.claviger("audit", "verify")
		})
	}
}

// aRootKey is the text of a root key, and its name.
type aRootKey struct{ text, id string }

func (in *installation) newRootKey(name string) aRootKey {
	in.t.Helper()
	said := in.start("key", "new-root", name)
	text, err := os.ReadFile(filepath.Join(in.dir, name))
	if err != nil {
		in.t.Fatal(err)
	}
	return aRootKey{string(text), regexp.MustCompile("[0-9a-f]{16}").FindString(said)}
}

// TestKilledWhileTheRootKeyChanges kills the command at many moments. Whatever
// it came to, exactly one of the two keys opens the installation, who tries the
// other one is told which, and nothing has to be repaired.
func TestKilledWhileTheRootKeyChanges(t *testing.T) {
	t.Parallel()
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			in := newInstallation(t, backend, nil)
			root, data := in.rootKey(backend), filepath.Join(in.dir, "data")
			keys := []aRootKey{in.newRootKey("a.key"), in.newRootKey("b.key")}
			in.enroll(200)
			in.serve().stop() // now there is an ephemeral file, too
			in.claviger("key", "change-root", "--new", "a.key")
			current := 0
			var before os.FileInfo
			appears := func(name string) func() bool {
				return func() bool {
					_, err := os.Stat(filepath.Join(data, name))
					return err == nil
				}
			}
			moments := []func() bool{
				appears("claviger.db.rekeyed"), appears("ephemeral.db.rekeyed"), appears("claviger.db.rekeyed.lock"), appears("root.change"),
				func() bool {
					now, err := os.Stat(filepath.Join(data, "claviger.db"))
					return err == nil && !os.SameFile(before, now)
				},
			}
			if backend != "embedded" {
				moments = nil
			}
			for after := 20 * time.Millisecond; after <= 200*time.Millisecond; after += 20 * time.Millisecond {
				var begun time.Time
				moments = append(moments, func() bool {
					if begun.IsZero() {
						begun = time.Now()
					}
					return time.Since(begun) >= after
				})
			}
			changes := 0
			for i, moment := range moments {
				put(t, root, keys[current].text)
				_ = os.Remove(filepath.Join(data, "root.change"))
				before, _ = os.Stat(filepath.Join(data, "claviger.db"))
				in.killAt(moment, "key", "change-root", "--new", []string{"b.key", "a.key"}[current])

				var opens [2]bool
				var said [2]string
				for k := range keys {
					put(t, root, keys[k].text)
					cmd, out := in.command("audit", "verify")
					opens[k] = cmd.Run() == nil
					said[k] = out.String()
				}
				if opens[0] == opens[1] {
					t.Fatalf("moment %d: opened by the first %v, by the second %v\n%s%s", i, opens[0], opens[1], said[0], said[1])
				}
				works := 0
				if opens[1] {
					works = 1
				}
				if !strings.Contains(said[1-works], "cannot be opened with") {
					t.Errorf("moment %d: with the other key: %s", i, said[1-works])
				}
				// A change that was not even begun has left no word of the other key.
				if begun := works != current || appears("root.change")(); (begun || backend != "embedded") && !strings.Contains(said[1-works], keys[works].id) {
					t.Errorf("moment %d: it is not said that %s is the root key: %s", i, keys[works].id, said[1-works])
				}
				if works != current {
					changes++
				}
				current = works
				put(t, root, keys[current].text)
				in.serve().stop()
				if left, _ := filepath.Glob(filepath.Join(data, "*.rekeyed*")); left != nil {
					t.Errorf("moment %d: left behind: %v", i, left)
				}
			}
			t.Logf("%d of %d times the change had been decided", changes, len(moments))
		})
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
