package keys_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/mod/sumdb/note"

	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

type world struct {
	store   storage.Store
	keyring *secret.Keyring
	now     time.Time
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{now: time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)}
	s, err := sqlite.Open(context.Background(), sqlite.Options{
		Path: filepath.Join(t.TempDir(), "k.db"), Key: bytes.Repeat([]byte{3}, 32), Migrate: true,
		Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return w.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	w.store = s
	if w.keyring, _, err = secret.NewRoot().NewKeyring(); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) ring(t testing.TB) *keys.Ring {
	t.Helper()
	r := &keys.Ring{Store: w.store, Keys: w.keyring, Now: func() time.Time { return w.now }, Log: slog.New(slog.DiscardHandler)}
	if err := r.Open(context.Background()); err != nil {
		t.Fatal(err)
	}
	return r
}

func kid(t *testing.T, token string) string {
	t.Helper()
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256, jose.RS256, jose.PS256, jose.EdDSA})
	if err != nil {
		t.Fatal(err)
	}
	return jws.Signatures[0].Protected.KeyID
}

func published(t *testing.T, r *keys.Ring) map[string]bool {
	t.Helper()
	body, _ := r.JWKS()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(body, &set); err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, k := range set.Keys {
		all[k.KeyID] = true
	}
	return all
}

func TestSignAndVerify(t *testing.T) {
	w := newWorld(t)
	r := w.ring(t)
	for _, alg := range r.Algorithms() {
		token, err := r.Sign(alg, "at+jwt", []byte(`{"sub":"x"}`))
		if err != nil {
			t.Fatal(err)
		}
		payload, typ, err := r.Verify(token)
		if err != nil || string(payload) != `{"sub":"x"}` || typ != "at+jwt" {
			t.Errorf("%s: %s, %s, %v", alg, payload, typ, err)
		}
		// A relying application that knows the public set alone accepts it too.
		body, _ := r.JWKS()
		var set jose.JSONWebKeySet
		if err := json.Unmarshal(body, &set); err != nil {
			t.Fatal(err)
		}
		jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jws.Verify(set.Key(kid(t, token))[0]); err != nil {
			t.Errorf("%s: by the public set: %v", alg, err)
		}
	}
	if _, err := r.Sign("HS256", "JWT", nil); err == nil {
		t.Error("signed with HS256")
	}
	if _, err := r.Sign("ES256", "strange", nil); err == nil {
		t.Error("signed an unknown type")
	}
}

func TestVerifyRefuses(t *testing.T) {
	w := newWorld(t)
	r := w.ring(t)
	good, err := r.Sign("ES256", "JWT", []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := newWorld(t).ring(t).Sign("ES256", "JWT", []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	for name, token := range map[string]string{
		"empty":             "",
		"none":              "eyJhbGciOiJub25lIn0." + parts[1] + ".",
		"payload changed":   parts[0] + ".e30K." + parts[2],
		"signature cut":     good[:len(good)-2],
		"another's key":     foreign,
		"huge":              strings.Repeat("a", 1<<20),
		"two signatures":    good + "." + parts[2],
		"hmac with the jwk": "eyJhbGciOiJIUzI1NiJ9." + parts[1] + "." + parts[2],
	} {
		if _, _, err := r.Verify(token); !errors.Is(err, keys.ErrNotOurs) {
			t.Errorf("%s: %v, want ErrNotOurs", name, err)
		}
	}
}

func TestPublicSetHasNoPrivateMembers(t *testing.T) {
	body, etag := newWorld(t).ring(t).JWKS()
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil || len(set.Keys) != 4 || etag == "" {
		t.Fatalf("%s, %v, etag %q", body, err, etag)
	}
	for _, k := range set.Keys {
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
			if _, ok := k[private]; ok {
				t.Errorf("the set shows %q", private)
			}
		}
		if k["use"] != "sig" || k["kid"] == "" || k["alg"] == "" {
			t.Errorf("key = %v", k)
		}
	}
}

func TestRotation(t *testing.T) {
	w := newWorld(t)
	r := w.ring(t)
	sign := func() string {
		token, err := r.Sign("ES256", "JWT", []byte(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	at := func(d time.Duration) {
		w.now = time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC).Add(d)
		if err := errors.Join(r.Rotate(t.Context()), r.Reload(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	first := sign()
	_, etag := r.JWKS()

	at(keys.Period - keys.Announced - time.Second)
	if n := len(published(t, r)); n != 4 {
		t.Fatalf("before a successor is due %d keys are published", n)
	}
	at(keys.Period - keys.Announced)
	if n := len(published(t, r)); n != 8 {
		t.Fatalf("when it is due %d keys are published", n)
	}
	if kid(t, sign()) != kid(t, first) {
		t.Error("the successor signs before its time")
	}
	if _, changed := r.JWKS(); changed == etag {
		t.Error("the entity tag did not change with the set")
	}
	at(keys.Period - time.Second)
	if kid(t, sign()) != kid(t, first) {
		t.Error("the successor signs a second before its time")
	}
	last := sign()
	at(keys.Period)
	second := sign()
	if kid(t, second) == kid(t, first) {
		t.Error("the first key signs after its time")
	}
	at(keys.Period + keys.Kept - time.Second)
	if _, _, err := r.Verify(last); err != nil || !published(t, r)[kid(t, last)] {
		t.Errorf("a token of the first key within its keeping: %v", err)
	}
	at(keys.Period + keys.Kept)
	if _, _, err := r.Verify(last); err == nil || published(t, r)[kid(t, last)] {
		t.Error("the first key is published after its keeping")
	}
	if _, _, err := r.Verify(second); err != nil {
		t.Error(err)
	}
}

func TestRotationAfterALongSleepAnnouncesFirst(t *testing.T) {
	w := newWorld(t)
	r := w.ring(t)
	w.now = w.now.Add(2 * keys.Period)
	if err := errors.Join(r.Rotate(t.Context()), r.Reload(t.Context())); err != nil {
		t.Fatal(err)
	}
	before, err := r.Sign("ES256", "JWT", nil)
	if err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(keys.Announced)
	after, err := r.Sign("ES256", "JWT", nil)
	if err != nil {
		t.Fatal(err)
	}
	if kid(t, before) == kid(t, after) {
		t.Error("no successor took over a day after it was announced")
	}
}

func TestReplicasThatBeginTogetherShareOneSet(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	sets := make([]string, 8)
	for i := range sets {
		wg.Go(func() {
			body, _ := w.ring(t).JWKS()
			sets[i] = string(body)
		})
	}
	wg.Wait()
	for _, s := range sets {
		if s != sets[0] {
			t.Fatal("two replicas have different sets")
		}
	}
}

func TestPrivateKeysAreSealed(t *testing.T) {
	w := newWorld(t)
	w.ring(t)
	other, _, err := secret.NewRoot().NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	r := &keys.Ring{Store: w.store, Keys: other, Now: func() time.Time { return w.now }, Log: slog.New(slog.DiscardHandler)}
	if err := r.Open(t.Context()); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("with another keyring: %v", err)
	}
}

func TestAuditKeyStaysTheSame(t *testing.T) {
	w := newWorld(t)
	a, err := keys.OpenAuditKey(t.Context(), w.store, w.keyring)
	if err != nil {
		t.Fatal(err)
	}
	b, err := keys.OpenAuditKey(t.Context(), w.store, w.keyring)
	if err != nil {
		t.Fatal(err)
	}
	if a.Verifier != b.Verifier || a.Signer.Name() != b.Signer.Name() {
		t.Error("the audit key changed when it was opened again")
	}
	msg, err := note.Sign(&note.Note{Text: "x\n"}, a.Signer)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(b.Verifier)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open(msg, note.VerifierList(verifier)); err != nil {
		t.Error(err)
	}
	body, _ := w.ring(t).JWKS()
	if strings.Contains(string(body), base64.RawURLEncoding.EncodeToString(auditPublic(t, a.Verifier))) {
		t.Error("the audit key is in the public set")
	}
}

// auditPublic is the Ed25519 key in a verifier of golang.org/x/mod/sumdb/note:
// name, hash, and the key in base64 after one byte that says what it is.
func auditPublic(t *testing.T, verifier string) []byte {
	t.Helper()
	parts := strings.SplitN(verifier, "+", 3)
	key, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(key) != 33 {
		t.Fatalf("%q: %v", verifier, err)
	}
	return key[1:]
}

func BenchmarkSignES256(b *testing.B) {
	r := newWorld(b).ring(b)
	payload := []byte(`{"iss":"https://id.example","sub":"abcdefghijklmnopqrstuvwxyz","aud":"portal","exp":1,"iat":1,"jti":"abcdefghijklmnopqrstuvwxyz"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Sign("ES256", "at+jwt", payload); err != nil {
			b.Fatal(err)
		}
	}
}
