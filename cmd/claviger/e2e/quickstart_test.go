package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// block is a fenced block of a document, with its language.
var block = regexp.MustCompile("(?ms)^```(sh|toml)\n(.*?)^```$")

// TestQuickstartForOperators does what docs/quickstart-operator.md says, as it
// stands there: a newcomer's shell runs its commands one after the other, and a
// clinician signs in through the pages. Only the ports are others.
func TestQuickstartForOperators(t *testing.T) {
	t.Parallel()
	public, admin, portal := freeAddress(t), freeAddress(t), freeAddress(t)
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join("../../../docs", name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.NewReplacer(":8080", ":"+port(public), ":8081", ":"+port(admin), ":8090", ":"+port(portal)).Replace(string(text))
	}
	document := read("quickstart-operator.md")
	dir := t.TempDir()
	var commands []string
	for _, found := range block.FindAllStringSubmatch(document, -1) {
		if found[1] == "sh" {
			commands = append(commands, found[2])
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, "claviger.toml"), []byte(found[2]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if len(commands) == 0 || len(commands) > 10 {
		t.Fatalf("the document has %d commands; it promises ten at most", len(commands))
	}

	shell := newShell(t, dir)
	said := map[string]string{}
	for _, command := range commands {
		printed := shell.run(command)
		first, _, _ := strings.Cut(command, " ")
		if first == "claviger" {
			first = strings.Join(strings.Fields(command)[1:3], " ")
		}
		said[first] = printed
		if first == "grep" {
			clinician(t, printed, "http://localhost:"+port(portal))
		}
	}
	// The portal is told of the end, as the document says at last.
	shell.run("claviger session end rmiller --reason lost_laptop")
	until(t, "the portal was told", func() bool {
		return strings.Contains(shell.run("claviger logout list --state delivered"), "portal")
	})
	firstRequests(t, shell, read("admin-api.md"))
	for command, want := range map[string]string{
		"grep": "Temporary password", "session list": "portal", "audit verify": "the audit log is sound",
	} {
		if !strings.Contains(said[command], want) {
			t.Errorf("%s printed no %q:\n%s", command, want, said[command])
		}
	}
}

// firstRequests does what docs/admin-api.md says after the quickstart.
func firstRequests(t *testing.T, s *shell, document string) {
	t.Helper()
	_, section, _ := strings.Cut(document, "\n## A first request\n")
	section, _, _ = strings.Cut(section, "\n## ")
	commands := block.FindAllStringSubmatch(section, -1)
	want := []string{`"user_id":"rmiller","state":"active"`, `"state":"active"`, `"state":"finished"`}
	if len(commands) != len(want) {
		t.Fatalf("the first requests are %d blocks of commands", len(commands))
	}
	for i, command := range commands {
		if printed := s.run(command[2]); !strings.Contains(printed, want[i]) {
			t.Errorf("%s\nprinted no %s:\n%s", command[2], want[i], printed)
		}
	}
	if got := s.run("claviger audit list --kind person.suspended --json"); !strings.Contains(got, "lost_laptop") {
		t.Errorf("the log holds of the suspension: %s", got)
	}
}

// clinician reads her letters and signs in at the portal.
func clinician(t *testing.T, letters, portal string) {
	t.Helper()
	found := standsAlone.FindAllStringSubmatch(letters, -1)
	if len(found) != 2 {
		t.Fatalf("the letters hold %d things that stand alone:\n%s", len(found), letters)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		res, err := http.Get(portal)
		if err == nil {
			_ = res.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the portal does not answer: %v", err)
		}
	}
	var p *person
	until(t, "the provider knows the portal", func() bool {
		p = newPerson(t, "nowhere:", nil)
		p.open(portal + "/login")
		return p.asks("password")
	})
	for range 4 {
		switch {
		case p.asks("new-password"):
			p.submit(map[string]string{"new-password": "seven quiet herons", "confirm": "seven quiet herons"})
		case p.asks("password"):
			p.submit(map[string]string{"userid": found[0][1], "password": found[1][1]})
		}
		if strings.HasPrefix(p.page.String(), portal) {
			break
		}
	}
	p.open(portal + "/home") // of those who are signed in
	if p.page.String() != portal+"/home" || !strings.Contains(p.text, "Renée Miller") {
		t.Fatalf("the portal does not greet the clinician at %s:\n%s", p.page, p.text)
	}
}

// shell is somebody's shell, with our programs in its PATH.
type shell struct {
	t     *testing.T
	in    io.Writer
	lines *bufio.Reader
	end   func()
}

// newShell starts a shell in dir. What it started ends with the test.
func newShell(t *testing.T, dir string) *shell {
	t.Helper()
	cmd := exec.Command("bash", "--noprofile", "--norc")
	cmd.Dir = dir
	cmd.Env = append(environment(), "PATH="+programs+":"+os.Getenv("PATH"), "HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end := func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	t.Cleanup(func() {
		if t.Failed() {
			for _, name := range []string{"claviger.log", "portal.log"} {
				log, _ := os.ReadFile(filepath.Join(dir, name))
				t.Logf("---- %s ----\n%s", name, log)
			}
		}
		end()
		_ = in.Close()
		_, _ = io.Copy(io.Discard, out) // until the last of them has ended
		_ = cmd.Wait()
	})
	return &shell{t: t, in: in, lines: bufio.NewReader(out), end: end}
}

// run runs a command, which has to succeed, and returns what it printed.
func (s *shell) run(command string) string {
	s.t.Helper()
	const mark = "quickstart-exit-code:"
	if _, err := fmt.Fprintf(s.in, "%s\ncode=$?; echo; echo %s$code\n", strings.TrimSpace(command), mark); err != nil {
		s.t.Fatal(err)
	}
	// A loop of a document that never ends is told as such, and not by the end of all tests.
	late := time.AfterFunc(2*time.Minute, s.end)
	defer late.Stop()
	var printed strings.Builder
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			s.t.Fatalf("the shell ended in %s%v\n%s", command, err, printed.String())
		}
		if code, ok := strings.CutPrefix(strings.TrimSpace(line), mark); ok {
			if code != "0" {
				s.t.Fatalf("exit code %s of:\n%s\n%s", code, command, printed.String())
			}
			return printed.String()
		}
		printed.WriteString(line)
	}
}
