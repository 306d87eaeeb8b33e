package main

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/pkg/secret"
)

// below is a number below n.
func (f *schemaFuzz) below(n int) int { return f.IntN(n) }

func one[T any](f *schemaFuzz, all []T) T { return all[f.below(len(all))] }

// evilTexts are what nobody should send: too long, no text, and what others would take
// for a command, a path or a formula.
var evilTexts = []string{
	"", " ", "\x00", "\u202e", "💩", "Péréz", "ＳＭＩＴＨ", "a\u0301", "\ufffd", "=1+1", "../..", "' OR 1=1--", "<script>", "{{.}}", "%00", "null", "true", "-1",
	strings.Repeat("a", 300), strings.Repeat("🂡", 5000), "9223372036854775808", "1e309", `{"a":1}`, "2026-13-45T99:99:99Z", "urn:x", "http://[::1", "a\r\nX-Evil: 1",
}

// schemaFuzz makes values from the schemas of a document.
type schemaFuzz struct {
	*rand.Rand
	schemas map[string]any
	// ids are names of things that there are, and of some that there are not.
	ids []string
}

func (f *schemaFuzz) evil(depth int) any {
	switch f.below(8) {
	case 0:
		return nil
	case 1:
		return f.below(2) == 0
	case 2:
		return json.Number(one(f, []string{"0", "-1", "1.5", "9007199254740993", "99999999999999999999999", "1e400"}))
	case 3:
		return []any{f.evilText(), nil, 1}
	case 4:
		if depth > 0 {
			return map[string]any{f.evilText(): f.evil(depth - 1)}
		}
	case 5:
		return one(f, f.ids)
	}
	return f.evilText()
}

func (f *schemaFuzz) evilText() string { return one(f, evilTexts) }

// value is one that a schema allows, or nearly.
func (f *schemaFuzz) value(schema map[string]any, depth int) any {
	if f.below(12) == 0 || depth == 0 {
		return f.evil(3)
	}
	if ref, ok := schema["$ref"].(string); ok {
		to, _ := f.schemas[ref[strings.LastIndex(ref, "/")+1:]].(map[string]any)
		return f.value(to, depth-1)
	}
	if all, ok := schema["enum"].([]any); ok {
		return one(f, all)
	}
	kind := schema["type"]
	if several, ok := kind.([]any); ok {
		kind = several[0]
	}
	switch kind {
	case "object":
		object := map[string]any{}
		members, _ := schema["properties"].(map[string]any)
		required, _ := schema["required"].([]any)
		for _, name := range slices.Sorted(maps.Keys(members)) {
			if member, ok := members[name].(map[string]any); ok && (slices.Contains(required, any(name)) && f.below(10) > 0 || f.below(3) == 0) {
				object[name] = f.value(member, depth-1)
			}
		}
		if f.below(10) == 0 {
			object[f.evilText()] = f.evil(3)
		}
		return object
	case "array":
		list := []any{}
		for range f.below(4) {
			item, _ := schema["items"].(map[string]any)
			list = append(list, f.value(item, depth-1))
		}
		return list
	case "boolean":
		return f.below(2) == 0
	case "integer", "number":
		return json.Number(one(f, []string{"0", "1", "60", "-1", "86400", "9223372036854775807"}))
	}
	if schema["format"] == "date-time" {
		return one(f, []string{"2020-01-01T00:00:00Z", "2100-02-29T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "0000-01-01T00:00:00Z", "2030-01-01T00:00:00+14:00"})
	}
	return one(f, append([]string{"left_practice", "everyone", "en", "1", "biller", "Okafor", "portal", "1234567893", "a@example.org", "ES256"}, f.ids...))
}

// request makes one for an operation; path parameters are left to into.
func (f *schemaFuzz) request(op *operation, schema map[string]any, into func(name string) string) (target string, body []byte, header map[string]string) {
	header = map[string]string{}
	target = inPath.ReplaceAllStringFunc(op.path, func(name string) string { return url.PathEscape(into(strings.Trim(name, "{}"))) })
	query := url.Values{}
	for _, p := range op.Parameters {
		switch {
		case p.In == "query" && f.below(3) == 0:
			query.Add(p.Name, one(f, append([]string{"1", "true", "mail", "active", "2026-01-01T00:00:00Z", "MTph", f.evilText()}, f.ids...)))
		case p.In == "header" && p.Name == "If-Match" && f.below(6) > 0:
			header[p.Name] = one(f, []string{`"1"`, `"1"`, `"2"`, `"99"`, `W/"1"`, "*", `"1", "2"`, `""`})
		case p.In == "header" && p.Name == "Idempotency-Key" && f.below(2) == 0:
			header[p.Name] = one(f, []string{"a-key-of-mine", "another-key", "third-key", "short", strings.Repeat("k", 200)})
		}
	}
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	if op.RequestBody != nil {
		maps.Copy(header, op.kind())
		if header["Content-Type"] != "application/json" || f.below(20) == 0 {
			return target, []byte(f.evilText()), header
		}
		body, _ = json.Marshal(f.value(schema, 6))
	}
	return target, body, header
}

// fuzzWorld is an installation with an administrator of one organization beside another
// organization, and the operations of the document.
type fuzzWorld struct {
	*adminWorld
	operations []operation
	bodies     map[string]map[string]any // by operation
	schemas    map[string]any
	ids        []string
	// own and other are organizations, delegate is the administrator of the first.
	own, other, theirs, delegate string
	boss                         string
	since                        time.Time
}

func newFuzzWorld(t testing.TB, in *adminWorld) *fuzzWorld {
	t.Helper()
	w := &fuzzWorld{adminWorld: in, bodies: map[string]map[string]any{}}
	w.operations = slices.DeleteFunc(w.document(), func(op operation) bool { return op.ID == "list-findings" }) // takes nothing, and looks at the machine
	var d struct {
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(w.call(http.MethodGet, "/openapi.json", "", nil, nil).Body.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	w.schemas = d.Components.Schemas
	for _, op := range w.operations {
		var b struct {
			Content map[string]struct{ Schema map[string]any }
		}
		if op.RequestBody != nil {
			if err := json.Unmarshal(op.RequestBody, &b); err != nil {
				t.Fatal(err)
			}
			w.bodies[op.ID] = b.Content["application/json"].Schema
		}
	}
	boss := w.token("role-operator", everyScope())
	w.delegate = w.people[0]
	make1 := func(name string) string {
		var o identified
		w.must(201, "POST", "/v1/organizations", boss, `{"name":"`+name+`","kind":"practice","ceiling":["biller"]}`, nil, &o)
		return o.ID
	}
	member := func(organization, person, role string) string {
		var m identified
		w.must(201, "POST", "/v1/organizations/"+organization+"/members", boss, `{"person":"`+person+`","role":"`+role+`","need":"runs it"}`, nil, &m)
		return m.ID
	}
	w.own, w.other = make1("Own"), make1("Other")
	member(w.own, w.delegate, "delegate_administrator")
	w.theirs = member(w.other, w.people[2], "biller")
	w.ids = append(slices.Clone(w.people[1:]), w.other, w.theirs, secret.NewID(), "role-nobody")
	return w
}

// bare is an answer without what every one has of its own.
func bareAnswer(a *httptest.ResponseRecorder) string {
	return strings.ReplaceAll(a.Body.String(), a.Header().Get("X-Request-Id"), "")
}

// TestAdminFuzz sends requests that are made from the document, right and nearly right:
// none is answered with an error of ours, and an administrator of one organization is
// told the same of another one as of none. make fuzz has it play more of them.
func TestAdminFuzz(t *testing.T) { onBothStores(t, testAdminFuzz) }

func testAdminFuzz(t *testing.T, in *adminWorld) {
	cases, first := 30, uint64(0)
	if text := os.Getenv("CLAVIGER_API_CASES"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		cases, first = n, uint64(time.Now().UnixNano())
	}
	w := newFuzzWorld(t, in)
	answered := map[int]int{}
	for i := range cases {
		if w.play(first+uint64(i), answered); t.Failed() {
			t.Fatalf("in case %d", first+uint64(i))
		}
	}
	t.Log("answers by status: ", answered)
	for _, status := range []int{200, 400, 404, 412, 422} {
		if answered[status] == 0 {
			t.Errorf("no answer was %d: %v", status, answered)
		}
	}
}

func (w *fuzzWorld) play(number uint64, answered map[int]int) {
	if time.Since(w.since) > time.Minute {
		w.boss, w.since = w.token("role-operator", everyScope()), time.Now()
	}
	s := &schemaFuzz{Rand: rand.New(rand.NewPCG(number, 1)), schemas: w.schemas, ids: w.ids}
	for range 20 {
		op := one(s, w.operations)
		target, body, header := s.request(&op, w.bodies[op.ID], func(string) string {
			if s.below(8) == 0 {
				return s.evilText()
			}
			return one(s, w.ids)
		})
		answer := w.call(op.method, target, w.boss, body, header)
		if answered[answer.Code]++; answer.Code >= http.StatusInternalServerError {
			w.t.Errorf("%s %.300s %.2000s %v: %d %s", op.method, target, body, header, answer.Code, answer.Body)
		}
	}
	// The same request about another organization, and about none.
	op := one(s, slices.DeleteFunc(slices.Clone(w.operations), func(op operation) bool { return !strings.HasPrefix(op.path, "/v1/organizations/{id}") }))
	// Where it stands for something else, such as a role, it is one or is none as the other is.
	nowhere := w.other[:1] + secret.NewID()[1:]
	target, body, header := s.request(&op, w.bodies[op.ID], func(name string) string {
		if name == "id" {
			return w.other
		}
		return w.theirs
	})
	delete(header, "Idempotency-Key") // the second one would be another request
	token := w.personToken(w.delegate, func(*oidc.AccessClaims) {})
	there := w.call(op.method, target, token, body, header)
	none := w.call(op.method, strings.Replace(target, w.other, nowhere, 1), token, []byte(strings.ReplaceAll(string(body), w.other, nowhere)), header)
	if there.Code != none.Code || there.Code < 400 || there.Code >= 500 || bareAnswer(there) != bareAnswer(none) {
		w.t.Errorf("%s %.300s %.2000s: of another organization %d %s, of none %d %s", op.method, target, body, there.Code, there.Body, none.Code, none.Body)
	}
}
