package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/admin"
	"github.com/claviger-id/claviger/pkg/audit"
	operators "github.com/claviger-id/claviger/pkg/operator"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/scim"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// directory is a provisioning client with a bearer token, as directories have.
type directory struct {
	*adminWorld
	id, token string
}

// directory registers a provisioning client for an organization, or for everybody.
func (w *adminWorld) directory(id, organization string) *directory {
	w.t.Helper()
	if err := w.in.store.Tx(w.t.Context(), func(tx storage.Tx) error {
		c, err := tx.Clients().Get(w.t.Context(), bootstrapClient)
		if err != nil {
			return err
		}
		c.ID, c.Name, c.DPoPBound = id, id, false
		if err := tx.Clients().Insert(w.t.Context(), c); err != nil {
			return err
		}
		return tx.Operators().Appoint(w.t.Context(), storage.Operator{
			Kind: storage.OperatorClient, ID: id, Role: string(admin.RoleProvisioner), OrganizationID: organization, AppointedAt: tx.Now(), AppointedBy: "test",
		})
	}); err != nil {
		w.t.Fatal(err)
	}
	var err error
	if w.server, err = w.in.assemble(w.t.Context(), w.ephemeral); err != nil { // which knows the client
		w.t.Fatal(err)
	}
	d := &directory{adminWorld: w, id: id}
	d.token = d.bearer(admin.ScopeSCIMRead + " " + admin.ScopeSCIMWrite)
	return d
}

// bearer gets an access token that is bound to nothing.
func (d *directory) bearer(scope string) string {
	d.t.Helper()
	form := url.Values{
		"grant_type": {"client_credentials"}, "scope": {scope}, "client_id": {d.id},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion": {d.sign("JWT", false, map[string]any{
			"iss": d.id, "sub": d.id, "aud": adminIssuer, "jti": secret.NewID(), "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
		})},
	}
	r := httptest.NewRequestWithContext(d.t.Context(), http.MethodPost, adminIssuer+"/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a := httptest.NewRecorder()
	d.server.public.Handler.ServeHTTP(a, r)
	var out struct {
		Token string `json:"access_token"`
		Type  string `json:"token_type"`
	}
	if err := json.Unmarshal(a.Body.Bytes(), &out); err != nil || !strings.EqualFold(out.Type, "bearer") {
		d.t.Fatalf("token: %d %s", a.Code, a.Body)
	}
	return out.Token
}

// object is a JSON object.
type object = map[string]any

// scim sends a request and wants an answer with a status.
func (d *directory) scim(status int, method, path, body string, header ...string) object {
	d.t.Helper()
	answer := d.ask(method, path, body, header...)
	if answer.Code != status {
		d.t.Fatalf("%s %s: %d %s, want %d", method, path, answer.Code, answer.Body, status)
	}
	if answer.Body.Len() == 0 {
		return nil
	}
	var out object
	if err := json.Unmarshal(answer.Body.Bytes(), &out); err != nil || answer.Header().Get("Content-Type") != "application/scim+json" {
		d.t.Fatalf("%s %s: %v %v %s", method, path, err, answer.Header(), answer.Body)
	}
	if status >= 400 && (out["status"] != fmt.Sprint(status) || out["detail"] == "" || out["schemas"].([]any)[0] != "urn:ietf:params:scim:api:messages:2.0:Error") {
		d.t.Errorf("%s %s: no error of RFC 7644 section 3.12: %s", method, path, answer.Body)
	}
	return out
}

func (d *directory) ask(method, path, body string, header ...string) *httptest.ResponseRecorder {
	d.t.Helper()
	r := httptest.NewRequestWithContext(d.t.Context(), method, adminURL+"/scim/v2"+path, strings.NewReader(body))
	if d.token != "" {
		r.Header.Set("Authorization", "Bearer "+d.token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/scim+json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer := httptest.NewRecorder()
	d.server.admin.Handler.ServeHTTP(answer, r)
	return answer
}

// filtered lists what a filter chooses, and returns the IDs.
func (d *directory) filtered(kind, filter string) (ids []string) {
	d.t.Helper()
	out := d.scim(200, "GET", "/"+kind+"?filter="+url.QueryEscape(filter), "")
	for _, r := range out["Resources"].([]any) {
		ids = append(ids, r.(object)["id"].(string))
	}
	if float64(len(ids)) != out["totalResults"] {
		d.t.Errorf("%s: %d of %v", filter, len(ids), out["totalResults"])
	}
	return ids
}

func (d *directory) create(userName, given, family string, more string) object {
	d.t.Helper()
	return d.scim(201, "POST", "/Users", fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"name":{"givenName":%q,"familyName":%q}%s}`,
		userName, given, family, more))
}

// tells says that one of some events has a text.
func tells(events []storage.AuditEvent, text string) bool {
	return slices.ContainsFunc(events, func(e storage.AuditEvent) bool { return strings.Contains(string(e.Body), text) })
}

func patch(operations string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operations + `]}`
}

// TestSCIMUsers leads one person through a directory: made, found, changed, turned
// off and on, closed.
func TestSCIMUsers(t *testing.T) { onBothStores(t, testSCIMUsers) }

func testSCIMUsers(t *testing.T, w *adminWorld) {
	d := w.directory("hr", "")
	made := d.create("luz.moreno@corp.example", "Luz", "Moreno", `,"externalId":"7","password":"Sentinel-1-Password","active":true,
		"emails":[{"value":"other@example.org","type":"home"},{"value":"luz@example.org","type":"work"}],"title":"Nurse",
		"urn:ietf:params:scim:schemas:extension:claviger:2.0:User":{"npi":"1234567893"}`)
	id, _ := made["id"].(string)
	more := made["urn:ietf:params:scim:schemas:extension:claviger:2.0:User"].(object)
	if made["userName"] != "luz.moreno@corp.example" || made["active"] != true || more["userId"] != "lmoreno" || more["npi"] != "1234567893" ||
		made["emails"].([]any)[0].(object)["value"] != "luz@example.org" || made["password"] != nil || made["title"] != nil {
		t.Errorf("made: %v", made)
	}
	location := adminURL + "/scim/v2/Users/" + id
	answer := d.ask("GET", "/Users/"+id, "")
	tag := answer.Header().Get("ETag")
	if answer.Header().Get("Location") != location || tag == "" || made["meta"].(object)["location"] != location || made["meta"].(object)["version"] != tag {
		t.Errorf("%v, %v", answer.Header(), made["meta"])
	}
	if again := d.ask("GET", "/Users/"+id, "", "If-None-Match", tag); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("If-None-Match: %d %s", again.Code, again.Body)
	}

	// RFC 7644 section 3.3: what is unique.
	for name, body := range map[string]string{
		"userName":   `{"userName":"LUZ.moreno@corp.example","name":{"givenName":"A","familyName":"B"}}`,
		"externalId": `{"userName":"x","externalId":"7","name":{"givenName":"A","familyName":"B"}}`,
		"npi":        `{"userName":"x","name":{"givenName":"A","familyName":"B"},"urn:ietf:params:scim:schemas:extension:claviger:2.0:User":{"npi":"1234567893"}}`,
		"User ID":    `{"userName":"person0","name":{"givenName":"A","familyName":"B"}}`,
	} {
		if e := d.scim(409, "POST", "/Users", body); e["scimType"] != "uniqueness" {
			t.Errorf("%s: %v", name, e)
		}
	}
	for body, kind := range map[string]string{
		`{"userName":"x"`: "invalidSyntax", `[]`: "invalidSyntax", `{"name":{"givenName":"A","familyName":"B"}}`: "invalidValue",
		`{"userName":"x","name":{"givenName":"A"}}`:                                                               "invalidValue",
		`{"userName":"x","name":{"givenName":"A","familyName":"B"},"emails":[{"value":"none"}]}`:                  "invalidValue",
		`{"userName":"x","name":{"givenName":"A","familyName":"B"},"active":"perhaps"}`:                           "invalidValue",
		`{"userName":["x"],"name":{"givenName":"A","familyName":"B"}}`:                                            "invalidValue",
		`{"userName":"x","name":{"givenName":"A","familyName":"B"},"` + scimExtension + `":{"npi":"1234567890"}}`: "invalidValue",
	} {
		if e := d.scim(400, "POST", "/Users", body); e["scimType"] != kind {
			t.Errorf("%s: %v", body, e)
		}
	}

	// What indexes find, they find; the rest of a filter is applied to that.
	for filter, found := range map[string]bool{
		`userName eq "Luz.Moreno@corp.example"`: true, `externalId eq "7"`: true, `externalId eq "8"`: false, `id eq "` + id + `"`: true,
		`emails.value eq "LUZ@example.org"`: true, `emails[type eq "work" and value eq "luz@example.org"]`: true, `emails eq "luz@example.org" and active eq true`: true,
		`userName eq "luz.moreno@corp.example" and active eq "False"`:              false,
		`userName eq "nobody" or (externalId eq "7" and name.familyName co "ore")`: true,
		scimExtension + `:npi eq "1234567893"`:                                     true, scimExtension + `:userId eq "lmoreno"`: true,
		`externalId eq "7" and not (name.givenName sw "L")`: false, `externalId eq "7" and nickName pr`: false,
		`externalId eq "7" and meta.created gt "2020-01-01T00:00:00Z"`: true, `urn:ietf:params:scim:schemas:core:2.0:User:userName eq "luz.moreno@corp.example"`: true,
	} {
		if got := slices.Contains(d.filtered("Users", filter), id); got != found {
			t.Errorf("%s: found %v", filter, got)
		}
	}
	for _, filter := range []string{
		`active eq true`, `name.familyName co "o"`, `externalId eq "7" or active eq true`, `not (externalId eq "7")`, `userName sw "l"`, `userName eq`,
		`shoeSize eq "7"`, strings.Repeat("(", 500), `externalId eq "` + strings.Repeat("7", 3000) + `"`,
	} {
		if e := d.scim(400, "GET", "/Users?filter="+url.QueryEscape(filter), ""); e["scimType"] != "invalidFilter" {
			t.Errorf("%.40s: %v", filter, e)
		}
	}
	list := d.ask("GET", "/Users?filter="+url.QueryEscape(`externalId eq "7"`), "")
	if event := string(w.event(list).Body); !strings.Contains(event, `"kind":"person.listed"`) || !strings.Contains(event, `"filter":"externalId"`) || !strings.Contains(event, `"count":"1"`) {
		t.Errorf("the list left %s", event)
	}

	// Pages (section 3.4.2.4), and what of a resource (section 3.9).
	var all []string
	for start := 1; ; start += 3 {
		out := d.scim(200, "GET", fmt.Sprintf("/Users?count=3&startIndex=%d&attributes=userName", start), "")
		some := out["Resources"].([]any)
		if out["totalResults"] != float64(8) || out["startIndex"] != float64(start) || out["itemsPerPage"] != float64(len(some)) {
			t.Fatalf("page at %d: %v", start, out)
		}
		for _, r := range some {
			if m := r.(object); len(m) != 3 || m["userName"] == "" || m["schemas"] == nil {
				t.Errorf("attributes=userName: %v", m)
			}
			all = append(all, r.(object)["id"].(string))
		}
		if len(some) < 3 {
			break
		}
	}
	if slices.Sort(all); len(slices.Compact(all)) != 8 {
		t.Errorf("leafed through %d", len(all))
	}
	if out := d.scim(200, "GET", "/Users?count=0", ""); out["totalResults"] != float64(8) || len(out["Resources"].([]any)) != 0 {
		t.Errorf("count=0: %v", out)
	}
	if out := d.scim(200, "POST", "/Users/.search", `{"filter":"externalId eq \"7\"","attributes":["emails.value"],"count":1}`); out["totalResults"] != float64(1) ||
		fmt.Sprint(out["Resources"].([]any)[0].(object)["emails"]) != "[map[value:luz@example.org]]" {
		t.Errorf(".search: %v", out)
	}
	if m := d.scim(200, "GET", "/Users/"+id+"?excludedAttributes=name.familyName,emails,id", ""); m["id"] != id || m["emails"] != nil || m["name"].(object)["familyName"] != nil || m["name"].(object)["givenName"] != "Luz" {
		t.Errorf("excludedAttributes: %v", m)
	}

	// PUT replaces; another's version does not.
	put := `{"userName":"luz.moreno@corp.example","externalId":"7","name":{"givenName":"Luz","familyName":"Moreno Diaz"},"emails":[{"value":"luz2@example.org"}]}`
	d.scim(412, "PUT", "/Users/"+id, put, "If-Match", `W/"9.9"`)
	changed := d.ask("PUT", "/Users/"+id, put, "If-Match", tag)
	if changed.Code != http.StatusOK || changed.Header().Get("ETag") == tag {
		t.Fatalf("PUT: %d %s", changed.Code, changed.Body)
	}
	if body := fmt.Sprint(w.events(changed)[0]); len(w.events(changed)) != 2 || !tells(w.events(changed), `"kind":"person.read"`) || !tells(w.events(changed), `"fields":"email family_name"`) {
		t.Errorf("the change left %s", body)
	}
	if m := d.scim(200, "GET", "/Users/"+id, ""); m["name"].(object)["familyName"] != "Moreno Diaz" || m["active"] != true || m[scimExtension].(object)["npi"] != "1234567893" {
		t.Errorf("after PUT: %v", m)
	}
	if e := d.scim(400, "PUT", "/Users/"+id, strings.Replace(put, `"externalId"`, `"`+scimExtension+`":{"npi":"1245319599"},"externalId"`, 1)); e["scimType"] != "mutability" {
		t.Errorf("another NPI: %v", e)
	}

	// Off, by an operator and by the directory.
	off := patch(`{"op":"Replace","path":"active","value":"False"}`)
	if m := d.scim(200, "PATCH", "/Users/"+id, off); m["active"] != false || m[scimExtension].(object)["state"] != "suspended" {
		t.Errorf("off: %v", m)
	}
	if m := d.scim(200, "PATCH", "/Users/"+id, patch(`{"op":"replace","value":{"active":true}}`)); m["active"] != true || m[scimExtension].(object)["state"] != "approved" {
		t.Errorf("on: %v", m)
	}
	boss := w.token("role-operator", everyScope())
	shown := w.call(http.MethodGet, "/v1/people/"+id, boss, nil, nil)
	w.must(200, http.MethodPost, "/v1/people/"+id+"/suspend", boss, `{"reason":"inquiry"}`, map[string]string{"If-Match": shown.Header().Get("ETag")}, nil)
	d.scim(403, "PATCH", "/Users/"+id, patch(`{"op":"replace","path":"active","value":true}`))
	d.scim(200, "PATCH", "/Users/"+id, off)
	d.scim(403, "PATCH", "/Users/"+id, patch(`{"op":"replace","path":"active","value":true}`))

	d.scim(204, "DELETE", "/Users/"+id, "")
	d.scim(404, "GET", "/Users/"+id, "")
	d.scim(404, "DELETE", "/Users/"+id, "")
	if got := d.filtered("Users", `userName eq "luz.moreno@corp.example" or externalId eq "7"`); got != nil {
		t.Errorf("still found: %v", got)
	}
	var state storage.PersonState
	if err := w.in.store.View(t.Context(), func(tx storage.Tx) error {
		p, err := tx.People().Get(t.Context(), id)
		state = p.State
		return err
	}); err != nil || state != storage.PersonClosed {
		t.Errorf("closed: %s, %v", state, err)
	}
	// The names are free again, and the account is another one.
	if again := d.create("luz.moreno@corp.example", "Luz", "Moreno", `,"externalId":"7","active":false`); again["id"] == id || again[scimExtension].(object)["userId"] != "lmoreno2" || again["active"] != false {
		t.Errorf("made again: %v", again)
	}
}

const scimExtension = "urn:ietf:params:scim:schemas:extension:claviger:2.0:User"

// TestSCIMWaits: where a second person has to approve, what a directory makes waits
// under the ID that it keeps.
func TestSCIMWaits(t *testing.T) { onBothStores(t, testSCIMWaits) }

func testSCIMWaits(t *testing.T, w *adminWorld) {
	w.in.config.Enroll.SecondPerson = true
	d := w.directory("hr", "")
	var ids []string
	for i := range 3 {
		m := d.create(fmt.Sprint("w", i), "Wait", "Ing", fmt.Sprintf(`,"externalId":"e%d"`, i))
		if m["active"] != false || m[scimExtension].(object)["state"] != "waiting" {
			t.Errorf("made: %v", m)
		}
		ids = append(ids, m["id"].(string))
	}
	if got := d.filtered("Users", `externalId eq "e1"`); !slices.Equal(got, ids[1:2]) {
		t.Errorf("found %v", got)
	}
	if out := d.scim(200, "GET", "/Users?startIndex=8&count=100", ""); out["totalResults"] != float64(10) || len(out["Resources"].([]any)) != 3 {
		t.Errorf("listed: %v", out)
	}
	d.scim(409, "PATCH", "/Users/"+ids[0], patch(`{"op":"replace","path":"name.familyName","value":"Other"}`))
	if m := d.scim(200, "PATCH", "/Users/"+ids[0], patch(`{"op":"replace","value":{"active":true,"externalId":"e9"}}`)); m["active"] != false || m["externalId"] != "e9" {
		t.Errorf("patched: %v", m)
	}
	boss := w.token("role-operator", everyScope())
	w.must(200, http.MethodPost, "/v1/enrolments/"+ids[0]+"/approve", boss, "", map[string]string{"If-Match": `"1"`}, nil)
	w.must(204, http.MethodPost, "/v1/enrolments/"+ids[1]+"/reject", boss, `{"reason":"not_eligible"}`, map[string]string{"If-Match": `"1"`}, nil)
	if m := d.scim(200, "GET", "/Users/"+ids[0], ""); m["active"] != true || m["userName"] != "w0" || m[scimExtension].(object)["userId"] != "wing" {
		t.Errorf("approved: %v", m)
	}
	d.scim(404, "GET", "/Users/"+ids[1], "")
	d.scim(204, "DELETE", "/Users/"+ids[2], "")
	d.scim(404, "GET", "/Users/"+ids[2], "")
	d.create("w1", "Wait", "Ing", `,"externalId":"e1"`)
}

// TestSCIMGroups gives and takes roles, as the directory of one practice, to which
// nobody else's staff exist.
func TestSCIMGroups(t *testing.T) { onBothStores(t, testSCIMGroups) }

func testSCIMGroups(t *testing.T, w *adminWorld) {
	boss := w.token("role-operator", everyScope())
	organization := func(name string) string {
		var out struct{ ID string }
		w.must(201, http.MethodPost, "/v1/organizations", boss, fmt.Sprintf(`{"name":%q,"kind":"practice","ceiling":["nurse","biller"]}`, name), nil, &out)
		return out.ID
	}
	lake, hill := organization("Lake: Family Practice"), organization("Hill")
	all, own := w.directory("hr", ""), w.directory("lake", lake)

	// Entra ID looks for a group before it makes one, without its members.
	found := own.scim(200, "GET", "/Groups?excludedAttributes=members&filter="+url.QueryEscape(`displayName eq "Lake: Family Practice: nurse"`), "")
	if fmt.Sprint(found["totalResults"]) != "1" || found["Resources"].([]any)[0].(object)["members"] != nil {
		t.Fatalf("found: %v", found)
	}
	nurses := lake + ".nurse"
	if got := own.scim(200, "GET", "/Groups", ""); fmt.Sprint(got["totalResults"]) != "2" {
		t.Errorf("groups of the practice: %v", got)
	}
	if got := all.scim(200, "GET", "/Groups?startIndex=4&count=3", ""); fmt.Sprint(got["totalResults"]) != "8" || len(got["Resources"].([]any)) != 3 {
		t.Errorf("groups of all: %v", got)
	}
	own.scim(501, "POST", "/Groups", `{"displayName":"Lake: janitor"}`)
	own.scim(501, "DELETE", "/Groups/"+nurses, "")
	own.scim(404, "GET", "/Groups/"+lake+".front_desk", "") // above the ceiling

	ana := own.create("ana@lake", "Ana", "Lopez", "")["id"].(string)
	ben := own.create("ben@lake", "Ben", "Ode", "")["id"].(string)
	other := all.create("cem@hill", "Cem", "Kaya", "")["id"].(string)
	add := func(id string) string {
		return patch(fmt.Sprintf(`{"op":"Add","path":"members","value":[{"value":%q}]}`, id))
	}
	own.scim(200, "PATCH", "/Groups/"+nurses, add(ana))
	g := own.scim(200, "PATCH", "/Groups/"+nurses, add(ben))
	if members := g["members"].([]any); len(members) != 2 {
		t.Errorf("members: %v", members)
	}
	if m := own.scim(200, "GET", "/Users/"+ana+"?attributes=groups", ""); fmt.Sprint(m["groups"].([]any)[0].(object)["value"]) != nurses {
		t.Errorf("groups of a user: %v", m)
	}
	if got := own.filtered("Groups", fmt.Sprintf(`id eq %q and members eq %q`, nurses, ana)); len(got) != 1 {
		t.Errorf("is she in it: %v", got)
	}
	if got := own.filtered("Groups", fmt.Sprintf(`members.value eq %q`, ben)); !slices.Equal(got, []string{nurses}) {
		t.Errorf("what he is in: %v", got)
	}
	version := g["meta"].(object)["version"].(string)
	// Okta names the group once more; Entra ID names who goes in the value.
	own.scim(200, "PATCH", "/Groups/"+nurses, patch(fmt.Sprintf(`{"op":"replace","value":{"id":%q,"displayName":"Lake: Family Practice: nurse"}}`, nurses)))
	own.scim(200, "PATCH", "/Groups/"+nurses, patch(fmt.Sprintf(`{"op":"Remove","path":"members","value":[{"value":%q}]}`, ben)))
	own.scim(412, "PATCH", "/Groups/"+nurses, add(ben), "If-Match", version)
	own.scim(200, "PATCH", "/Groups/"+nurses, patch(fmt.Sprintf(`{"op":"remove","path":"members[value eq \"%s\"]"}`, ana)))
	g = own.scim(200, "PUT", "/Groups/"+nurses, fmt.Sprintf(`{"displayName":"x","members":[{"value":%q},{"value":%q}]}`, ana, ben))
	if len(g["members"].([]any)) != 2 {
		t.Errorf("after PUT: %v", g)
	}
	if e := own.scim(400, "PATCH", "/Groups/"+nurses, patch(`{"op":"replace","path":"displayName","value":"x"}`)); e["scimType"] != "mutability" {
		t.Errorf("another name: %v", e)
	}

	// Nobody and nothing else exists, and that somebody tried is in the log.
	for _, one := range [][3]string{
		{"GET", "/Users/" + other, ""}, {"PATCH", "/Users/" + other, patch(`{"op":"replace","path":"active","value":false}`)}, {"DELETE", "/Users/" + other, ""},
		{"PUT", "/Users/" + other, `{"userName":"x"}`}, {"GET", "/Users/" + w.people[0], ""}, {"GET", "/Groups/" + hill + ".nurse", ""}, {"PATCH", "/Groups/" + hill + ".nurse", add(ana)},
	} {
		answer := own.ask(one[0], one[1], one[2])
		nothing := own.ask(one[0], strings.NewReplacer(other, secret.NewID(), w.people[0], secret.NewID(), hill, secret.NewID()).Replace(one[1]), one[2])
		if answer.Code != 404 || nothing.Code != 404 || answer.Body.String() != nothing.Body.String() {
			t.Errorf("%s %s: %d %s, nothing: %d %s", one[0], one[1], answer.Code, answer.Body, nothing.Code, nothing.Body)
		}
		if event := string(w.event(answer).Body); !strings.Contains(event, `"kind":"access.denied"`) || !strings.Contains(event, `"not_administrator"`) {
			t.Errorf("%s %s left %s", one[0], one[1], event)
		}
	}
	if e := own.scim(400, "PATCH", "/Groups/"+nurses, add(other)); e["scimType"] != "invalidValue" {
		t.Errorf("somebody else's staff: %v", e)
	}
	for _, filter := range []string{`userName eq "person0"`, `emails eq "ana0@example.org"`, `id eq "` + other + `"`} {
		answer := own.ask("GET", "/Users?filter="+url.QueryEscape(filter), "")
		var out object
		if err := json.Unmarshal(answer.Body.Bytes(), &out); err != nil || out["totalResults"] != float64(0) {
			t.Errorf("%s: %s, %v", filter, answer.Body, err)
		}
		if events := w.events(answer); len(events) != 2 || !tells(events, "not_administrator") {
			t.Errorf("%s left %d events", filter, len(events))
		}
	}
	if answer := own.ask("PATCH", "/Groups/"+nurses, add(other)); !strings.Contains(string(w.event(answer).Body), "not_administrator") {
		t.Errorf("somebody else's staff left %s", w.event(answer).Body)
	}
	// Of whose staff somebody is, the practice says nothing else.
	for _, one := range [][2]string{
		{"PATCH", patch(`{"op":"replace","path":"` + scimExtension + `:organization","value":"Hill"}`)},
		{"PUT", `{"userName":"ben@lake","name":{"givenName":"Ben","familyName":"Ode"}}`},
	} {
		if m := own.scim(200, one[0], "/Users/"+ben, one[1]); m[scimExtension].(object)["organization"] != "Lake: Family Practice" {
			t.Errorf("%s: %v", one[0], m)
		}
	}
	if out := own.scim(200, "GET", "/Users", ""); out["totalResults"] != float64(2) {
		t.Errorf("seen: %v", out)
	}

	// Whom others rely on too keeps the account, and loses what is of this practice.
	all.scim(200, "PATCH", "/Groups/"+hill+".nurse", add(ana))
	own.scim(403, "PATCH", "/Users/"+ana, patch(`{"op":"replace","path":"name.familyName","value":"Taken"}`))
	if m := own.scim(200, "PATCH", "/Users/"+ana, patch(`{"op":"replace","path":"active","value":false}`)); m["active"] != false {
		t.Errorf("off: %v", m)
	}
	if m := all.scim(200, "GET", "/Users/"+ana+"?attributes=active,groups", ""); m["active"] != true || fmt.Sprint(m["groups"].([]any)[0].(object)["value"]) != hill+".nurse" || len(m["groups"].([]any)) != 1 {
		t.Errorf("seen by all: %v", m)
	}
	own.scim(204, "DELETE", "/Users/"+ana, "")
	own.scim(404, "GET", "/Users/"+ana, "")
	all.scim(200, "GET", "/Users/"+ana, "")
	own.scim(204, "DELETE", "/Users/"+ben, "")
	all.scim(404, "GET", "/Users/"+ben, "")
}

// TestSCIMBulk is RFC 7644 section 3.7.
func TestSCIMBulk(t *testing.T) {
	w := newAdminWorld(t, "embedded")
	boss := w.token("role-operator", everyScope())
	var o struct{ ID string }
	w.must(201, http.MethodPost, "/v1/organizations", boss, `{"name":"Lake","kind":"practice","ceiling":["nurse"]}`, nil, &o)
	d := w.directory("hr", "")
	bulk := func(status int, more, operations string) []any {
		out := d.scim(status, "POST", "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]`+more+`,"Operations":[`+operations+`]}`)
		list, _ := out["Operations"].([]any)
		return list
	}
	make := func(id string) string {
		return fmt.Sprintf(`{"method":"POST","path":"/Users","bulkId":%q,"data":{"userName":%q,"name":{"givenName":"Bu","familyName":"Lk"}}}`, id, id)
	}
	// The first refers to what the second makes.
	got := bulk(200, "", fmt.Sprintf(`{"method":"PATCH","path":"/Groups/%s.nurse","data":%s},%s`, o.ID, patch(`{"op":"add","path":"members","value":[{"value":"bulkId:q1"}]}`), make("q1")))
	if len(got) != 2 || got[0].(object)["status"] != "200" || got[1].(object)["status"] != "201" || got[1].(object)["bulkId"] != "q1" {
		t.Fatalf("%v", got)
	}
	id := strings.TrimPrefix(got[1].(object)["location"].(string), adminURL+"/scim/v2/Users/")
	if members := d.filtered("Groups", fmt.Sprintf("members eq %q", id)); len(members) != 1 {
		t.Errorf("in the group: %v", members)
	}
	wrong := `{"method":"POST","path":"/Users","bulkId":"bad","data":{"userName":"q1","name":{"givenName":"A","familyName":"B"}}}`
	if got = bulk(200, `,"failOnErrors":1`, wrong+","+make("q2")); len(got) != 1 || got[0].(object)["status"] != "409" || got[0].(object)["response"].(object)["scimType"] != "uniqueness" {
		t.Errorf("failOnErrors: %v", got)
	}
	if got = bulk(200, "", wrong+","+make("q2")+`,{"method":"DELETE","path":"/Users/`+id+`"},{"method":"PATCH","path":"/Users/bulkId:none","data":{}},{"method":"GET","path":"/Users/`+id+`"}`); len(got) != 5 ||
		got[1].(object)["status"] != "201" || got[2].(object)["status"] != "204" || got[3].(object)["status"] != "409" || got[4].(object)["status"] != "400" {
		t.Errorf("%v", got)
	}
	var many []string
	for i := range 101 {
		many = append(many, make(fmt.Sprint("m", i)))
	}
	bulk(413, "", strings.Join(many, ","))
	bulk(413, `,"x":"`+strings.Repeat("x", 1<<20)+`"`, make("big"))
}

// TestSCIMMayWho: provisioning clients alone, by their scopes, and what a change of
// their role does.
func TestSCIMMayWho(t *testing.T) {
	w := newAdminWorld(t, "embedded")
	d := w.directory("hr", "")
	requests := map[string][2]string{
		"scim-read-users": {"GET", "/Users"}, "scim-write-users": {"DELETE", "/Users/x"}, "scim-read-groups": {"GET", "/Groups"},
		"scim-write-groups": {"DELETE", "/Groups/x"}, "scim-bulk": {"POST", "/Bulk"},
	}
	scopes, may := documented(t, "scim.md")
	if len(scopes) != len(scim.Operations()) {
		t.Errorf("%d operations, %d in docs/scim.md", len(scim.Operations()), len(scopes))
	}
	for _, op := range scim.Operations() {
		method, path := requests[op][0], requests[op][1]
		body := map[bool]string{true: "{}"}[method == "POST"]
		for _, scope := range []string{admin.ScopeSCIMRead, admin.ScopeSCIMWrite, admin.ScopePeopleRead} {
			d.token = d.bearer(scope)
			answer := d.ask(method, path, body)
			if lacks := strings.Contains(answer.Header().Get("WWW-Authenticate"), "insufficient_scope"); lacks == (scopes[op] == scope) {
				t.Errorf("%s with %s: %d", op, scope, answer.Code)
			}
		}
		for _, role := range admin.Roles() {
			one := "role-" + string(role)
			token := w.token(one, everyScope())
			r := httptest.NewRequestWithContext(t.Context(), method, adminURL+"/scim/v2"+path, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/scim+json")
			r.Header.Set("Authorization", "DPoP "+token)
			r.Header.Set("DPoP", w.proof(method, adminURL+"/scim/v2"+path, token))
			answer := httptest.NewRecorder()
			w.server.admin.Handler.ServeHTTP(answer, r)
			if want := slices.Contains(may[op], string(role)); want == (answer.Code == 403) {
				t.Errorf("%s as %s: %d %s", op, role, answer.Code, answer.Body)
			}
		}
		d.token = ""
		if answer := d.ask(method, path, body); answer.Code != 401 || answer.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%s without a token: %d", op, answer.Code)
		}
	}
	d.token = d.bearer(everyScope())
	if answer := w.call(http.MethodGet, "/v1/people", "", nil, map[string]string{"Authorization": "Bearer " + d.token}); answer.Code != 401 {
		t.Errorf("the API for operators with a bearer token: %d", answer.Code)
	}
	d.scim(200, "GET", "/Users", "")
	if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error {
		return tx.Operators().Remove(t.Context(), storage.OperatorClient, "hr", string(admin.RoleProvisioner))
	}); err != nil {
		t.Fatal(err)
	}
	d.scim(403, "GET", "/Users", "")
	d.token = ""
	for _, path := range []string{"/ServiceProviderConfig", "/Schemas", "/ResourceTypes", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "/ResourceTypes/User"} {
		d.scim(200, "GET", path, "")
	}
	d.scim(501, "GET", "/Me", "")
	d.scim(404, "GET", "/Schemas/none", "")
	d.scim(403, "GET", "/Schemas?filter=x", "")
}

// TestSCIMSpares: whom a directory must not turn off, close or change, whatever it had
// made itself.
func TestSCIMSpares(t *testing.T) { onBothStores(t, testSCIMSpares) }

func testSCIMSpares(t *testing.T, w *adminWorld) {
	boss := w.token("role-operator", everyScope())
	var lake struct{ ID string }
	w.must(201, http.MethodPost, "/v1/organizations", boss, `{"name":"Lake","kind":"practice","ceiling":["nurse"]}`, nil, &lake)
	all, own := w.directory("hr", ""), w.directory("lake", lake.ID)
	made := func(name string) string { return own.create(name, "Some", "Body", "")["id"].(string) }
	role := func(id, role string) {
		w.must(201, http.MethodPost, "/v1/organizations/"+lake.ID+"/members", boss, fmt.Sprintf(`{"person":%q,"role":%q,"need":"For the test"}`, id, role), nil, nil)
	}
	off, other := patch(`{"op":"replace","path":"active","value":false}`), patch(`{"op":"replace","path":"name.familyName","value":"Taken"}`)
	state := func(id string) (state storage.PersonState, roles int) {
		if err := w.in.store.View(t.Context(), func(tx storage.Tx) error {
			p, err := tx.People().Get(t.Context(), id)
			if err != nil {
				return err
			}
			has, err := tx.Memberships().ByPerson(t.Context(), id, tx.Now())
			state, roles = p.State, len(has)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return state, roles
	}

	helper, administrator := made("helper"), made("administrator")
	role(administrator, "nurse")
	if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error {
		if err := tx.Memberships().Insert(t.Context(), storage.Membership{ID: secret.NewID(), OrganizationID: lake.ID, PersonID: administrator, Role: access.Administrator, Need: []byte("x"), Since: tx.Now()}); err != nil {
			return err
		}
		return tx.Operators().Appoint(t.Context(), storage.Operator{Kind: storage.OperatorPerson, ID: helper, Role: string(admin.RoleHelpDesk), AppointedAt: tx.Now(), AppointedBy: "test"})
	}); err != nil {
		t.Fatal(err)
	}
	for _, d := range []*directory{all, own} {
		for name, id := range map[string]string{"operator": helper, "administrator": administrator} {
			for _, one := range [][2]string{{"PATCH", off}, {"PATCH", other}, {"DELETE", ""}} {
				answer := d.ask(one[0], "/Users/"+id, one[1])
				if answer.Code != 403 {
					t.Errorf("%s of the %s by %s: %d %s", one[0], name, d.id, answer.Code, answer.Body)
					continue
				}
				if event := string(w.event(answer).Body); !strings.Contains(event, `"kind":"access.denied"`) || !strings.Contains(event, `"reason":"operator"`) {
					t.Errorf("%s of the %s by %s left %s", one[0], name, d.id, event)
				}
			}
		}
	}
	if got, _ := state(helper); got != storage.PersonApproved {
		t.Errorf("the operator is %s", got)
	}
	if got, roles := state(administrator); got != storage.PersonApproved || roles != 2 {
		t.Errorf("the administrator is %s with %d roles", got, roles)
	}

	// Who acts for somebody, or is acted for, is not the client's alone.
	principal, delegate := made("principal"), made("delegate")
	if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error {
		return tx.Delegations().Insert(t.Context(), storage.Delegation{
			ID: secret.NewID(), PrincipalID: principal, DelegateID: delegate, Clients: []string{"portal"}, Purpose: "x", GrantedBy: "test", Since: tx.Now(), EndsAt: tx.Now().Add(time.Hour),
		})
	}); err != nil {
		t.Fatal(err)
	}
	for name, id := range map[string]string{"principal": principal, "delegate": delegate} {
		own.scim(403, "PATCH", "/Users/"+id, other)
		own.scim(200, "PATCH", "/Users/"+id, off)
		own.scim(204, "DELETE", "/Users/"+id, "")
		if got, _ := state(id); got != storage.PersonApproved {
			t.Errorf("the %s is %s", name, got)
		}
	}

	// A role above the ceiling is an operator's to take, and then none is taken.
	id := w.people[0]
	role(id, "nurse")
	role(id, "biller")
	for _, one := range [][2]string{{"PATCH", off}, {"DELETE", ""}} {
		answer := own.ask(one[0], "/Users/"+id, one[1])
		if event := string(w.event(answer).Body); answer.Code != 403 || !strings.Contains(event, `"reason":"above_ceiling"`) {
			t.Errorf("%s with a role above the ceiling: %d %s, %s", one[0], answer.Code, answer.Body, event)
		}
	}
	if _, roles := state(id); roles != 2 {
		t.Errorf("%d roles are left", roles)
	}
}

// TestSCIMNPI: the client of an organization finds out of no NPI whether somebody has
// it, and keeps none from whom it belongs to.
func TestSCIMNPI(t *testing.T) { onBothStores(t, testSCIMNPI) }

func testSCIMNPI(t *testing.T, w *adminWorld) {
	boss := w.token("role-operator", everyScope())
	var lake, hill struct{ ID string }
	w.must(201, http.MethodPost, "/v1/organizations", boss, `{"name":"Lake","kind":"practice","ceiling":["nurse"]}`, nil, &lake)
	w.must(201, http.MethodPost, "/v1/organizations", boss, `{"name":"Hill","kind":"practice","ceiling":["nurse"]}`, nil, &hill)
	all, own, others := w.directory("hr", ""), w.directory("lake", lake.ID), w.directory("hill", hill.ID)
	npi := func(n string) string { return `,"` + scimExtension + `":{"npi":"` + n + `"}` }
	all.create("known", "Kno", "Wn", npi("1234567893"))
	made := map[string]string{}
	for name, c := range map[string]struct {
		d   *directory
		npi string
	}{"known": {own, "1234567893"}, "free": {own, "1245319599"}, "again": {own, "1245319599"}, "others": {others, "1245319599"}} {
		m := c.d.create(name, "Some", "Body", npi(c.npi))
		if made[name] = m["id"].(string); m["active"] != false || m[scimExtension].(object)["state"] != "waiting" || m[scimExtension].(object)["npi"] != c.npi {
			t.Errorf("%s: %v", name, m)
		}
		c.d.scim(200, "GET", "/Users/"+made[name], "")
	}
	// Whom it belongs to applies meanwhile.
	w.must(201, http.MethodPost, "/v1/enrolments", boss, `{"given_name":"Real","family_name":"Owner","npi":"1245319599"}`, nil, nil)

	approve := func(status int, name string) {
		t.Helper()
		w.must(status, http.MethodPost, "/v1/enrolments/"+made[name]+"/approve", boss, "", map[string]string{"If-Match": `"1"`}, nil)
	}
	approve(409, "known")
	approve(200, "free")
	approve(409, "others")
	if m := own.scim(200, "GET", "/Users/"+made["free"], ""); m["active"] != true || m[scimExtension].(object)["npi"] != "1245319599" {
		t.Errorf("approved: %v", m)
	}
	// Closed before anybody could sign in, it keeps the NPI from nobody.
	own.scim(204, "DELETE", "/Users/"+made["free"], "")
	approve(200, "others")
}

// TestSCIMReachEnds: with a person's role, with the organization, and with the role of
// the client there.
func TestSCIMReachEnds(t *testing.T) { onBothStores(t, testSCIMReachEnds) }

func testSCIMReachEnds(t *testing.T, w *adminWorld) {
	boss := w.token("role-operator", everyScope())
	organization := func(name string) string {
		var out struct{ ID string }
		w.must(201, http.MethodPost, "/v1/organizations", boss, fmt.Sprintf(`{"name":%q,"kind":"practice","ceiling":["nurse"]}`, name), nil, &out)
		return out.ID
	}
	lake, hill := organization("Lake"), organization("Hill")
	own, id := w.directory("lake", lake), w.people[0]
	w.must(201, http.MethodPost, "/v1/organizations/"+lake+"/members", boss, fmt.Sprintf(`{"person":%q,"role":"nurse","need":"For the test"}`, id), nil, nil)
	own.scim(200, "PATCH", "/Users/"+id, patch(`{"op":"add","value":{"userName":"ana@lake","externalId":"7"}}`))
	made := own.create("made@lake", "Ma", "De", "")["id"].(string)
	if m := own.scim(200, "PATCH", "/Users/"+id, patch(`{"op":"replace","path":"active","value":false}`)); m["userName"] != "ana@lake" {
		t.Errorf("off: %v", m)
	}
	m := own.scim(200, "GET", "/Users/"+id, "")
	if name, _ := m["name"].(object); m["userName"] != "ana@lake" || m["externalId"] != "7" || m["active"] != false || len(name) > 0 || m["displayName"] != nil ||
		m["emails"] != nil || m["phoneNumbers"] != nil || m["addresses"] != nil || len(m[scimExtension].(object)) > 0 {
		t.Errorf("of who has left: %v", m)
	}
	if got := own.filtered("Users", `emails eq "ana0@example.org"`); got != nil {
		t.Errorf("found by address: %v", got)
	}
	if e := own.scim(400, "PATCH", "/Groups/"+lake+".nurse", patch(fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, id))); e["scimType"] != "invalidValue" {
		t.Errorf("taken back: %v", e)
	}
	own.scim(403, "PATCH", "/Users/"+id, patch(`{"op":"replace","path":"active","value":true}`))
	own.scim(403, "PATCH", "/Users/"+id, patch(`{"op":"replace","path":"name.familyName","value":"Taken"}`))
	own.scim(200, "PATCH", "/Users/"+id, patch(`{"op":"replace","path":"externalId","value":"8"}`))

	// Bound anew, it knows nobody of the other organization.
	service, by := w.in.operators(), audit.Actor{Type: "operator", ID: "test"}
	bind := func(organization string) {
		t.Helper()
		to := operators.Holder{Kind: storage.OperatorClient, ID: "lake", Organization: organization}
		if err := service.Remove(t.Context(), to, string(admin.RoleProvisioner), "moved", by); err != nil {
			t.Fatal(err)
		}
		if err := service.Grant(t.Context(), to, string(admin.RoleProvisioner), "moved", by); err != nil {
			t.Fatal(err)
		}
	}
	bind(hill)
	own.scim(404, "GET", "/Users/"+made, "")
	own.scim(404, "GET", "/Users/"+id, "")
	own.scim(404, "DELETE", "/Users/"+made, "")
	if out := own.scim(200, "GET", "/Users", ""); out["totalResults"] != float64(0) {
		t.Errorf("seen from the other organization: %v", out)
	}

	shown := w.call(http.MethodGet, "/v1/organizations/"+hill, boss, nil, nil)
	w.must(200, http.MethodPost, "/v1/organizations/"+hill+"/close", boss, `{"reason":"merged"}`, map[string]string{"If-Match": shown.Header().Get("ETag")}, nil)
	for _, path := range []string{"/Users", "/Groups"} {
		own.scim(403, "GET", path, "")
	}
	own.scim(403, "POST", "/Users", `{"userName":"x","name":{"givenName":"A","familyName":"B"}}`)
}

// TestSCIMGroupsAtOnce: of many who change one version of a group, one does.
func TestSCIMGroupsAtOnce(t *testing.T) { onBothStores(t, testSCIMGroupsAtOnce) }

func testSCIMGroupsAtOnce(t *testing.T, w *adminWorld) {
	boss := w.token("role-operator", everyScope())
	var lake struct{ ID string }
	w.must(201, http.MethodPost, "/v1/organizations", boss, `{"name":"Lake","kind":"practice","ceiling":["nurse"]}`, nil, &lake)
	d := w.directory("hr", "")
	path := "/Groups/" + lake.ID + ".nurse"
	tag := d.ask("GET", path, "").Header().Get("ETag")
	codes := make(chan int)
	for _, id := range w.people[:4] {
		go func() {
			codes <- d.ask("PATCH", path, patch(fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, id)), "If-Match", tag).Code
		}()
	}
	got := map[int]int{}
	for range 4 {
		got[<-codes]++
	}
	if got[200] != 1 || got[412] != 3 {
		t.Errorf("answers: %v", got)
	}
}

// between is a store in which something happens after the first look.
type between struct {
	storage.Store
	then func()
}

func (m *between) View(ctx context.Context, look func(storage.Tx) error) error {
	err := m.Store.View(ctx, look)
	if then := m.then; then != nil {
		m.then = nil
		then()
	}
	return err
}

// admits is a gate that lets one client in.
type admits scim.Caller

func (g admits) Admit(_ http.ResponseWriter, r *http.Request, _ string) (context.Context, scim.Caller, error) {
	return r.Context(), scim.Caller(g), nil
}

func (admits) Refused(_ context.Context, _ string, err error) error { return err }

// TestSCIMAddsAnewMeanwhile: whom a directory lets go, and takes back before the end of
// what rested on the membership is done, keeps the names that it has given since.
func TestSCIMAddsAnewMeanwhile(t *testing.T) { onBothStores(t, testSCIMAddsAnewMeanwhile) }

func testSCIMAddsAnewMeanwhile(t *testing.T, w *adminWorld) {
	boss := w.token("role-operator", everyScope())
	var lake struct{ ID string }
	w.must(201, http.MethodPost, "/v1/organizations", boss, `{"name":"Lake","kind":"practice","ceiling":["nurse"]}`, nil, &lake)
	own, id := w.directory("lake", lake.ID), w.people[0]
	takes := func() {
		t.Helper()
		w.must(201, http.MethodPost, "/v1/organizations/"+lake.ID+"/members", boss, fmt.Sprintf(`{"person":%q,"role":"nurse","need":"For the test"}`, id), nil, nil)
		own.scim(200, "PATCH", "/Users/"+id, patch(`{"op":"add","value":{"userName":"ana@lake","externalId":"7","active":true}}`))
	}
	takes()
	sessions := &session.Service{Store: w.in.store, Ephemeral: w.ephemeral, Now: w.in.now, Log: w.in.log, TombstoneFor: time.Minute}
	organizations := w.in.access(sessions)
	organizations.Store = &between{w.in.store, takes}
	server := &scim.Server{
		Store: w.in.store, Keys: w.in.keyring, People: &person.Directory{Keys: w.in.keyring}, Accounts: w.in.accounts(sessions), Access: organizations,
		Gate: admits{Actor: audit.Actor{Type: "client", ID: "lake"}, ClientID: "lake", Organization: lake.ID}, URL: adminURL, Now: w.in.now, Log: w.in.log,
	}
	a := httptest.NewRecorder()
	server.Handler().ServeHTTP(a, httptest.NewRequestWithContext(t.Context(), http.MethodDelete, adminURL+"/scim/v2/Users/"+id, nil))
	if a.Code != http.StatusNoContent {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	if m := own.scim(200, "GET", "/Users/"+id, ""); m["userName"] != "ana@lake" || m["externalId"] != "7" || m["active"] != true {
		t.Errorf("taken back meanwhile: %v", m)
	}
	// Who left before, with the names that the directory gave, is let go for good.
	own.scim(200, "PATCH", "/Users/"+id, patch(`{"op":"replace","path":"active","value":false}`))
	own.scim(204, "DELETE", "/Users/"+id, "")
	own.scim(404, "GET", "/Users/"+id, "")
	// So is whose account somebody else closed.
	closed := own.create("made@lake", "Ma", "De", "")["id"].(string)
	w.directory("hr", "").scim(204, "DELETE", "/Users/"+closed, "")
	own.scim(204, "DELETE", "/Users/"+closed, "")
	own.scim(404, "DELETE", "/Users/"+closed, "")
}
