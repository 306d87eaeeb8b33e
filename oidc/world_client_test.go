package oidc_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/storage"
)

// redeem asks the token endpoint as a client.
func (w *world) redeem(clientID string, form url.Values, changes ...func(*http.Request)) (int, map[string]any, http.Header) {
	w.t.Helper()
	a := w.post("/token", clientID, form, changes...)
	return a.status, parse(w.t, a), a.header
}

func (w *world) post(path, clientID string, form url.Values, changes ...func(*http.Request)) answer {
	w.t.Helper()
	form = copied(form)
	c, _ := w.Clients.Get(clientID)
	switch c.AuthMethod {
	case "none":
		form.Set("client_id", clientID)
	case "client_secret_post":
		form.Set("client_id", clientID)
		form.Set("client_secret", clientSecret)
	case "private_key_jwt":
		if form.Get("client_assertion") == "" {
			form.Set("client_assertion_type", assertionType)
			form.Set("client_assertion", bankKey.assertion(w, clientID, nil))
		}
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.Issuer+path, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, change := range changes {
		change(req)
	}
	if c.AuthMethod == "client_secret_basic" {
		req.SetBasicAuth(url.QueryEscape(clientID), url.QueryEscape(clientSecret))
	}
	return w.send(http.DefaultClient, req)
}

func copied(form url.Values) url.Values {
	c := url.Values{}
	for k, v := range form {
		c[k] = slices.Clone(v)
	}
	return c
}

func parse(t *testing.T, a answer) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		t.Fatalf("%d %q: %v", a.status, a.body, err)
	}
	return out
}

func exchange(code string, change ...string) url.Values {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
		if change[i+1] == "" {
			form.Del(change[i])
		}
	}
	return form
}

func refreshing(token string, change ...string) url.Values {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

// claimsOf reads a JWT of ours and its header.
func (w *world) claimsOf(token any) (claims map[string]any, header map[string]any) {
	w.t.Helper()
	text, _ := token.(string)
	payload, _, err := w.Keys.Verify(text)
	if err != nil {
		w.t.Fatalf("%q: %v", text, err)
	}
	head, err := base64.RawURLEncoding.DecodeString(strings.Split(text, ".")[0])
	if err != nil {
		w.t.Fatal(err)
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		w.t.Fatal(err)
	}
	if err := json.Unmarshal(head, &header); err != nil {
		w.t.Fatal(err)
	}
	return claims, header
}

// events returns the kinds of the audit events so far, in order, but for those
// of keys.
func (w *world) events() []string {
	w.t.Helper()
	var kinds []string
	if err := w.Store.View(w.t.Context(), func(tx storage.Tx) error {
		all, err := tx.Audit().Pending(w.t.Context(), 10_000)
		for _, e := range all {
			if !strings.HasPrefix(e.Kind, "key.") {
				kinds = append(kinds, e.Kind)
			}
		}
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return kinds
}

func (w *world) count(kind string) int {
	n := 0
	for _, k := range w.events() {
		if k == kind {
			n++
		}
	}
	return n
}

// userinfo asks with a token in the header.
func (w *world) userinfo(token any) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.Issuer+"/userinfo", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+fmt.Sprint(token))
	return w.send(http.DefaultClient, req)
}
