package oidc

import (
	"encoding/base32"
	"net/url"
	"strings"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Subjects makes the subject by which a client knows a person (OpenID Connect
// Core section 8).
type Subjects struct{ Keys *secret.Keyring }

// Of returns the person's public subject, or for a pairwise client one that no
// other sector has: a keyed MAC of sector and subject (section 8.1).
func (s Subjects) Of(c storage.Client, subject string) string {
	if c.SubjectType != client.SubjectPairwise {
		return subject
	}
	sum := s.Keys.MAC("pairwise-subject", []byte(Sector(c)+"\x00"+subject))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
}

// pseudonym is how a client knows subjects.
func (p *Provider) pseudonym(c storage.Client) func(string) string {
	return func(subject string) string { return p.Subjects.Of(c, subject) }
}

// Sector is the host by which pairwise subjects are told apart: that of the
// sector identifier, or else of the redirect URIs, which then have one.
func Sector(c storage.Client) string {
	from := c.SectorURI
	if from == "" && len(c.RedirectURIs) > 0 {
		from = c.RedirectURIs[0]
	}
	u, err := url.Parse(from)
	if err != nil || u.Hostname() == "" {
		return c.ID // no sector but itself
	}
	return u.Hostname()
}
