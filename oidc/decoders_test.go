package oidc

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/storage"
)

// FuzzScopes: nothing is granted that was not asked for, or that is not the
// client's, and what was granted can be asked for.
func FuzzScopes(f *testing.F) {
	c := storage.Client{ID: "a", Scopes: []string{"openid", "profile", "api:read"}}
	f.Fuzz(func(t *testing.T, asked string) {
		granted, err := scopes(c, asked)
		if err != nil {
			return
		}
		fields := strings.Fields(asked)
		for i, s := range granted {
			if !slices.Contains(fields, s) || !slices.Contains(c.Scopes, s) || slices.Contains(granted[:i], s) {
				t.Fatalf("%q: %q", asked, granted)
			}
		}
		again, err := scopes(c, strings.Join(granted, " "))
		if err != nil || !slices.Equal(again, granted) || len(granted) == 0 {
			t.Fatalf("%q: %q, then %q, %v", asked, granted, again, err)
		}
	})
}

// FuzzObjectParameters: the claims of the JWT itself are no parameters, and a
// text says what it said.
func FuzzObjectParameters(f *testing.F) {
	f.Fuzz(func(t *testing.T, payload string) {
		params, err := objectParameters([]byte(payload))
		if err != nil {
			return
		}
		texts := map[string]string{}
		for name, values := range params {
			if registered[name] {
				t.Fatalf("%q: %s is a parameter", payload, name)
			}
			if len(values) == 1 {
				texts[name] = values[0]
			}
		}
		written, err := json.Marshal(texts)
		if err != nil {
			t.Fatal(err)
		}
		again, err := objectParameters(written)
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range texts {
			// What is no UTF-8 in JSON is replaced when it is read.
			if diff := cmp.Diff([]string{text}, again[name]); diff != "" {
				t.Fatalf("%q: %s: %s", payload, name, diff)
			}
		}
	})
}

// FuzzResources: only what the client is registered to call.
func FuzzResources(f *testing.F) {
	c := storage.Client{ID: "a", Audiences: []string{"https://api.example/", "https://labs.example/"}}
	f.Fuzz(func(t *testing.T, first, second string) {
		granted, err := resources(c, []string{first, second})
		if err != nil {
			return
		}
		for i, a := range granted {
			if !slices.Contains(c.Audiences, a) || slices.Contains(granted[:i], a) {
				t.Fatalf("%q %q: %q", first, second, granted)
			}
		}
	})
}

// FuzzDescription: whatever went wrong is told in the characters of RFC 6749
// section 5.2.
func FuzzDescription(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		said := plain(text)
		if len(said) > maxDescription || strings.ContainsFunc(said, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
			t.Fatalf("%q became %q", text, said)
		}
		if plain(said) != said {
			t.Fatalf("%q is not stable", said)
		}
	})
}
