package web_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/claviger-id/claviger/pkg/web"
)

// certificate writes a new self-signed pair for localhost and returns its pool.
func certificate(t *testing.T, dir, name string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "tls.crt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	write(t, filepath.Join(dir, "tls.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	pool := x509.NewCertPool()
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(parsed)
	return pool
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func certificates(dir string, log io.Writer) *web.Certificates {
	return &web.Certificates{
		CertificateFile: filepath.Join(dir, "tls.crt"), KeyFile: filepath.Join(dir, "tls.key"),
		Log: slog.New(slog.NewTextHandler(log, nil)),
	}
}

// served starts a server and returns its address and how to stop it.
func served(t *testing.T, h http.Handler, c *tls.Config) (address string, stop func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	server := web.NewServer(web.ServerOptions{Handler: h, TLS: c, Log: slog.New(slog.DiscardHandler)})
	go func() { done <- web.Serve(ctx, server, l) }()
	t.Cleanup(cancel)
	return l.Addr().String(), func() error { cancel(); return <-done }
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	pool := certificate(t, dir, "first")
	c := certificates(dir, io.Discard)
	if err := c.Load(); err != nil {
		t.Fatal(err)
	}
	m := browser(io.Discard)
	m.Handle("GET /", text("hello"))
	address, stop := served(t, m, c.TLS())

	dial := func(change func(*tls.Config)) (tls.ConnectionState, error) {
		config := &tls.Config{RootCAs: pool, ServerName: "localhost", NextProtos: []string{"h2"}}
		change(config)
		conn, err := tls.Dial("tcp", address, config)
		if err != nil {
			return tls.ConnectionState{}, err
		}
		defer func() { _ = conn.Close() }()
		return conn.ConnectionState(), nil
	}
	for name, change := range map[string]func(*tls.Config){
		"TLS 1.0": func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 },
		"TLS 1.1": func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS11, tls.VersionTLS11 },
		"CBC": func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}
		},
		"no forward secrecy": func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}
		},
	} {
		if state, err := dial(change); err == nil {
			t.Errorf("%s: accepted with %s", name, tls.CipherSuiteName(state.CipherSuite))
		}
	}
	state, err := dial(func(*tls.Config) {})
	if err != nil || state.Version != tls.VersionTLS13 || state.NegotiatedProtocol != "h2" {
		t.Errorf("modern client: %v, version %x, protocol %q", err, state.Version, state.NegotiatedProtocol)
	}

	// A bad pair changes nothing, a good one is served from the next handshake on.
	write(t, filepath.Join(dir, "tls.crt"), []byte("not a certificate"))
	if err := c.Load(); err == nil {
		t.Error("a certificate that is none was loaded")
	}
	if _, err := dial(func(*tls.Config) {}); err != nil {
		t.Errorf("after a bad pair: %v", err)
	}
	pool = certificate(t, dir, "second")
	if err := c.Load(); err != nil {
		t.Fatal(err)
	}
	state, err = dial(func(*tls.Config) {})
	if err != nil || state.PeerCertificates[0].Subject.CommonName != "second" {
		t.Errorf("after a new pair: %v", err)
	}
	if err := stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func TestCertificatesAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	certificate(t, dir, "first")
	var log bytes.Buffer
	c := certificates(dir, &log)
	if err := c.Load(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- c.Run(ctx) }()
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if log.Len() > 0 {
			t.Errorf("nothing changed, but: %s", &log)
		}
		write(t, filepath.Join(dir, "tls.key"), []byte("broken"))
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if !strings.Contains(log.String(), "the old one stays in use") {
			t.Errorf("a broken key is not reported: %s", &log)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	certificate(t, dir, "second")
	if err := c.Load(); err != nil || !strings.Contains(log.String(), "CN=second") {
		t.Errorf("%v: %s", err, &log)
	}
}

func TestServeFinishesWhatIsUnderWay(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	m := browser(io.Discard)
	m.Handle("GET /slow", func(w http.ResponseWriter, r *http.Request) error {
		close(entered)
		<-leave
		if err := r.Context().Err(); err != nil {
			return err
		}
		_, err := io.WriteString(w, "done")
		return err
	})
	address, stop := served(t, m, nil)
	type answer struct {
		text string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		r, err := http.Get("http://" + address + "/slow")
		if err != nil {
			got <- answer{err: err}
			return
		}
		defer func() { _ = r.Body.Close() }()
		b, err := io.ReadAll(r.Body)
		got <- answer{string(b), err}
	}()
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	// The listener closes at once, while the request goes on.
	for {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		_ = conn.Close()
	}
	close(leave)
	if a := <-got; a.err != nil || a.text != "done" {
		t.Errorf("the request under way: %q, %v", a.text, a.err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestServeReportsABrokenListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	server := web.NewServer(web.ServerOptions{Handler: http.NotFoundHandler(), Log: slog.New(slog.DiscardHandler)})
	if err := web.Serve(t.Context(), server, l); err == nil {
		t.Error("Serve on a closed listener returned nil")
	}
}
