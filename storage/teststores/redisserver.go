package teststores

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// RedisPassword is that of all servers that a test starts, and escaped is how it
// stands in a URL.
const (
	RedisPassword = "correct@horse:battery/1"
	RedisEscaped  = "correct%40horse%3Abattery%2F1"
)

// RedisServer is a Redis of a test's own.
type RedisServer struct {
	Port int
	cli  []string // how redis-cli speaks to it
	cmd  *exec.Cmd
	gone chan struct{}
	log  *bytes.Buffer
}

// Addr is where it listens.
func (s *RedisServer) Addr() string { return fmt.Sprint("127.0.0.1:", s.Port) }

// Kill ends the process as a power cut does, and waits until it is gone.
func (s *RedisServer) Kill() {
	_ = s.cmd.Process.Kill()
	<-s.gone
}

// StartRedis runs redis-server with a configuration in which PORT, DIR and
// PASSWORD are filled in, until the test ends. cli are the arguments with which
// redis-cli speaks to it. It is up when it says PONG.
func StartRedis(t testing.TB, config string, sentinel bool, cli ...string) *RedisServer {
	t.Helper()
	program := Program(t, "redis-server")
	var last string
	for range 5 {
		s := &RedisServer{Port: FreePort(t), cli: cli, gone: make(chan struct{}), log: &bytes.Buffer{}}
		dir := t.TempDir()
		file := filepath.Join(dir, "redis.conf")
		text := strings.NewReplacer("PORT", fmt.Sprint(s.Port), "DIR", dir, "PASSWORD", RedisPassword).Replace(config)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		args := []string{file}
		if sentinel {
			args = append(args, "--sentinel")
		}
		s.cmd = exec.Command(program, args...) //nolint:gosec,noctx // from the system's packages; it ends with the test
		s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
		if err := s.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		go func() { _ = s.cmd.Wait(); close(s.gone) }()
		for range 100 {
			out, _ := s.Ask("PING")
			if strings.TrimSpace(out) == "PONG" {
				t.Cleanup(s.Kill)
				return s
			}
			select {
			case <-s.gone:
			case <-time.After(50 * time.Millisecond):
				continue
			}
			break
		}
		s.Kill()
		last = s.log.String()
	}
	t.Fatalf("redis-server did not start: %s", last)
	return nil
}

// Ask runs redis-cli on the server.
func (s *RedisServer) Ask(args ...string) (string, error) {
	all := append([]string{"-h", "127.0.0.1", "-p", fmt.Sprint(s.Port)}, s.cli...)
	cmd := exec.Command("redis-cli", append(all, args...)...) //nolint:gosec,noctx // a test's own words
	cmd.Env = append(os.Environ(), "REDISCLI_AUTH="+RedisPassword)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// until asks again for a minute at most.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for range 600 {
		if is() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("it never happened that %s", what)
}

// RedisAccount is the line of docs/redis.md that makes a user; so what is written
// there is what is tested.
func RedisAccount(t testing.TB, name string) string {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if root == filepath.Dir(root) {
			t.Fatal("the source is not where the tests run")
		}
		root = filepath.Dir(root)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "redis.md")) //nolint:gosec // our own source
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^user ` + name + ` .*$`).FindString(string(text))
	if line == "" {
		t.Fatalf("docs/redis.md has no line for the user %s", name)
	}
	return line + "\n"
}

// RedisCommon is what the configurations of all servers have.
const RedisCommon = `
bind 127.0.0.1
dir DIR
save ""
appendonly no
maxmemory-policy noeviction
requirepass PASSWORD
masterauth PASSWORD
`
