package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"time"
)

// reference is the bare handlers: net/http, the standard library's ECDSA, JSON,
// and nothing that an identity provider does besides. They check nothing, keep
// nothing, log nothing.
type reference struct {
	key    *ecdsa.PrivateKey
	header string   // of its tokens, encoded
	texts  sync.Map // path → []byte
	codes  sync.Map
}

func newReference() (*reference, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return &reference{key: key, header: encode([]byte(`{"alg":"ES256","kid":"bare","typ":"at+jwt"}`))}, nil
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (b *reference) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sign", b.sign)
	mux.HandleFunc("POST /verify", b.verify)
	mux.HandleFunc("GET /authorize", b.authorize)
	mux.HandleFunc("POST /token", b.token)
	mux.HandleFunc("PUT /text/{name}", b.keep)
	mux.HandleFunc("GET /text/{name}", b.text)
	mux.HandleFunc("GET /metrics", b.metrics)
	return mux
}

// bareClaims are as many and as long as ours.
type bareClaims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience []string `json:"aud"`
	ClientID string   `json:"client_id"`
	Expiry   int64    `json:"exp"`
	IssuedAt int64    `json:"iat"`
	ID       string   `json:"jti"`
	Scope    string   `json:"scope"`
	AuthTime int64    `json:"auth_time,omitempty"`
	ACR      string   `json:"acr,omitempty"`
	AMR      []string `json:"amr,omitempty"`
	Session  string   `json:"sid,omitempty"`
	Grant    string   `json:"gid,omitempty"`
	Nonce    string   `json:"nonce,omitempty"`
}

func claimsOf(clientID string) bareClaims {
	now := time.Now().Unix()
	return bareClaims{
		Issuer: "http://localhost:8080", Subject: clientID, Audience: []string{clientID}, ClientID: clientID,
		Expiry: now + 300, IssuedAt: now, ID: rand.Text(), Scope: "records.read",
	}
}

func (b *reference) jwt(claims bareClaims) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	text := b.header + "." + encode(payload)
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, b.key, sum[:])
	if err != nil {
		return "", err
	}
	var signature [64]byte
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return text + "." + encode(signature[:]), nil
}

type bareTokens struct {
	Access  string `json:"access_token"`
	Type    string `json:"token_type"`
	Expires int64  `json:"expires_in"`
	ID      string `json:"id_token,omitempty"`
	Scope   string `json:"scope"`
}

// sign is POST /sign: one JWT.
func (b *reference) sign(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "", http.StatusBadRequest)
		return
	}
	id, _, _ := r.BasicAuth()
	b.answer(w, bareTokens{Type: "Bearer", Expires: 300, Scope: "records.read"}, claimsOf(id))
}

// answer signs one access token and, when there is one, an ID token.
func (b *reference) answer(w http.ResponseWriter, out bareTokens, claims ...bareClaims) {
	for i, c := range claims {
		token, err := b.jwt(c)
		if err != nil {
			http.Error(w, "", http.StatusInternalServerError)
			return
		}
		if i == 0 {
			out.Access = token
		} else {
			out.ID = token
		}
	}
	writeJSON(w, out)
}

func writeJSON(w http.ResponseWriter, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(text)
}

// verify is POST /verify: one JWT is verified, its claims come back.
func (b *reference) verify(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "", http.StatusBadRequest)
		return
	}
	var told struct {
		Active bool `json:"active"`
		bareClaims
	}
	text, signature, ok := cutLast(r.PostForm.Get("token"))
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	if !ok || err != nil || len(raw) != 64 {
		http.Error(w, "", http.StatusBadRequest)
		return
	}
	sum := sha256.Sum256([]byte(text))
	if !ecdsa.Verify(&b.key.PublicKey, sum[:], new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])) {
		writeJSON(w, told)
		return
	}
	_, payload, _ := strings.Cut(text, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(payload)
	if err == nil {
		err = json.Unmarshal(decoded, &told)
	}
	told.Active = err == nil && told.Expiry > time.Now().Unix()
	writeJSON(w, told)
}

func cutLast(token string) (text, signature string, ok bool) {
	i := strings.LastIndexByte(token, '.')
	if i < 0 {
		return "", "", false
	}
	return token[:i], token[i+1:], true
}

// authorize is GET /authorize: a code that only memory knows.
func (b *reference) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	code := rand.Text()
	b.codes.Store(code, q.Get("nonce"))
	w.Header().Set("Location", q.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {q.Get("state")}}.Encode())
	w.WriteHeader(http.StatusSeeOther)
}

// token is POST /token: the code, for the two JWTs.
func (b *reference) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "", http.StatusBadRequest)
		return
	}
	nonce, ok := b.codes.LoadAndDelete(r.PostForm.Get("code"))
	if !ok {
		http.Error(w, "", http.StatusBadRequest)
		return
	}
	access := claimsOf(r.PostForm.Get("client_id"))
	access.AuthTime, access.ACR, access.AMR, access.Session, access.Grant = access.IssuedAt, "urn:x:password", []string{"pwd"}, rand.Text(), rand.Text()
	id := access
	id.Nonce, _ = nonce.(string)
	b.answer(w, bareTokens{Type: "Bearer", Expires: 300, Scope: "openid"}, access, id)
}

// keep and text are a document: what is put there comes back.
func (b *reference) keep(w http.ResponseWriter, r *http.Request) {
	var text []byte
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&text); err != nil {
		http.Error(w, "", http.StatusBadRequest)
		return
	}
	b.texts.Store(r.PathValue("name"), text)
}

func (b *reference) text(w http.ResponseWriter, r *http.Request) {
	text, _ := b.texts.Load(r.PathValue("name"))
	body, _ := text.([]byte)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) //nolint:gosec // what the benchmark put there, for itself
}

func (b *reference) metrics(w http.ResponseWriter, _ *http.Request) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	_, _ = fmt.Fprintf(w, "go_memstats_mallocs_total %d\ngo_memstats_alloc_bytes_total %d\n", m.Mallocs, m.TotalAlloc)
}

// serveReference serves the bare handlers until ctx ends.
func serveReference(ctx context.Context, address string) error {
	b, err := newReference()
	if err != nil {
		return err
	}
	s := &http.Server{Addr: address, Handler: b.routes(), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		_ = s.Close()
	}()
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
