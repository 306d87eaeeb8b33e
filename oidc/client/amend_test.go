package client_test

import (
	"testing"

	"github.com/claviger-id/claviger/oidc/client"
)

// TestAmend: what is named changes, as in RFC 7396, and nothing else.
func TestAmend(t *testing.T) {
	d, err := client.ParseDocument([]byte(`{"client_id":"a","client_name":"A","redirect_uris":["https://a/1","https://a/2"],"session_idle":60,"jwks":{"keys":[]},"default_max_age":0}`))
	if err != nil {
		t.Fatal(err)
	}
	for patch, want := range map[string][]string{
		`{}`:                                                        nil,
		`{"client_id":"a","session_idle":60}`:                       nil,
		`{"client_name":"B"}`:                                       {`client_name "A" "B"`},
		`{"client_name":null,"session_idle":0}`:                     {`client_name "A" `, `session_idle 60 `},
		`{"redirect_uris":["https://a/2"]}`:                         {`redirect_uris ["https://a/1","https://a/2"] ["https://a/2"]`},
		`{"redirect_uris":[],"jwks":null}`:                          {`jwks {"keys":[]} `, `redirect_uris ["https://a/1","https://a/2"] `},
		`{"default_max_age":null,"acting":true}`:                    {`acting  true`, `default_max_age 0 `},
		`{"jwks":{"keys":[{"kty":"EC"}]},"scope":"openid profile"}`: {`jwks {"keys":[]} {"keys":[{"kty":"EC"}]}`, `scope  "openid profile"`},
	} {
		next, err := client.Amend(d, []byte(patch))
		if err != nil {
			t.Errorf("%s: %v", patch, err)
			continue
		}
		all, err := client.Differences(d, next)
		if err != nil || len(all) != len(want) {
			t.Errorf("%s: %s %v", patch, all, err)
			continue
		}
		for i, got := range all {
			if text := got.Member + " " + string(got.Before) + " " + string(got.After); text != want[i] {
				t.Errorf("%s: %s, want %s", patch, text, want[i])
			}
		}
	}
	for _, patch := range []string{
		``, `[]`, `{"client_id":"b"}`, `{"client_id":null}`, `{"Client_Name":"B"}`, `{"client_secret":"x"}`, `{"unheard_of":null}`, `{"redirect_uris":"x"}`, `{"response_types":["token"]}`, `{} {}`,
	} {
		if next, err := client.Amend(d, []byte(patch)); err == nil {
			t.Errorf("%s made %+v", patch, next)
		}
	}
}
