package client_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/oidc/client"
)

// FuzzRegistration: what is described of a registration that is right is that
// registration.
func FuzzRegistration(f *testing.F) {
	f.Add(fapi)
	f.Add(`{"client_id":"app","redirect_uris":["https://a.example/cb"],"token_endpoint_auth_method":"none","grant_types":["authorization_code"],"scope":"openid"}`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := client.ParseDocument([]byte(text))
		if err != nil {
			return
		}
		c := d.Client()
		if client.Validate(c) != nil {
			return
		}
		written, err := json.Marshal(client.Describe(c))
		if err != nil {
			t.Fatal(err)
		}
		again, err := client.ParseDocument(written)
		if err != nil {
			t.Fatalf("%q is described as %s: %v", text, written, err)
		}
		rewritten, err := json.Marshal(client.Describe(again.Client()))
		if diff := cmp.Diff(string(written), string(rewritten)); diff != "" || err != nil {
			t.Fatalf("%q: %s %v", text, diff, err)
		}
	})
}
