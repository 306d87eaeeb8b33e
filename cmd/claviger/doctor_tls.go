package main

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/url"
	"time"
)

// certificateNotice is how long before its end a certificate is warned of.
const certificateNotice = 21 * 24 * time.Hour

// tls checks what the public listener shows, or who does it in its place.
func (d *doctor) tls() {
	const check = "tls"
	p := d.in.config.Public
	issuer, err := url.Parse(p.Issuer)
	if err != nil {
		return // the configuration would have been refused
	}
	if p.CertificateFile == "" {
		switch {
		case issuer.Scheme == "http":
			d.found(check, findingOK, "plaintext, on this machine only", "")
		case len(p.TrustedProxies) == 0:
			d.found(check, findingWarning, "a proxy ends TLS, and none is trusted: everybody seems to come from it",
				"name its network in public.trusted_proxies, so that the log has the addresses of people")
		default:
			d.found(check, findingOK, "a trusted proxy ends TLS", "")
		}
		return
	}
	pair, err := tls.LoadX509KeyPair(p.CertificateFile, p.KeyFile)
	if err != nil {
		d.found(check, findingFailed, fmt.Sprintf("certificate and key cannot be used: %v", err), "correct public.certificate_file and public.key_file")
		return
	}
	if _, err := readSecretFile(p.KeyFile); err != nil {
		d.found(check, findingFailed, err.Error(), "the key of the certificate is for the server alone")
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		d.found(check, findingFailed, fmt.Sprintf("the certificate cannot be read: %v", err), "get another one")
		return
	}
	now, end := d.in.now(), leaf.NotAfter.UTC().Format(time.DateOnly)
	renew := "renew it; a running server reads the file again when it changes"
	switch {
	case now.After(leaf.NotAfter):
		d.found(check, findingFailed, "the certificate ended on "+end, renew)
	case now.Before(leaf.NotBefore):
		d.found(check, findingFailed, "the certificate begins on "+leaf.NotBefore.UTC().Format(time.DateOnly), "check the clock, or get another one")
	case now.Add(certificateNotice).After(leaf.NotAfter):
		d.found(check, findingWarning, "the certificate ends on "+end, renew)
	default:
		d.found(check, findingOK, "the certificate is good until "+end, "")
	}
	if err := leaf.VerifyHostname(issuer.Hostname()); err != nil {
		d.found(check, findingFailed, "the certificate is not for "+issuer.Hostname(), "get one for the host of public.issuer")
	}
	if key, ok := leaf.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() < 2048 {
		d.found(check, findingFailed, fmt.Sprintf("the key of the certificate has %d bits", key.N.BitLen()), "browsers refuse less than 2048; make a new one")
	}
}
