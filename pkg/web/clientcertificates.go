package web

import (
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/netip"
	"strings"
)

// ClientCertificates finds the certificates of clients: those of our own TLS
// connection, or those that a proxy which ended the connection wrote into the
// headers of RFC 9440. The zero value believes no header.
type ClientCertificates struct {
	// Proxies are those that set or remove the headers on every request.
	Proxies Proxies
	// Header says that they do. Connection says that our own listener asks for
	// certificates.
	Header, Connection bool
}

// Enabled says that clients can have certificates at all.
func (c ClientCertificates) Enabled() bool { return c.Header || c.Connection }

// maxChain is the most certificates of one header.
const maxChain = 8

// Of returns the certificates, the client's own first, or none. They have not
// been judged.
func (c ClientCertificates) Of(r *http.Request) []*x509.Certificate {
	if c.Connection && r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		return r.TLS.PeerCertificates
	}
	if !c.Header {
		return nil
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !c.Proxies.trusts(tidy(peer.Addr())) {
		return nil
	}
	own := r.Header.Values("Client-Cert")
	if len(own) != 1 { // RFC 9440 section 2.2: a single item
		return nil
	}
	items := []string{own[0]}
	for _, line := range r.Header.Values("Client-Cert-Chain") {
		items = append(items, strings.Split(line, ",")...)
	}
	if len(items) > maxChain {
		return nil
	}
	var chain []*x509.Certificate
	for _, item := range items {
		certificate := parseItem(strings.TrimSpace(item))
		if certificate == nil {
			return nil
		}
		chain = append(chain, certificate)
	}
	return chain
}

// parseItem reads a byte sequence (RFC 8941 section 3.3.5) that is a DER
// certificate, or returns nil.
func parseItem(item string) *x509.Certificate {
	inner, ok := strings.CutPrefix(item, ":")
	if !ok {
		return nil
	}
	if inner, ok = strings.CutSuffix(inner, ":"); !ok {
		return nil
	}
	der, err := base64.StdEncoding.DecodeString(inner)
	if err != nil {
		return nil
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil
	}
	return certificate
}
