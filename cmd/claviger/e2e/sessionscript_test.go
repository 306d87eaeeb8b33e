package e2e

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"
)

// askIssuer answers each request as the test says, and prints what the script made of it.
const askIssuer = `
const { atIssuer } = await import(process.argv[1]);
const { answers, tokens, bound } = JSON.parse(process.argv[2]);
const sent = [];
globalThis.fetch = async (address, o) => {
  sent.push(o.method + ' ' + o.headers.Authorization + (o.headers.DPoP ? ' ' + o.headers.DPoP : ''));
  const [status, said, nonce] = answers.shift();
  const headers = {};
  if (said) headers['WWW-Authenticate'] = said;
  if (nonce) headers['DPoP-Nonce'] = nonce;
  return new Response(status === 200 ? '{"expires_in":90}' : '{}', { status, headers });
};
const token = async (fresh) => tokens[fresh ? 1 : 0];
const proof = bound ? async (method, address, text, nonce) => 'proof' + (nonce ? ':' + nonce : '') : undefined;
let left;
try { left = await atIssuer('https://id.example', token, proof).left(); } catch (e) { left = 'unknown'; }
console.log(JSON.stringify({ left, sent }));
`

// A page that asks Claviger itself takes a session for ended when it has, and not when a
// token has expired or a nonce is missing.
func TestScriptKnowsAnEndFromAnExpiredToken(t *testing.T) {
	t.Parallel()
	script, err := filepath.Abs("../../../oidc/script/claviger-session.js")
	if err != nil {
		t.Fatal(err)
	}
	const ended, expired = `Bearer error="invalid_token", error_description="The access token, its session or its grant has ended."`,
		`Bearer error="invalid_token", error_description="The access token has expired."`
	type answer []any
	for name, test := range map[string]struct {
		answers []answer
		tokens  []any // at first, and fresh
		bound   bool
		left    any
		sent    int
	}{
		"lives":                         {[]answer{{200}}, []any{"a", "b"}, false, 90.0, 1},
		"the token has expired":         {[]answer{{401, expired}, {200}}, []any{"a", "b"}, false, 90.0, 2},
		"the refresh is refused":        {[]answer{{401, expired}}, []any{"a", nil}, false, nil, 1},
		"the fresh token is refused":    {[]answer{{401, ended}, {401, ended}}, []any{"a", "b"}, false, nil, 2},
		"ended, and nothing is fresher": {[]answer{{401, ended}}, []any{"a", "a"}, false, nil, 1},
		"expired, and nothing fresher":  {[]answer{{401, expired}}, []any{"a", "a"}, false, "unknown", 1},
		"a nonce is asked for":          {[]answer{{401, `DPoP error="use_dpop_nonce"`, "n"}, {200}}, []any{"a", "b"}, true, 90.0, 2},
		"busy":                          {[]answer{{503}}, []any{"a", "b"}, false, "unknown", 1},
	} {
		asked, err := json.Marshal(map[string]any{"answers": test.answers, "tokens": test.tokens, "bound": test.bound})
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "node", "--input-type=module", "--eval", askIssuer, script, string(asked)).Output()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got struct {
			Left any      `json:"left"`
			Sent []string `json:"sent"`
		}
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		if got.Left != test.left || len(got.Sent) != test.sent {
			t.Errorf("%s: %v after %q, want %v", name, got.Left, got.Sent, test.left)
		}
		if test.bound && (got.Sent[0] != "GET DPoP a proof" || got.Sent[len(got.Sent)-1] != "GET DPoP a proof:n") {
			t.Errorf("%s: sent %q", name, got.Sent)
		}
	}
}
