package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// secureRedirect is where a client with the profile fapi2 is returned to; nobody
// goes there.
const secureRedirect = "https://rp.example/callback"

// TestProvenClients takes npm's openid-client and oauth4webapi through what
// clients with keys of their own do, on both combinations of stores.
func TestProvenClients(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("node/node_modules/oauth4webapi"); err != nil {
		t.Fatalf("oauth4webapi is not installed (%v): run the tests with make test or make e2e", err)
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	const kid = "one"
	public := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: private.Public(), KeyID: kid, Algorithm: "ES256", Use: "sig"}}}
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			logout := freeAddress(t)
			in := newInstallation(t, backend, map[string]string{
				"outbound.allow": `["127.0.0.1"]`, "tokens.require_dpop_nonce": "true",
			})
			who := in.enroll(1)[0]
			in.registerDocument(map[string]any{
				"client_id": "bank", "profile": "fapi2", "token_endpoint_auth_method": "private_key_jwt", "jwks": public,
				"dpop_bound_access_tokens": true, "redirect_uris": []string{secureRedirect}, "post_logout_redirect_uris": []string{secureRedirect},
				"grant_types": []string{"authorization_code", "refresh_token"}, "scope": "openid profile",
				"backchannel_logout_uri": "http://" + logout + "/logout",
			})
			in.registerDocument(map[string]any{
				"client_id": "service", "token_endpoint_auth_method": "private_key_jwt", "jwks": public,
				"grant_types": []string{"client_credentials"}, "scope": "api:read",
			})
			in.registerDocument(map[string]any{
				"client_id": "screen", "token_endpoint_auth_method": "none", "scope": "openid profile",
				"grant_types": []string{"urn:ietf:params:oauth:grant-type:device_code", "refresh_token"},
			})
			in.serve()
			task, err := json.Marshal(map[string]any{
				"issuer": in.issuer, "redirect_uri": secureRedirect, "key": jose.JSONWebKey{Key: private}, "kid": kid, "logout_port": port(logout),
				"user_id": who.userID, "temporary": who.temporary, "personal": personal,
			})
			if err != nil {
				t.Fatal(err)
			}
			node := exec.CommandContext(t.Context(), "node", "--dns-result-order=ipv4first", "proven.mjs")
			node.Dir = "node"
			node.Stdin = strings.NewReader(string(task))
			out, err := node.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, step := range []string{
				"pushed", "redeemed", "userinfo", "refreshed", "introspected and revoked", "client credentials", "device", "logged out",
			} {
				if !strings.Contains(string(out), "ok "+step+"\n") {
					t.Errorf("the step %q is missing:\n%s", step, out)
				}
			}
		})
	}
}

// registerDocument registers a client with all that a document can say.
func (in *installation) registerDocument(document map[string]any) {
	in.t.Helper()
	text, err := json.Marshal(document)
	if err != nil {
		in.t.Fatal(err)
	}
	file := filepath.Join(in.dir, document["client_id"].(string)+".json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		in.t.Fatal(err)
	}
	in.claviger("client", "register", "--file", file)
}
