package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/claviger-id/claviger/pkg/worker"
)

// certificateInterval is how often the files are looked at.
const certificateInterval = 30 * time.Second

// Certificates serves the certificate in two PEM files and takes up a new one
// while running. Load comes first, then Run.
type Certificates struct {
	CertificateFile, KeyFile string
	Log                      *slog.Logger

	current atomic.Pointer[loaded]
}

type loaded struct {
	certificate *tls.Certificate
	sum         [sha256.Size]byte
}

// Load reads the files. When they do not hold a pair that fits, what was loaded
// before stays in use.
func (c *Certificates) Load() error {
	certificate, err := os.ReadFile(c.CertificateFile)
	if err != nil {
		err = fmt.Errorf("web: certificate: %w", err)
	}
	key, err2 := os.ReadFile(c.KeyFile)
	if err2 != nil {
		err2 = fmt.Errorf("web: key of the certificate: %w", err2)
	}
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	sum := sha256.Sum256(bytes.Join([][]byte{certificate, key}, []byte{0}))
	if old := c.current.Load(); old != nil && old.sum == sum {
		return nil
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return fmt.Errorf("web: %s and %s: %w", c.CertificateFile, c.KeyFile, err)
	}
	first := c.current.Swap(&loaded{certificate: &pair, sum: sum}) == nil
	if !first {
		c.Log.Info("certificate replaced", "subject", pair.Leaf.Subject.String(), "until", pair.Leaf.NotAfter)
	}
	return nil
}

// Run looks at the files every half minute until ctx ends.
func (c *Certificates) Run(ctx context.Context) error {
	return worker.Every(ctx, certificateInterval, c.Log, "renewal of the certificate, of which the old one stays in use", func(context.Context) error {
		return c.Load()
	})
}

// TLS is the configuration of the public listener: TLS 1.2 with ECDHE and AEAD
// suites only, TLS 1.3 preferred (BCP 195, RFC 9325 section 4.2).
func (c *Certificates) TLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
		NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			now := c.current.Load()
			if now == nil {
				return nil, errors.New("web: no certificate is loaded")
			}
			return now.certificate, nil
		},
	}
}
