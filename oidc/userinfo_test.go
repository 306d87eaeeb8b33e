package oidc_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/storage"
)

func TestUserinfo(t *testing.T) { onEveryStore(t, testUserinfo) }

func testUserinfo(t *testing.T, w *world) {
	b := w.browser()
	out := b.tokens("portal", "scope", "openid profile email provider")
	want := map[string]any{
		"sub": w.person.Subject, "name": "Ada Quill", "given_name": "Ada", "family_name": "Quill", "preferred_username": "aquill",
		"updated_at": float64(begun.Unix()), "email": "ada@example.org", "email_verified": false, "npi": "1234567893", "organization": "Cove Clinic",
	}
	token := out["access_token"].(string)
	for name, a := range map[string]answer{
		"header":         w.userinfo(token),
		"post, header":   w.bearer(http.MethodPost, "/userinfo", "bearer "+token, nil),
		"post, and form": w.bearer(http.MethodPost, "/userinfo", "Bearer "+token, url.Values{"x": {"y"}}),
		"post, body":     w.bearer(http.MethodPost, "/userinfo", "", url.Values{"access_token": {token}}),
	} {
		if a.status != http.StatusOK || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v %s", name, a.status, a.header, a.body)
			continue
		}
		if diff := cmp.Diff(want, parse(t, a)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if n := w.count("userinfo.read"); n != 4 {
		t.Errorf("%d of 4 readings are recorded", n)
	}
	// The subject alone is not worth a record.
	if a := w.userinfo(b.tokens("portal", "scope", "openid")["access_token"]); strings.TrimSpace(a.body) != `{"sub":"`+w.person.Subject+`"}` {
		t.Errorf("with openid alone: %s", a.body)
	}
	if n := w.count("userinfo.read"); n != 4 {
		t.Errorf("%d records", n)
	}
}

// bearer sends a request with an Authorization header, a form, or both.
func (w *world) bearer(method, path, header string, form url.Values) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.Issuer+path, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	if header != "" {
		req.Header.Set("Authorization", header)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return w.send(http.DefaultClient, req)
}

func TestUserinfoRefuses(t *testing.T) { onEveryStore(t, testUserinfoRefuses) }

func testUserinfoRefuses(t *testing.T, w *world) {
	b := w.browser()
	out := b.tokens("portal")
	token, idToken := out["access_token"].(string), out["id_token"].(string)
	elsewhere := b.tokens("portal", "scope", "api:read")["access_token"].(string)
	for name, tc := range map[string]struct {
		answer    answer
		status    int
		challenge string
	}{
		"nothing":          {w.bearer("GET", "/userinfo", "", nil), 401, `Bearer realm="claviger"`},
		"another scheme":   {w.bearer("GET", "/userinfo", "Basic "+token, nil), 401, `Bearer realm="claviger"`},
		"scheme alone":     {w.bearer("GET", "/userinfo", "Bearer", nil), 401, `Bearer realm="claviger"`},
		"in the address":   {w.bearer("GET", "/userinfo?access_token="+token, "", nil), 401, `Bearer realm="claviger"`},
		"garbage":          {w.userinfo("garbage"), 401, `error="invalid_token"`},
		"an ID token":      {w.userinfo(idToken), 401, `error="invalid_token"`},
		"altered":          {w.userinfo(token[:len(token)-3] + "AAA"), 401, `error="invalid_token"`},
		"without a sig":    {w.userinfo(token[:strings.LastIndexByte(token, '.')+1]), 401, `error="invalid_token"`},
		"huge":             {w.userinfo(strings.Repeat("a.b", 10_000)), 401, `error="invalid_token"`},
		"header and body":  {w.bearer("POST", "/userinfo", "Bearer "+token, url.Values{"access_token": {token}}), 400, `error="invalid_request"`},
		"twice":            {w.bearer("POST", "/userinfo", "", url.Values{"access_token": {token, token}}), 400, `error="invalid_request"`},
		"for another one":  {w.userinfo(elsewhere), 401, `error="invalid_token"`},
		"post with no one": {w.bearer("POST", "/userinfo", "", url.Values{}), 401, `Bearer realm="claviger"`},
	} {
		if tc.answer.status != tc.status || !strings.Contains(tc.answer.header.Get("WWW-Authenticate"), tc.challenge) {
			t.Errorf("%s: %d %q %s", name, tc.answer.status, tc.answer.header.Get("WWW-Authenticate"), tc.answer.body)
		}
		parse(t, tc.answer)
	}
	if w.count("userinfo.read") != 0 {
		t.Error("something was read")
	}
	w.clock.add(5 * time.Minute)
	if a := w.userinfo(token); a.status != http.StatusUnauthorized {
		t.Errorf("expired: %d", a.status)
	}
}

// sign makes a token as only the provider itself could.
func (w *world) sign(typ string, claims map[string]any) string {
	w.t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		w.t.Fatal(err)
	}
	token, err := w.Keys.Sign("ES256", typ, payload)
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

func TestTokensOfOneKindAreNotTakenForAnother(t *testing.T) {
	onEveryStore(t, testTokensOfOneKindAreNotTakenForAnother)
}

func testTokensOfOneKindAreNotTakenForAnother(t *testing.T, w *world) {
	b := w.browser()
	issued := b.tokens("portal")
	session, _ := w.claimsOf(issued["id_token"])
	real, _ := w.claimsOf(issued["access_token"])
	access := func(change map[string]any) map[string]any {
		c := map[string]any{
			"iss": w.Issuer, "aud": []string{w.Issuer}, "sub": w.person.Subject, "exp": w.clock.now().Add(time.Minute).Unix(),
			"client_id": "portal", "scope": "openid", "sid": "s", "gid": real["gid"],
		}
		maps.Copy(c, change)
		return c
	}
	for name, tc := range map[string]struct {
		token  string
		status int
	}{
		"as it should be":       {w.sign("at+jwt", access(nil)), http.StatusOK},
		"type of an ID token":   {w.sign("JWT", access(nil)), http.StatusUnauthorized},
		"type of logout":        {w.sign("logout+jwt", access(nil)), http.StatusUnauthorized},
		"of another issuer":     {w.sign("at+jwt", access(map[string]any{"iss": "https://other.example"})), http.StatusUnauthorized},
		"no expiry":             {w.sign("at+jwt", access(map[string]any{"exp": nil})), http.StatusUnauthorized},
		"claims of wrong types": {w.sign("at+jwt", access(map[string]any{"exp": "soon"})), http.StatusUnauthorized},
		"without openid":        {w.sign("at+jwt", access(map[string]any{"scope": "profile openidx"})), http.StatusForbidden},
	} {
		if a := w.userinfo(tc.token); a.status != tc.status {
			t.Errorf("access token, %s: %d %s", name, a.status, a.body)
		}
	}
	hint := func(change map[string]any) map[string]any {
		c := map[string]any{"iss": w.Issuer, "aud": "portal", "sub": w.person.Subject, "sid": session["sid"]}
		maps.Copy(c, change)
		return c
	}
	for name, token := range map[string]string{
		"type of an access token": w.sign("at+jwt", hint(nil)),
		"of another issuer":       w.sign("JWT", hint(map[string]any{"iss": "https://other.example"})),
		"about nobody":            w.sign("JWT", hint(map[string]any{"sub": ""})),
		"for nobody":              w.sign("JWT", hint(map[string]any{"aud": ""})),
	} {
		if to := b.get(end("id_token_hint", token)).header.Get("Location"); to != "/sign-out" {
			t.Errorf("hint, %s: %s", name, to)
		}
	}
	if to := b.get(end("id_token_hint", w.sign("JWT", hint(nil)))).header.Get("Location"); to != "/signed-out" {
		t.Errorf("hint as it should be: %s", to)
	}
}

func TestUserinfoOfAnAccountThatIsNotActive(t *testing.T) {
	onEveryStore(t, testUserinfoOfAnAccountThatIsNotActive)
}

func testUserinfoOfAnAccountThatIsNotActive(t *testing.T, w *world) {
	token := w.browser().tokens("portal")["access_token"]
	if err := w.Store.Tx(t.Context(), func(tx storage.Tx) error {
		p := w.person
		p.State, p.Version = storage.PersonSuspended, 1
		return tx.People().Update(t.Context(), p)
	}); err != nil {
		t.Fatal(err)
	}
	if a := w.userinfo(token); a.status != http.StatusUnauthorized {
		t.Errorf("%d %s", a.status, a.body)
	}
}
