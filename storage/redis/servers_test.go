package redis_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage/teststores"
)

// password is that of all servers here; escaped is how it stands in a URL.
const (
	password = "correct@horse:battery/1"
	escaped  = "correct%40horse%3Abattery%2F1"
)

// server is a Redis of a test's own.
type server struct {
	port int
	cmd  *exec.Cmd
	gone chan struct{}
	log  *bytes.Buffer
}

func (s *server) addr() string { return fmt.Sprint("127.0.0.1:", s.port) }

// kill ends the process as a power cut does, and waits until it is gone.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	<-s.gone
}

// freePort draws below the range that the kernel hands out, as .ci/testenv does.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 20000 + mathrand.IntN(12000)
		l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", port))
		if err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// start runs redis-server with a configuration in which PORT, DIR and PASSWORD
// are filled in, until the test ends. It is up when check says PONG.
func start(t testing.TB, config string, sentinel bool, cli ...string) *server {
	t.Helper()
	program := teststores.Program(t, "redis-server")
	var last string
	for range 5 {
		s := &server{port: freePort(t), gone: make(chan struct{}), log: &bytes.Buffer{}}
		dir := t.TempDir()
		file := filepath.Join(dir, "redis.conf")
		text := strings.NewReplacer("PORT", fmt.Sprint(s.port), "DIR", dir, "PASSWORD", password).Replace(config)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		args := []string{file}
		if sentinel {
			args = append(args, "--sentinel")
		}
		s.cmd = exec.Command(program, args...)
		s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
		if err := s.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		go func() { _ = s.cmd.Wait(); close(s.gone) }()
		for range 100 {
			out, _ := ask(s, append(cli, "PING")...)
			if strings.TrimSpace(out) == "PONG" {
				t.Cleanup(s.kill)
				return s
			}
			select {
			case <-s.gone:
			case <-time.After(50 * time.Millisecond):
				continue
			}
			break
		}
		s.kill()
		last = s.log.String()
	}
	t.Fatalf("redis-server did not start: %s", last)
	return nil
}

// ask runs redis-cli on a server.
func ask(s *server, args ...string) (string, error) {
	cmd := exec.Command("redis-cli", append([]string{"-h", "127.0.0.1", "-p", fmt.Sprint(s.port)}, args...)...)
	cmd.Env = append(os.Environ(), "REDISCLI_AUTH="+password)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// account is the line of docs/redis.md that makes the user whom the store
// connects as; so what is written there is what is tested.
func account(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/redis.md")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^user ` + name + ` .*$`).FindString(string(text))
	if line == "" {
		t.Fatalf("docs/redis.md has no line for the user %s", name)
	}
	return line + "\n"
}

const common = `
bind 127.0.0.1
dir DIR
save ""
appendonly no
maxmemory-policy noeviction
requirepass PASSWORD
masterauth PASSWORD
`

// prefix is one that the user may use, and no other test does.
func prefix() string { return "claviger:" + secret.NewID() }

// certificates makes an authority and a certificate of 127.0.0.1 by it, and
// returns the lines of a configuration that use them.
func certificates(t testing.TB) (roots *x509.CertPool, ca, config string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	newKey := func() *ecdsa.PrivateKey {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	sign := func(c, by *x509.Certificate, key, byKey *ecdsa.PrivateKey) []byte {
		der, err := x509.CreateCertificate(rand.Reader, c, by, key.Public(), byKey)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	caKey, key := newKey(), newKey()
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caDER := sign(authority, authority, caKey, caKey)
	der := sign(&x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "redis"}, NotBefore: authority.NotBefore, NotAfter: authority.NotAfter,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, authority, key, caKey)
	parsed, err := x509.ParseCertificate(caDER)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(parsed)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	ca = write("ca.pem", "CERTIFICATE", caDER)
	config = "port 0\ntls-port PORT\ntls-auth-clients no\ntls-replication yes\ntls-ca-cert-file " + ca +
		"\ntls-cert-file " + write("redis.pem", "CERTIFICATE", der) + "\ntls-key-file " + write("redis.key", "PRIVATE KEY", keyDER) + "\n"
	return roots, ca, config
}
