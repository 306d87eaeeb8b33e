package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// selfSigned is a certificate of its own key, for localhost.
func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// TestCertificatesAreAskedForAtTheAliasesOnly: browsers at the issuer never ask
// people for a certificate, and programs that have one are known by it at the
// other listener (RFC 8705 section 5).
func TestCertificatesAreAskedForAtTheAliasesOnly(t *testing.T) {
	t.Parallel()
	server, own := selfSigned(t), selfSigned(t)
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	private, err := x509.MarshalPKCS8PrivateKey(server.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	public, mtls := freeAddress(t), freeAddress(t)
	issuer, alias := "https://localhost:"+port(public), "https://localhost:"+port(mtls)
	in := newInstallation(t, "embedded", map[string]string{
		"public.issuer": quote(issuer), "public.listen": quote(public),
		"public.certificate_file": quote(write("cert.pem", "CERTIFICATE", server.Certificate[0])), "public.key_file": quote(write("key.pem", "PRIVATE KEY", private)),
		"public.client_certificates": quote("connection"), "public.mtls_url": quote(alias), "public.mtls_listen": quote(mtls),
	})
	keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: own.Leaf.PublicKey, KeyID: "1", Certificates: []*x509.Certificate{own.Leaf}}}})
	if err != nil {
		t.Fatal(err)
	}
	in.registerDocument(map[string]any{
		"client_id": "mesh", "token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": json.RawMessage(keys),
		"tls_client_certificate_bound_access_tokens": true, "grant_types": []string{"client_credentials"}, "scope": "api:read",
	})
	in.serve()

	asked := false
	roots := x509.NewCertPool()
	roots.AddCert(server.Leaf)
	program := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{
		RootCAs: roots, MinVersion: tls.VersionTLS12,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { asked = true; return &own, nil },
	}}}
	token := func(endpoint string) (status int, out map[string]any) {
		t.Helper()
		asked = false
		res, err := program.PostForm(endpoint, url.Values{"grant_type": {"client_credentials"}, "client_id": {"mesh"}})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, out
	}
	res, err := program.Get(issuer + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var published struct {
		Token   string            `json:"token_endpoint"`
		Aliases map[string]string `json:"mtls_endpoint_aliases"`
	}
	if err := json.NewDecoder(res.Body).Decode(&published); err != nil {
		t.Fatal(err)
	}
	if status, out := token(published.Token); asked || status != http.StatusUnauthorized || out["error"] != "invalid_client" {
		t.Errorf("at the issuer: certificate asked for: %v; %d %v", asked, status, out)
	}
	if status, out := token(published.Aliases["token_endpoint"]); !asked || status != http.StatusOK || out["access_token"] == nil {
		t.Errorf("at the alias: certificate asked for: %v; %d %v", asked, status, out)
	}
	res, err = program.Get(alias + "/sign-out")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("a page at the alias: %d", res.StatusCode)
	}
}
