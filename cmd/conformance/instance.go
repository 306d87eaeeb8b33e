package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// instance is what is prepared and run.
type instance struct {
	options
	stderr io.Writer
	now    func() time.Time

	person  person
	clients clients
	// root vouches for the server's certificate.
	root []byte
}

func (in *instance) path(name string) string { return filepath.Join(in.dir, name) }

// prepare makes everything that has to be there before the server starts.
func (in *instance) prepare(ctx context.Context) error {
	if err := os.RemoveAll(in.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(in.dir, 0o700); err != nil {
		return err
	}
	ca, err := in.certificates()
	if err != nil {
		return err
	}
	if err := in.configure(); err != nil {
		return err
	}
	if in.person, err = in.enroll(ctx); err != nil {
		return err
	}
	if in.clients, err = in.makeClients(ca); err != nil {
		return err
	}
	for _, c := range in.clients.all() {
		if err := in.register(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// certificates makes an authority and the certificate of the server.
func (in *instance) certificates() (*authority, error) {
	ca, root, err := newAuthority(in.now())
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(in.issuer)
	if err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	server, err := ca.issue(u.Hostname(), 2, u.Hostname(), "127.0.0.1", "::1")
	if err != nil {
		return nil, err
	}
	in.root = root
	return ca, errors.Join(write(in.path("ca.crt"), root), write(in.path("server.crt"), server.certificate), write(in.path("server.key"), server.key))
}

// configure writes the configuration. What is fetched from this machine, where
// the suite is, is allowed here and nowhere else. Passwords are hashed as cheaply as
// is allowed: the suite signs in again and again.
func (in *instance) configure() error {
	admin, err := freeAddress()
	if err != nil {
		return err
	}
	text := fmt.Sprintf(`[public]
issuer = %q
listen = %q
certificate_file = %q
key_file = %q
client_certificates = "connection"
client_ca_file = %q

[admin]
listen = %q

[data]
directory = %q

[outbound]
allow = ["127.0.0.1", "::1"]
ca_file = %q

[password]
memory_mib = 19
iterations = 2
parallelism = 1

[brand]
name = "Conformance"
`, in.issuer, in.listen, in.path("server.crt"), in.path("server.key"), in.path("ca.crt"), admin, in.path("data"), in.suiteCA)
	return write(in.path("claviger.toml"), []byte(text))
}

// freeAddress finds a port for the admin listener.
func freeAddress() (string, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// call runs a command of the program and returns what it prints.
func (in *instance) call(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, in.claviger, append([]string{"--config", in.path("claviger.toml")}, args...)...) //nolint:gosec // the program that we were told to run
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("claviger %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(problem.String()))
	}
	return out.String(), nil
}

// register makes a client known, and notes its secret.
func (in *instance) register(ctx context.Context, c *client) error {
	text, err := json.Marshal(c.registration)
	if err != nil {
		return err
	}
	file := in.path(c.id() + ".client")
	if err := write(file, text); err != nil {
		return err
	}
	args := []string{"client", "register", "--file", file}
	method := c.registration["token_endpoint_auth_method"]
	hasSecret := method == "client_secret_basic" || method == "client_secret_post"
	secretFile := in.path(c.id() + ".secret")
	if hasSecret {
		args = append(args, "--secret-out", secretFile)
	}
	if _, err := in.call(ctx, args...); err != nil || !hasSecret {
		return err
	}
	secret, err := os.ReadFile(secretFile) //nolint:gosec // written by the program a moment ago
	c.secret = strings.TrimSpace(string(secret))
	return err
}

// server is the program while it runs.
type server struct {
	cmd  *exec.Cmd
	done chan error
}

// start runs the server until ctx ends, and waits until it answers.
func (in *instance) start(ctx context.Context) (*server, error) {
	cmd := exec.CommandContext(ctx, in.claviger, "--config", in.path("claviger.toml"), "serve") //nolint:gosec // the program that we were told to run
	cmd.Stdout, cmd.Stderr = in.stderr, in.stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 15 * time.Second
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, done: make(chan error, 1)}
	go func() { s.done <- cmd.Wait() }()
	for range 300 {
		if c, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", in.listen); err == nil {
			return s, c.Close()
		}
		select {
		case err := <-s.done:
			return nil, fmt.Errorf("the server ended: %w", err)
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil, errors.Join(errors.New("the server does not answer"), s.stop())
}

func (s *server) stop() error {
	_ = s.cmd.Process.Signal(os.Interrupt)
	return <-s.done
}

// wait waits for the end.
func (s *server) wait() error { return <-s.done }

// finish does what needs a running server: the clinician's first sign-in, and
// then the configurations of the suite, which are written once all is true.
func (in *instance) finish(ctx context.Context) error {
	if err := in.choosePassword(ctx); err != nil {
		return err
	}
	return in.writeConfigurations()
}
