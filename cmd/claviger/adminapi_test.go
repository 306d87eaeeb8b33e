package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/pkg/admin"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// operation is one of the OpenAPI document.
type operation struct {
	ID         string `json:"operationId"`
	Security   []map[string][]string
	Parameters []struct {
		Name, In string
	}
	RequestBody  json.RawMessage
	method, path string
}

func (w *adminWorld) document() []operation {
	w.t.Helper()
	answer := w.call(http.MethodGet, "/openapi.json", "", nil, nil)
	var d struct {
		OpenAPI string
		Paths   map[string]map[string]operation
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &d); err != nil || !strings.HasPrefix(d.OpenAPI, "3.1") {
		w.t.Fatalf("%d %v", answer.Code, err)
	}
	var all []operation
	for path, methods := range d.Paths {
		for method, op := range methods {
			op.method, op.path = strings.ToUpper(method), path
			all = append(all, op)
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// documented reads the table of a page of docs: operation, then roles.
func documented(t *testing.T, page string) (scopes map[string]string, may map[string][]string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	scopes, may = map[string]string{}, map[string][]string{}
	var roles []string
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
		}
		switch {
		case len(cells) < 2:
			roles = nil // the table is over
		case len(cells) < 3 || strings.HasPrefix(cells[0], "---"):
		case cells[0] == "Operation":
			roles = cells[2:]
		case roles != nil:
			id := strings.TrimSuffix(cells[0], "` (sensitive)")
			scopes[id], may[id] = cells[1], []string{}
			for i, cell := range cells[2:] {
				switch cell {
				case "yes":
					may[id] = append(may[id], roles[i])
				case "own":
					may[id] = append(may[id], "own "+roles[i])
				}
			}
		}
	}
	return scopes, may
}

// TestAdminMatrix tries every operation of the document as every role, and
// compares with the table that operators read.
func TestAdminMatrix(t *testing.T) { onBothStores(t, testAdminMatrix) }

func testAdminMatrix(t *testing.T, w *adminWorld) {
	scopes, may := documented(t, "admin-api.md")
	operations := w.document()
	if len(operations) != len(may) {
		t.Errorf("%d operations, %d in docs/admin-api.md", len(operations), len(may))
	}
	for _, role := range append(admin.Roles(), "nobody") {
		whole := w.token("role-"+string(role), everyScope())
		for _, op := range operations {
			answer := w.call(op.method, op.somewhere(), whole, nil, nil)
			want := slices.Contains(may[op.ID], string(role))
			if refused := answer.Code == http.StatusForbidden || answer.Code == http.StatusUnauthorized; refused == want {
				t.Errorf("%s as %s: %d %s", op.ID, role, answer.Code, answer.Body)
			}
		}
	}
	for _, op := range operations {
		if len(op.Security) != 1 || !slices.Equal(op.Security[0]["oauth"], []string{scopes[op.ID]}) {
			t.Errorf("%s: security %v, documented %s", op.ID, op.Security, scopes[op.ID])
		}
		if answer := w.call(op.method, op.somewhere(), "", nil, nil); answer.Code != http.StatusUnauthorized || answer.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%s without a token: %d", op.ID, answer.Code)
		}
	}
	for scope := range admin.Scopes() {
		token := w.token("role-operator", scope)
		for _, op := range operations {
			answer := w.call(op.method, op.somewhere(), token, nil, nil)
			said := answer.Header().Values("WWW-Authenticate")
			if lacks := len(said) > 0 && strings.Contains(said[0], "insufficient_scope"); lacks == (scope == scopes[op.ID]) {
				t.Errorf("%s with %s: %d %s", op.ID, scope, answer.Code, answer.Body)
			} else if want := `realm="claviger", error="insufficient_scope", scope="` + scopes[op.ID] + `"`; lacks &&
				!slices.Equal(said, []string{"DPoP " + want + `, algs="ES256 EdDSA PS256 ES384"`, "Bearer " + want}) { // RFC 9449 section 7.1
				t.Errorf("%s with %s: %q", op.ID, scope, said)
			}
		}
	}
}

// everyScope is what a token can have.
func everyScope() string { return strings.Join(slices.Sorted(maps.Keys(admin.Scopes())), " ") }

var inPath = regexp.MustCompile(`\{[a-z]+\}`)

// kind is the header that says what the body of the operation is.
func (op *operation) kind() map[string]string {
	for _, kind := range []string{"text/csv", "message/rfc822"} {
		if strings.Contains(string(op.RequestBody), kind) {
			return map[string]string{"Content-Type": kind}
		}
	}
	return map[string]string{"Content-Type": "application/json"}
}

// somewhere is an address of the operation at which there is nothing.
func (op *operation) somewhere() string {
	return inPath.ReplaceAllStringFunc(op.path, func(string) string { return secret.NewID() })
}

// personToken is a token of a person, as the token endpoint issues it to a public
// client.
func (w *adminWorld) personToken(personID string, change func(*oidc.AccessClaims)) string {
	w.t.Helper()
	now := time.Now()
	g := storage.Grant{
		ID: secret.NewID(), PersonID: personID, ClientID: "screen", SessionID: secret.NewID(),
		CreatedAt: now.UTC(), RotatedAt: now.UTC(), ExpiresAt: now.Add(time.Hour).UTC(),
	}
	if err := w.in.store.Tx(w.t.Context(), func(tx storage.Tx) error { return tx.Grants().Insert(w.t.Context(), g) }); err != nil {
		w.t.Fatal(err)
	}
	c := oidc.AccessClaims{
		Issuer: adminIssuer, Subject: "pairwise", Audience: []string{adminURL}, ClientID: "role-nobody", Expiry: now.Add(time.Minute).Unix(),
		IssuedAt: now.Unix(), ID: secret.NewID(), Scope: everyScope(), AuthTime: now.Unix(),
		ACR: "urn:claviger:acr:phishing-resistant", Session: g.SessionID, Grant: g.ID, Confirmation: &oidc.Confirmation{JKT: w.thumbprint()},
	}
	change(&c)
	text, err := json.Marshal(c)
	if err != nil {
		w.t.Fatal(err)
	}
	token, err := w.ring.Sign("ES256", oidc.AccessTokenType, text)
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

// TestAdminTokens: what is wrong with a token, and what it leaves in the log.
func TestAdminTokens(t *testing.T) { onBothStores(t, testAdminTokens) }

func testAdminTokens(t *testing.T, w *adminWorld) {
	boss, stranger := w.people[0], w.people[1]
	if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error {
		return tx.Operators().Appoint(t.Context(), storage.Operator{Kind: storage.OperatorPerson, ID: boss, Role: "operator", AppointedAt: tx.Now(), AppointedBy: "test"})
	}); err != nil {
		t.Fatal(err)
	}
	suspend := "/v1/people/" + w.people[2] + "/suspend"
	reason := []byte(`{"reason":"left_practice"}`)
	for name, c := range map[string]struct {
		person string
		change func(*oidc.AccessClaims)
		status int
		reason string
	}{
		"right":                {boss, func(*oidc.AccessClaims) {}, 428, ""},
		"no role":              {stranger, func(*oidc.AccessClaims) {}, 403, "role"},
		"for somebody else":    {boss, func(c *oidc.AccessClaims) { c.Audience = []string{adminIssuer} }, 401, "token"},
		"of another issuer":    {boss, func(c *oidc.AccessClaims) { c.Issuer = "https://evil.example" }, 401, "token"},
		"expired":              {boss, func(c *oidc.AccessClaims) { c.Expiry = time.Now().Add(-time.Second).Unix() }, 401, "token"},
		"bound to another key": {boss, func(c *oidc.AccessClaims) { c.Confirmation.JKT = "other" }, 401, "token"},
		"of a weak sign-in":    {boss, func(c *oidc.AccessClaims) { c.ACR = "urn:claviger:acr:mfa" }, 401, "acr"},
		"of an unknown class":  {boss, func(c *oidc.AccessClaims) { c.ACR = "" }, 401, "acr"},
		"of an old sign-in":    {boss, func(c *oidc.AccessClaims) { c.AuthTime = time.Now().Add(-16 * time.Minute).Unix() }, 401, "stale"},
		"by a delegate":        {boss, func(c *oidc.AccessClaims) { c.Actor = &oidc.Actor{Subject: "x"} }, 403, "delegated"},
		"of nobody here":       {boss, func(c *oidc.AccessClaims) { c.Grant, c.Session = "", "" }, 403, "account"},
		"of a removed client":  {boss, func(c *oidc.AccessClaims) { c.ClientID = "gone" }, 401, "token"},
	} {
		answer := w.call(http.MethodPost, suspend, w.personToken(c.person, c.change), reason, nil)
		if answer.Code != c.status {
			t.Errorf("%s: %d %s", name, answer.Code, answer.Body)
		}
		if c.reason == "" {
			continue
		}
		if got := w.event(answer); got.Kind != string(audit.OperatorDenied) || !strings.Contains(string(got.Body), `"reason":"`+c.reason+`"`) ||
			!strings.Contains(string(got.Body), `"operation":"suspend-person"`) {
			t.Errorf("%s: the event is %s", name, got.Body)
		}
	}
	// A bearer token of a client with a key is worth nothing, whoever brings it.
	loose := w.personToken(boss, func(c *oidc.AccessClaims) { c.Confirmation = nil })
	answer := w.call(http.MethodGet, "/v1/people", "", nil, map[string]string{"Authorization": "Bearer " + loose})
	if answer.Code != http.StatusUnauthorized || !strings.Contains(string(w.event(answer).Body), `"reason":"unbound"`) {
		t.Errorf("unbound: %d %s", answer.Code, answer.Body)
	}
	// A proof is good once.
	token := w.token("claviger-admin", "admin:people.read")
	proof := w.proof(http.MethodGet, adminURL+"/v1/people", token)
	for i, want := range []int{200, 401} {
		answer := w.call(http.MethodGet, "/v1/people", "", nil, map[string]string{"Authorization": "DPoP " + token, "DPoP": proof})
		if answer.Code != want {
			t.Errorf("use %d of a proof: %d %s", i, answer.Code, answer.Body)
		}
	}
	// Nobody decides over their own account.
	own := w.call(http.MethodPost, "/v1/people/"+boss+"/suspend", w.personToken(boss, func(*oidc.AccessClaims) {}), reason, map[string]string{"If-Match": `"1"`})
	if own.Code != http.StatusForbidden {
		t.Errorf("their own account: %d %s", own.Code, own.Body)
	}
}

// TestAdminPeople leafs through the accounts, and decides over one.
func TestAdminPeople(t *testing.T) { onBothStores(t, testAdminPeople) }

func testAdminPeople(t *testing.T, w *adminWorld) {
	token := w.token("role-operator", everyScope())
	var seen []string
	for next, page := "", 0; page < 10; page++ {
		var out struct {
			Items []admin.Summary
			Next  string
		}
		answer := w.call(http.MethodGet, "/v1/people?limit=3&cursor="+next, token, nil, nil)
		if err := json.Unmarshal(answer.Body.Bytes(), &out); err != nil || answer.Code != http.StatusOK {
			t.Fatalf("%d %s", answer.Code, answer.Body)
		}
		for _, p := range out.Items {
			seen = append(seen, p.ID)
		}
		if next = out.Next; next == "" {
			break
		}
	}
	want := slices.Clone(w.people)
	slices.Sort(want)
	if !slices.Equal(seen, want) {
		t.Errorf("seen %v, want %v", seen, want)
	}
	for query, n := range map[string]int{
		"user_id=PERSON3": 1, "user_id=nobody": 0, "email=ana4%40example.org": 1, "state=suspended": 0, "state=active": 7, "user_id=person3&state=closed": 0,
		"npi=1234567893": 0,
	} {
		var out struct{ Items []admin.Summary }
		answer := w.call(http.MethodGet, "/v1/people?"+query, token, nil, nil)
		if err := json.Unmarshal(answer.Body.Bytes(), &out); err != nil || len(out.Items) != n {
			t.Errorf("%s: %d %s", query, answer.Code, answer.Body)
		}
		if e := w.event(answer); e.Kind != string(audit.PersonListed) || strings.Contains(strings.ToLower(string(e.Body)), "person3") {
			t.Errorf("%s: the event is %s", query, e.Body)
		}
	}
	one := "/v1/people/" + w.people[0]
	shown := w.call(http.MethodGet, one, token, nil, nil)
	if shown.Code != http.StatusOK || shown.Header().Get("ETag") != `"1"` || !strings.Contains(shown.Body.String(), "Péréz") || w.event(shown).Kind != string(audit.PersonRead) {
		t.Errorf("%d %v %s", shown.Code, shown.Header(), shown.Body)
	}
	reason := []byte(`{"reason":"left_practice"}`)
	for _, step := range []struct {
		act, match string
		status     int
		etag       string
	}{
		{"suspend", "", 428, ""}, {"suspend", `"9"`, 412, ""}, {"suspend", `W/"1"`, 412, ""}, {"suspend", `"1"`, 200, `"2"`},
		{"reinstate", `"1"`, 412, ""}, {"reinstate", `"2"`, 200, `"3"`}, {"reinstate", `"3"`, 409, ""},
		{"close", `"3"`, 200, `"4"`}, {"suspend", `"4"`, 409, ""},
	} {
		header := map[string]string{}
		if step.match != "" {
			header["If-Match"] = step.match
		}
		answer := w.call(http.MethodPost, one+"/"+step.act, token, reason, header)
		if answer.Code != step.status || step.etag != answer.Header().Get("ETag") {
			t.Errorf("%s %s: %d %v %s", step.act, step.match, answer.Code, answer.Header(), answer.Body)
		}
		if step.status == 200 {
			if shown := w.call(http.MethodGet, one, token, nil, nil); shown.Header().Get("ETag") != step.etag {
				t.Errorf("%s: ETag %s afterwards", step.act, shown.Header().Get("ETag"))
			}
		}
	}
	if answer := w.call(http.MethodGet, "/v1/people/"+secret.NewID(), token, nil, nil); answer.Code != http.StatusNotFound {
		t.Errorf("nobody: %d", answer.Code)
	}
}

// TestAdminHostileInput sends what nobody should to every operation: the answer
// is a problem of the caller's, and never one of ours.
func TestAdminHostileInput(t *testing.T) { onBothStores(t, testAdminHostileInput) }

func testAdminHostileInput(t *testing.T, w *adminWorld) {
	token := w.token("role-operator", everyScope())
	values := []string{
		"", "0", "-1", "9223372036854775808", "1e309", "null", "true", "[]", "{}", "%00", "%ff%fe", "%F0%9F%92%A9", "%E2%80%AE", "..%2f..", "%27%20OR%201=1--",
		"MTph", "MTphYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh", strings.Repeat("a", 26), strings.Repeat("9", 4000),
	}
	bodies := []string{
		"", "null", "[]", "{", "1", `"x"`, "\xff\xfe", `{"reason":null}`, `{"reason":1}`, `{"reason":["a"]}`, `{"reason":"\u0000"}`, `{"reason":"left_practice","more":1}`,
		`{"reason":"` + strings.Repeat("a", 5000) + `"}`, `{"reason":"left_practice"} {}`, strings.Repeat("[", 20000), `{"reason":"` + strings.Repeat("a", 200000) + `"}`,
	}
	check := func(what string, status int) {
		t.Helper()
		if status >= 500 {
			t.Errorf("%.200s: %d", what, status)
		}
	}
	for _, op := range w.document() {
		target := inPath.ReplaceAllString(op.path, w.people[0])
		for _, value := range values {
			for _, p := range op.Parameters {
				at, header := target, map[string]string{}
				switch p.In {
				case "path":
					at = inPath.ReplaceAllLiteralString(op.path, value)
				case "query":
					at = target + "?" + p.Name + "=" + value
				case "header":
					header[p.Name] = value
				}
				check(fmt.Sprint(op.ID, " ", p.Name, "=", value), w.call(op.method, at, token, []byte(`{"reason":"left_practice"}`), header).Code)
			}
			if answer := w.call(op.method, target+"?surely_unknown="+value, token, []byte(`{"reason":"x1"}`), op.kind()); answer.Code != http.StatusUnprocessableEntity {
				t.Errorf("%s with a parameter that it does not know: %d", op.ID, answer.Code)
			}
		}
		if op.RequestBody == nil {
			continue
		}
		for _, body := range bodies {
			answer := w.call(op.method, target, token, []byte(body), map[string]string{"If-Match": `"1"`})
			if answer.Code < 400 || answer.Code >= 500 {
				t.Errorf("%s with the body %.60q: %d %s", op.ID, body, answer.Code, answer.Body)
			}
			if len(body) > 1000 && strings.Contains(answer.Body.String(), strings.Repeat("a", 100)) {
				t.Errorf("%s sends back what was sent: %s", op.ID, answer.Body)
			}
		}
	}
	for _, target := range []string{"/v1", "/v1/people/", "/v2/people", "/v1/people/" + w.people[0] + "/promote"} {
		if answer := w.call(http.MethodGet, target, token, nil, nil); answer.Code != http.StatusNotFound {
			t.Errorf("%s: %d", target, answer.Code)
		}
	}
	if answer := w.call(http.MethodDelete, "/v1/people", token, nil, nil); answer.Code != http.StatusMethodNotAllowed || answer.Header().Get("Allow") == "" {
		t.Errorf("DELETE: %d", answer.Code)
	}
}
