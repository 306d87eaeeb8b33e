package relying_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/relying"
)

func TestDiscoverRefuses(t *testing.T) {
	tests := []struct {
		name     string
		metadata map[string]any
		want     string
	}{
		{"another issuer", map[string]any{"issuer": "https://evil.example"}, "calls itself"},
		{"no token endpoint", map[string]any{"token_endpoint": ""}, "token_endpoint"},
		{"plaintext endpoint", map[string]any{"jwks_uri": "http://id.example/jwks"}, "jwks_uri"},
		{"no PKCE", map[string]any{"code_challenge_methods_supported": []string{"plain"}}, "PKCE"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := newOP(t)
			o.with(func(o *op) { o.metadata = tt.metadata })
			env := relying.Environment{HTTP: o.server.Client(), Now: o.clock.Now}
			_, err := relying.Discover(t.Context(), env, o.issuer())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestDiscoverRefusesAnswers(t *testing.T) {
	tests := map[string]http.HandlerFunc{
		"a page": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("{}"))
		},
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		},
		"too much": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"issuer":"` + strings.Repeat("x", 2<<20) + `"}`))
		},
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(answer)
			defer server.Close()
			env := relying.Environment{HTTP: server.Client(), Now: newClock().Now}
			if _, err := relying.Discover(t.Context(), env, server.URL); err == nil {
				t.Error("accepted")
			}
		})
	}
	env := relying.Environment{HTTP: http.DefaultClient, Now: newClock().Now}
	if _, err := relying.Discover(t.Context(), env, "http://id.example"); err == nil {
		t.Error("a plaintext issuer was accepted")
	}
}

func accessClaims(o *op, change map[string]any) map[string]any {
	now := o.clock.Now()
	claims := map[string]any{
		"iss": o.issuer(), "sub": "sub-1", "aud": "https://api.example", "client_id": "app", "jti": "1",
		"exp": now.Add(5 * time.Minute).Unix(), "iat": now.Unix(), "scope": "roster.read",
	}
	for name, value := range change {
		claims[name] = value
	}
	return claims
}

func newVerifier(t *testing.T, o *op) *relying.TokenVerifier {
	t.Helper()
	return &relying.TokenVerifier{Provider: newApplication(t, o).Provider, Audience: "https://api.example"}
}

func TestVerifyAccessToken(t *testing.T) {
	o := newOP(t)
	v := newVerifier(t, o)
	good, err := v.Verify(t.Context(), o.signing.sign(t, "at+jwt", accessClaims(o, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if good.Subject != "sub-1" || !good.Allows("roster.read") || good.Allows("roster") {
		t.Errorf("token %+v", good)
	}
	stranger := newSigningKey(t, "k1")
	tests := []struct {
		name, token, want string
	}{
		{"an ID token", o.signing.sign(t, "JWT", accessClaims(o, nil)), "type"},
		{"another API's", o.signing.sign(t, "at+jwt", accessClaims(o, map[string]any{"aud": []string{"x"}})), "meant for"},
		{"another issuer's", o.signing.sign(t, "at+jwt", accessClaims(o, map[string]any{"iss": "https://evil.example"})), "issued by"},
		{"expired", o.signing.sign(t, "at+jwt", accessClaims(o, map[string]any{"exp": o.clock.Now().Unix()})), "expired"},
		{"not yet", o.signing.sign(t, "at+jwt", accessClaims(o, map[string]any{"nbf": o.clock.Now().Unix() + 60})), "not valid yet"},
		{"about nobody", o.signing.sign(t, "at+jwt", accessClaims(o, map[string]any{"sub": ""})), "nobody"},
		{"signed by a stranger", stranger.sign(t, "at+jwt", accessClaims(o, nil)), "signature"},
		{"unsigned", "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.e30.", "signed"},
		{"symmetric", "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.AAAA", "signed"},
		{"garbage", "x", "signed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := v.Verify(t.Context(), tt.token)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestBoundAccessTokens: what is bound to a key is for nobody who has not proven to hold it
// (RFC 9449 section 7.2, RFC 8705 section 3).
func TestBoundAccessTokens(t *testing.T) {
	o := newOP(t)
	free := o.signing.sign(t, "at+jwt", accessClaims(o, nil))
	byKey := o.signing.sign(t, "at+jwt", accessClaims(o, map[string]any{"cnf": map[string]any{"jkt": "thumb"}}))
	byCertificate := o.signing.sign(t, "at+jwt", accessClaims(o, map[string]any{"cnf": map[string]any{"x5t#S256": "print"}}))
	byOther := o.signing.sign(t, "at+jwt", accessClaims(o, map[string]any{"cnf": map[string]any{}}))
	holds := func(r *http.Request, raw string, token relying.AccessToken) error {
		if got := token.Confirmation.KeyThumbprint + token.Confirmation.CertificateThumbprint; r.Header.Get("Proof") != got || raw == "" {
			return errors.New("not held")
		}
		return nil
	}
	for _, c := range []struct {
		name, kind, token, proof string
		checked                  bool
		want                     int
	}{
		{"bearer, not bound", "Bearer", free, "", true, http.StatusOK},
		{"as if it were bound", "DPoP", free, "thumb", true, http.StatusUnauthorized},
		{"bound, and nobody checks", "Bearer", byKey, "thumb", false, http.StatusUnauthorized},
		{"in its scheme, and nobody checks", "DPoP", byKey, "thumb", false, http.StatusUnauthorized},
		{"bound to a certificate, and nobody checks", "Bearer", byCertificate, "print", false, http.StatusUnauthorized},
		{"with a proof", "DPoP", byKey, "thumb", true, http.StatusOK},
		{"with the proof of another key", "DPoP", byKey, "other", true, http.StatusUnauthorized},
		{"with a proof, as bearer", "Bearer", byKey, "thumb", true, http.StatusUnauthorized},
		{"with a certificate", "Bearer", byCertificate, "print", true, http.StatusOK},
		{"without it", "Bearer", byCertificate, "", true, http.StatusUnauthorized},
		{"bound to something else", "Bearer", byOther, "", true, http.StatusUnauthorized},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVerifier(t, o)
			if c.checked {
				v.Holds = holds
			}
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("Authorization", c.kind+" "+c.token)
			r.Header.Set("Proof", c.proof)
			w := httptest.NewRecorder()
			v.Protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
			if w.Code != c.want {
				t.Errorf("status %d, want %d", w.Code, c.want)
			}
			if _, err := v.Verify(t.Context(), c.token); (err == nil) != (c.token == free) {
				t.Errorf("without the request: %v", err)
			}
		})
	}
}

func TestKeysRotate(t *testing.T) {
	o := newOP(t)
	v := newVerifier(t, o)
	if _, err := v.Verify(t.Context(), o.signing.sign(t, "at+jwt", accessClaims(o, nil))); err != nil {
		t.Fatal(err)
	}
	// Names that do not exist are asked for once in ten seconds, not each time.
	invented := newSigningKey(t, "invented")
	o.clock.add(time.Minute)
	for range 20 {
		if _, err := v.Verify(t.Context(), invented.sign(t, "at+jwt", accessClaims(o, nil))); err == nil {
			t.Fatal("an invented key was accepted")
		}
	}
	if got := o.reads(); got != 2 {
		t.Errorf("the keys were read %d times", got)
	}
	// A new key is found without being told.
	next := newSigningKey(t, "k2")
	o.with(func(o *op) { o.published = append(o.published, next) })
	o.clock.add(11 * time.Second)
	if _, err := v.Verify(t.Context(), next.sign(t, "at+jwt", accessClaims(o, nil))); err != nil {
		t.Errorf("after a rotation: %v", err)
	}
	// A key that was withdrawn stops working within the hour.
	old := o.signing
	o.with(func(o *op) { o.published = []signingKey{next} })
	if _, err := v.Verify(t.Context(), old.sign(t, "at+jwt", accessClaims(o, nil))); err != nil {
		t.Errorf("a key that was read a moment ago: %v", err)
	}
	o.clock.add(time.Hour)
	if _, err := v.Verify(t.Context(), old.sign(t, "at+jwt", accessClaims(o, nil))); err == nil {
		t.Error("a withdrawn key still works")
	}
	// A provider that is down does not stop an API that has its keys.
	o.server.Close()
	o.clock.add(2 * time.Hour)
	if _, err := v.Verify(t.Context(), next.sign(t, "at+jwt", accessClaims(o, nil))); err != nil {
		t.Errorf("while the provider is down: %v", err)
	}
}

func TestProtect(t *testing.T) {
	o := newOP(t)
	v := newVerifier(t, o)
	api := v.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, _ := relying.AccessTokenFrom(r.Context())
		_, _ = w.Write([]byte(token.Subject))
	}), "roster.read")
	good := o.signing.sign(t, "at+jwt", accessClaims(o, nil))
	tests := []struct {
		name, header, body, challenge string
		status                        int
	}{
		{"good", "Bearer " + good, "sub-1", "", http.StatusOK},
		{"lower case", "bearer " + good, "sub-1", "", http.StatusOK},
		{"nothing", "", "", "Bearer", http.StatusUnauthorized},
		{"basic", "Basic eDp5", "", "Bearer", http.StatusUnauthorized},
		{"wrong", "Bearer x", "", `Bearer error="invalid_token"`, http.StatusUnauthorized},
		{
			"too little", "Bearer " + o.signing.sign(t, "at+jwt", accessClaims(o, map[string]any{"scope": "openid"})), "",
			`Bearer error="insufficient_scope", scope="roster.read"`, http.StatusForbidden,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			if tt.header != "" {
				r.Header.Set("Authorization", tt.header)
			}
			w := httptest.NewRecorder()
			api.ServeHTTP(w, r)
			if w.Code != tt.status || w.Header().Get("WWW-Authenticate") != tt.challenge ||
				tt.status == http.StatusOK && w.Body.String() != tt.body {
				t.Errorf("%d %q %q", w.Code, w.Header().Get("WWW-Authenticate"), w.Body)
			}
		})
	}
}
