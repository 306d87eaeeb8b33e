// Package dpop verifies proofs of possession (RFC 9449): that who sends a
// request holds a private key, at this moment, for this request.
package dpop

import (
	"context"
	"crypto"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/claviger-id/claviger/oidc/assertion"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

const (
	// MaxProof is the longest proof that is looked at, in bytes.
	MaxProof = 8 << 10
	// maxAge and maxAhead are how far the iat of a proof may be from now (RFC
	// 9449 section 11.1).
	maxAge   = 60 * time.Second
	maxAhead = 15 * time.Second
	maxID    = 256 // bytes of jti
	// nonceWindow is how long one nonce is handed out; it is taken for one
	// window more.
	nonceWindow = 3 * time.Minute
)

// Algorithms returns the JWS algorithms of proofs.
func Algorithms() []string { return []string{"ES256", "EdDSA", "PS256", "ES384"} }

// Verifier verifies proofs. It is safe for concurrent use.
type Verifier struct {
	Marks storage.Marks
	Keys  *secret.Keyring
	Now   func() time.Time
	// RequireNonce refuses proofs without a nonce of ours (RFC 9449 section 8).
	RequireNonce bool
}

// Proof is what a proof is about.
type Proof struct {
	// Text is the value of the DPoP header.
	Text string
	// Method and URL are those of the request that it came with; the URL
	// without query and fragment.
	Method, URL string
	// Alias is another name of the same address, or empty (RFC 8705 section 5).
	Alias string
	// AccessToken is the token that came with it, or empty.
	AccessToken string
}

type claims struct {
	Method          string   `json:"htm"`
	URL             string   `json:"htu"`
	ID              string   `json:"jti"`
	IssuedAt        *float64 `json:"iat"`
	AccessTokenHash string   `json:"ath"`
	Nonce           string   `json:"nonce"`
}

// Checked is a proof that is right in itself. It counts once it is spent.
type Checked struct {
	// JKT is the thumbprint of its key (RFC 9449 section 6.1).
	JKT string

	mark  string
	until time.Time
}

// Check checks everything about a proof (RFC 9449 section 4.3) but that it is
// new. It asks no store, so that it can come before the client is known.
func (v *Verifier) Check(p Proof) (Checked, error) {
	jwk, payload, err := open(p.Text)
	if err != nil {
		return Checked{}, err
	}
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		return Checked{}, invalid("The claims of the DPoP proof cannot be read.")
	}
	now := v.Now()
	switch {
	case c.Method != p.Method:
		return Checked{}, invalid("The htm of the DPoP proof is not the method of the request.")
	case !sameURL(c.URL, p.URL) && (p.Alias == "" || !sameURL(c.URL, p.Alias)):
		return Checked{}, invalid("The htu of the DPoP proof is not the address of the request.")
	case c.ID == "" || len(c.ID) > maxID:
		return Checked{}, invalid("The jti of the DPoP proof is missing or too long.")
	case c.IssuedAt == nil || *c.IssuedAt < 0 || *c.IssuedAt > float64(now.Unix())+maxAhead.Seconds():
		return Checked{}, invalid("The iat of the DPoP proof is missing or lies ahead.")
	case *c.IssuedAt < float64(now.Unix())-maxAge.Seconds():
		return Checked{}, invalid("The DPoP proof is too old.")
	case p.AccessToken != "" && !secret.Equal([]byte(c.AccessTokenHash), []byte(b64(secret.Hash(p.AccessToken)))):
		return Checked{}, invalid("The ath of the DPoP proof is not the hash of the access token.")
	case c.Nonce == "" && v.RequireNonce, c.Nonce != "" && !v.ours(c.Nonce, now):
		return Checked{}, &fault.Error{Code: fault.UseDPoPNonce, Description: "The DPoP proof needs the nonce of the DPoP-Nonce header."}
	}
	sum, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return Checked{}, invalid("The key of the DPoP proof cannot be used.")
	}
	jkt := b64(sum)
	return Checked{
		JKT: jkt, mark: "dpop:" + jkt + ":" + b64(secret.Hash(c.ID)),
		until: time.Unix(int64(*c.IssuedAt), 0).Add(maxAge + maxAhead),
	}, nil
}

// Spend accepts a proof, which can be done once (RFC 9449 section 11.1).
func (v *Verifier) Spend(ctx context.Context, c Checked) error {
	fresh, err := v.Marks.Set(ctx, c.mark, v.Now(), c.until)
	if err != nil {
		return fmt.Errorf("dpop: %w", err)
	}
	if !fresh {
		return invalid("The DPoP proof has been used before.")
	}
	return nil
}

// open checks form, header and signature.
func open(text string) (*jose.JSONWebKey, []byte, error) {
	if len(text) > MaxProof {
		return nil, nil, invalid("The DPoP proof is too long.")
	}
	accepted := make([]jose.SignatureAlgorithm, 0, len(Algorithms()))
	for _, a := range Algorithms() {
		accepted = append(accepted, jose.SignatureAlgorithm(a))
	}
	jws, err := jose.ParseSignedCompact(text, accepted)
	if err != nil || len(jws.Signatures) != 1 {
		return nil, nil, invalid("The DPoP proof is not a JWS with an algorithm that is accepted here: " + strings.Join(Algorithms(), ", ") + ".")
	}
	h := jws.Signatures[0].Protected
	if typ, _ := h.ExtraHeaders[jose.HeaderType].(string); typ != "dpop+jwt" {
		return nil, nil, invalid("The typ of the DPoP proof is not dpop+jwt.")
	}
	// The key is public and comes with the proof; a private one has been given
	// away by whoever sent it.
	if !assertion.Usable(h.JSONWebKey) {
		return nil, nil, invalid("The DPoP proof holds no public key in its header (jwk).")
	}
	payload, err := jws.Verify(h.JSONWebKey.Key)
	if err != nil {
		return nil, nil, invalid("The signature of the DPoP proof is wrong.")
	}
	return h.JSONWebKey, payload, nil
}

// sameURL compares without query and fragment (RFC 9449 section 4.3, check 9),
// after the normalisation of RFC 3986 sections 6.2.2 and 6.2.3.
func sameURL(a, b string) bool {
	if a == b {
		return true
	}
	x, okX := normal(a)
	y, okY := normal(b)
	return okX && okY && x == y
}

func normal(text string) (string, bool) {
	u, err := url.Parse(text)
	if err != nil || !u.IsAbs() || u.Host == "" || u.User != nil {
		return "", false
	}
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if port := map[string]string{"https": ":443", "http": ":80"}[scheme]; port != "" {
		host = strings.TrimSuffix(host, port)
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return scheme + "://" + host + path, true
}

// Nonce returns the nonce to use now. It is a MAC of the time, so that no
// replica has to remember it.
func (v *Verifier) Nonce() string { return v.nonce(v.window(v.Now())) }

func (v *Verifier) window(at time.Time) int64 { return at.Unix() / int64(nonceWindow/time.Second) }

func (v *Verifier) nonce(window int64) string {
	var text [8]byte
	binary.BigEndian.PutUint64(text[:], uint64(window)) //nolint:gosec // its bits are what counts
	return b64(v.Keys.MAC("dpop-nonce", text[:])[:16])
}

func (v *Verifier) ours(nonce string, now time.Time) bool {
	w := v.window(now)
	return slices.ContainsFunc([]int64{w, w - 1}, func(w int64) bool { return secret.Equal([]byte(nonce), []byte(v.nonce(w))) })
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func invalid(description string) *fault.Error {
	return fault.New(fault.InvalidDPoPProof, description)
}
