package clientauth

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/go-jose/go-jose/v4"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/clientkeys"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/storage"
)

// Thumbprint is x5t#S256 of a certificate (RFC 8705 section 3.1), or empty.
func Thumbprint(c *x509.Certificate) string {
	if c == nil {
		return ""
	}
	sum := sha256.Sum256(c.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// byCertificate is RFC 8705 section 2.
func (a *Authenticator) byCertificate(ctx context.Context, c storage.Client, chain []*x509.Certificate) error {
	if len(chain) == 0 {
		e := unauthenticated(c.ID)
		e.Description = "The client authenticates with a certificate, and the connection has none."
		return e
	}
	certificate := chain[0]
	if now := a.Now(); now.Before(certificate.NotBefore) || now.After(certificate.NotAfter) {
		e := unauthenticated(c.ID)
		e.Description = "The certificate of the client is not valid at this time."
		return e
	}
	if client.AuthMethod(c) == client.AuthTLS {
		if c.TLSSubject == nil || !names(certificate, *c.TLSSubject) || !a.trusted(chain) {
			return unauthenticated(c.ID)
		}
		return nil
	}
	// RFC 8705 section 2.2: the certificate is one whose key is among the
	// client's own.
	keys, err := a.Keys.Keys(ctx, c, "")
	if errors.Is(err, clientkeys.ErrUnavailable) {
		return &fault.Error{Code: fault.InvalidClient, Description: "The keys of the client could not be fetched from its jwks_uri.", ClientID: c.ID, Cause: err}
	}
	if err != nil {
		return fmt.Errorf("clientauth: %w", err)
	}
	presented := jose.JSONWebKey{Key: certificate.PublicKey}
	want, err := presented.Thumbprint(crypto.SHA256)
	if err != nil {
		return unauthenticated(c.ID)
	}
	for _, k := range keys {
		if got, err := k.Thumbprint(crypto.SHA256); err == nil && slices.Equal(got, want) {
			return nil
		}
	}
	return unauthenticated(c.ID)
}

// trusted says that an authority which is named in the configuration vouches for
// the certificate (RFC 8705 section 2.1).
func (a *Authenticator) trusted(chain []*x509.Certificate) bool {
	if a.Roots == nil {
		return false
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: a.Roots, Intermediates: between, CurrentTime: a.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return err == nil
}

// names says that the certificate has the one name that the client is
// registered with (RFC 8705 section 2.1.2). Nothing is a pattern.
func names(certificate *x509.Certificate, s storage.TLSSubject) bool {
	switch {
	case s.DN != "":
		return certificate.Subject.String() == s.DN
	case s.DNS != "":
		return slices.Contains(certificate.DNSNames, s.DNS)
	case s.Email != "":
		return slices.Contains(certificate.EmailAddresses, s.Email)
	case s.URI != "":
		for _, u := range certificate.URIs {
			if u.String() == s.URI {
				return true
			}
		}
	case s.IP != "":
		want, err := netip.ParseAddr(s.IP)
		if err != nil {
			return false
		}
		for _, ip := range certificate.IPAddresses {
			if got, ok := netip.AddrFromSlice(ip); ok && got.Unmap() == want.Unmap() {
				return true
			}
		}
	}
	return false
}
