package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/pkg/admin"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// must is a call that has to be answered with a status; out gets the body.
func (w *adminWorld) must(status int, method, target, token, body string, header map[string]string, out any) *httptest.ResponseRecorder {
	w.t.Helper()
	var sent []byte
	if body != "" {
		sent = []byte(body)
	}
	answer := w.call(method, target, token, sent, header)
	if answer.Code != status {
		w.t.Fatalf("%s %s: %d, not %d: %s", method, target, answer.Code, status, answer.Body)
	}
	if out != nil {
		if err := json.Unmarshal(answer.Body.Bytes(), out); err != nil {
			w.t.Fatalf("%s %s: %v: %s", method, target, err, answer.Body)
		}
	}
	return answer
}

type identified struct{ ID string }

// match is what a change of what an answer showed is sent with.
func match(answer *httptest.ResponseRecorder) map[string]string {
	return map[string]string{"If-Match": answer.Header().Get("ETag")}
}

// TestAdminEnrolment takes applications from being handed in to an account and to
// a rejection.
func TestAdminEnrolment(t *testing.T) { onBothStores(t, testAdminEnrolment) }

func testAdminEnrolment(t *testing.T, w *adminWorld) {
	token := w.token("role-operator", everyScope())
	var one identified
	made := w.must(201, "POST", "/v1/enrolments", token, `{"family_name":"Okafor","given_name":"Ngozi","npi":"1234567893","email":"ngozi@example.org"}`, nil, &one)
	if at := made.Header().Get("Location"); at != "/v1/enrolments/"+one.ID {
		t.Errorf("Location %q", at)
	}
	if e := w.event(made); e.Kind != string(audit.ApplicationSubmitted) || !strings.Contains(string(e.Body), `"actor":{"type":"client","id":"role-operator","role":"operator"}`) {
		t.Errorf("the event is %s", e.Body)
	}
	w.must(409, "POST", "/v1/enrolments", token, `{"family_name":"Okafor","given_name":"Ngozi","npi":"1234567893"}`, nil, nil)
	var wrong struct {
		Errors []struct{ Location, Message string }
	}
	w.must(400, "POST", "/v1/enrolments", token, `{"family_name":"=cmd()","given_name":"Ngozi","npi":"1234567890"}`, nil, &wrong)
	if len(wrong.Errors) != 2 || wrong.Errors[0].Location != "body.family_name" || wrong.Errors[1].Location != "body.npi" {
		t.Errorf("what is wrong: %+v", wrong)
	}
	for range 4 {
		w.must(201, "POST", "/v1/enrolments", token, `{"family_name":"Ruiz","given_name":"Ana"}`, nil, nil)
	}
	var seen []string
	for next := ""; ; {
		var page struct {
			Items []admin.Enrolment
			Next  string
		}
		w.must(200, "GET", "/v1/enrolments?limit=2&cursor="+next, token, "", nil, &page)
		for _, e := range page.Items {
			seen = append(seen, e.ID)
		}
		if next = page.Next; next == "" {
			break
		}
	}
	if len(seen) != 5 || seen[0] != one.ID || len(slices.Compact(slices.Sorted(slices.Values(seen)))) != 5 {
		t.Errorf("listed %v", seen)
	}
	at := "/v1/enrolments/" + one.ID
	shown := w.must(200, "GET", at, token, "", nil, nil)
	w.must(428, "POST", at+"/approve", token, "", nil, nil)
	w.must(412, "POST", at+"/approve", token, "", map[string]string{"If-Match": `"7"`}, nil)
	var approved struct {
		Person string
		UserID string `json:"user_id"`
	}
	w.must(200, "POST", at+"/approve", token, "", match(shown), &approved)
	if approved.UserID == "" || strings.Contains(approved.UserID, "1234567893") {
		t.Errorf("approved: %+v", approved)
	}
	w.must(412, "POST", at+"/approve", token, "", match(shown), nil)
	w.must(200, "GET", "/v1/people/"+approved.Person, token, "", nil, nil)
	other := "/v1/enrolments/" + seen[1]
	shown = w.must(200, "GET", other, token, "", nil, nil)
	w.must(422, "POST", other+"/reject", token, `{"reason":"because"}`, match(shown), nil)
	w.must(204, "POST", other+"/reject", token, `{"reason":"not_verified"}`, match(shown), nil)
	var rejected struct{ Items []admin.Enrolment }
	w.must(200, "GET", "/v1/enrolments?state=rejected", token, "", nil, &rejected)
	if len(rejected.Items) != 1 || rejected.Items[0].Reason != "not_verified" {
		t.Errorf("rejected: %+v", rejected)
	}
}

// TestAdminOrganizations: an organization from its making to its end, and who
// belongs to it.
func TestAdminOrganizations(t *testing.T) { onBothStores(t, testAdminOrganizations) }

func testAdminOrganizations(t *testing.T, w *adminWorld) {
	token := w.token("role-operator", everyScope())
	var top, part identified
	w.must(201, "POST", "/v1/organizations", token, `{"name":"Riverside","kind":"practice"}`, nil, &top)
	made := w.must(201, "POST", "/v1/organizations", token, `{"name":"Riverside North","kind":"facility","parent":"`+top.ID+`"}`, nil, &part)
	var parts struct{ Items []admin.Organization }
	w.must(200, "GET", "/v1/organizations?parent="+top.ID, token, "", nil, &parts)
	if len(parts.Items) != 1 || parts.Items[0].ID != part.ID || parts.Items[0].Parent != top.ID {
		t.Errorf("parts: %+v", parts)
	}
	at := "/v1/organizations/" + part.ID
	changed := w.must(200, "PATCH", at, token, `{"ceiling":["biller"]}`, match(made), nil)
	w.must(412, "PATCH", at, token, `{"ceiling":[]}`, match(made), nil)
	var member identified
	w.must(201, "POST", at+"/members", token, `{"person":"`+w.people[3]+`","role":"biller","need":"does the billing"}`, nil, &member)
	w.must(409, "POST", at+"/members", token, `{"person":"`+w.people[3]+`","role":"biller","need":"does the billing"}`, nil, nil)
	w.must(400, "POST", at+"/members", token, `{"person":"`+w.people[3]+`","role":"pilot","need":"flies"}`, nil, nil)
	w.must(201, "POST", at+"/members", token, `{"user_id":"person4","family_name":"péréz","role":"biller","need":"does the billing"}`, nil, nil)
	w.must(404, "POST", at+"/members", token, `{"user_id":"person4","family_name":"smith","role":"biller","need":"does the billing"}`, nil, nil)
	var roster struct{ Items []admin.Member }
	read := w.must(200, "GET", at+"/members", token, "", nil, &roster)
	if len(roster.Items) != 2 || w.event(read).Kind != string(audit.MembershipRead) {
		t.Errorf("the roster: %+v, %s", roster, w.event(read).Body)
	}
	w.must(204, "DELETE", at+"/members/"+member.ID, token, "", nil, nil)
	w.must(404, "DELETE", "/v1/organizations/"+top.ID+"/members/"+member.ID, token, "", nil, nil)
	whole := w.must(200, "GET", "/v1/organizations/"+top.ID, token, "", nil, nil)
	w.must(409, "POST", "/v1/organizations/"+top.ID+"/close", token, `{"reason":"merged"}`, match(whole), nil)
	var closed struct{ Ended int }
	w.must(200, "POST", at+"/close", token, `{"reason":"merged"}`, match(changed), &closed)
	if closed.Ended != 1 {
		t.Errorf("closed: %+v", closed)
	}
}

// TestAdminOwnOrganization: administrators of an organization do what the table
// says in that one, and find out nothing of another.
func TestAdminOwnOrganization(t *testing.T) { onBothStores(t, testAdminOwnOrganization) }

func testAdminOwnOrganization(t *testing.T, w *adminWorld) {
	boss := w.token("role-operator", everyScope())
	var own, other identified
	for name, into := range map[string]*identified{"Own": &own, "Other": &other} {
		w.must(201, "POST", "/v1/organizations", boss, `{"name":"`+name+`","kind":"practice","ceiling":["biller"]}`, nil, into)
	}
	delegate := w.people[0]
	member := func(organization, person, role string) string {
		var m identified
		w.must(201, "POST", "/v1/organizations/"+organization+"/members", boss, `{"person":"`+person+`","role":"`+role+`","need":"runs it"}`, nil, &m)
		return m.ID
	}
	member(own.ID, delegate, "delegate_administrator")
	theirs := member(other.ID, w.people[2], "biller")
	end := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
	bodies := map[string]string{"add-member": `{"user_id":"person1","family_name":"Péréz","role":"biller","need":"does the billing","ends_at":"` + end + `"}`}
	token := func() string { return w.personToken(delegate, func(*oidc.AccessClaims) {}) }
	_, may := documented(t, "admin-api.md")
	w.actingClient("acts")
	member(own.ID, w.people[5], "biller")
	member(own.ID, w.people[4], "biller")
	delegated := func(principal, to string) string {
		var d identified
		w.must(201, "POST", "/v1/people/"+principal+"/delegations", boss, `{"delegate":"`+to+`","clients":["acts"],"purpose":"treatment","ends_at":"`+end+`","reason":"asked"}`, nil, &d)
		return d.ID
	}
	// What the id in the path of these names, in their own organization and in another.
	named := map[string]func() (mine, foreign string){
		"list-delegations": func() (string, string) { return w.people[5], w.people[2] },
		"end-delegation": func() (string, string) {
			return delegated(w.people[5], w.people[4]), delegated(w.people[2], w.people[6])
		},
	}
	for _, op := range w.document() {
		body := []byte(bodies[op.ID])
		if !slices.Contains(may[op.ID], "own delegate_administrator") {
			if answer := w.call(op.method, op.somewhere(), token(), nil, nil); answer.Code != http.StatusForbidden && answer.Code != http.StatusUnauthorized {
				t.Errorf("%s: %d %s", op.ID, answer.Code, answer.Body)
			}
			continue
		}
		in := func(organization, member string) string {
			return strings.NewReplacer("{id}", organization, "{member}", member).Replace(op.path)
		}
		mine := theirs
		if strings.Contains(op.path, "{member}") {
			mine = member(own.ID, w.people[3], "biller")
		}
		id, foreign := own.ID, other.ID
		if of := named[op.ID]; of != nil {
			id, foreign = of()
		}
		if answer := w.call(op.method, in(id, mine), token(), body, nil); answer.Code >= 300 {
			t.Errorf("%s in their own: %d %s", op.ID, answer.Code, answer.Body)
		}
		there := w.call(op.method, in(foreign, theirs), token(), body, nil)
		nowhere := w.call(op.method, in(secret.NewID(), theirs), token(), body, nil)
		bare := func(answer *httptest.ResponseRecorder) string {
			return strings.ReplaceAll(answer.Body.String(), answer.Header().Get("X-Request-Id"), "")
		}
		if there.Code != http.StatusNotFound || nowhere.Code != there.Code || bare(there) != bare(nowhere) {
			t.Errorf("%s in another: %d %s; in none: %d %s", op.ID, there.Code, there.Body, nowhere.Code, nowhere.Body)
		}
		if e := w.event(there); e.Kind != string(audit.AccessDenied) || !strings.Contains(string(e.Body), other.ID) && !strings.Contains(string(e.Body), w.people[2]) {
			t.Errorf("%s in another: the event is %s", op.ID, e.Body)
		}
	}
	w.must(403, "POST", "/v1/organizations/"+own.ID+"/members", token(), `{"user_id":"person0","family_name":"Péréz","role":"biller","need":"myself","ends_at":"`+end+`"}`, nil, nil)
	// They let nobody act for their staff, and see and end only what is among their own.
	at := "/v1/people/" + w.people[5] + "/delegations"
	w.must(403, "POST", at, token(), `{"user_id":"person4","family_name":"Péréz","clients":["acts"],"purpose":"operations","ends_at":"`+end+`","reason":"asked"}`, nil, nil)
	among, outward, inward := delegated(w.people[5], w.people[4]), delegated(w.people[5], w.people[2]), delegated(w.people[6], w.people[5])
	var seen struct {
		ActingFor []admin.Delegation `json:"acting_for_person"`
		ActsFor   []admin.Delegation `json:"person_acts_for"`
	}
	w.must(200, "GET", at, token(), "", nil, &seen)
	if len(seen.ActingFor) != 1 || seen.ActingFor[0].ID != among || len(seen.ActsFor) != 0 {
		t.Errorf("an administrator sees %+v", seen)
	}
	for _, id := range []string{outward, inward} {
		w.must(404, "DELETE", "/v1/delegations/"+id, token(), "", nil, nil)
	}
	w.must(204, "DELETE", "/v1/delegations/"+among, token(), "", nil, nil)
	w.must(403, "POST", "/v1/organizations/"+own.ID+"/members", token(), `{"person":"`+w.people[4]+`","role":"biller","need":"by id","ends_at":"`+end+`"}`, nil, nil)
}

// actingClient registers an application in which people may act for others.
func (w *adminWorld) actingClient(id string) {
	w.t.Helper()
	if err := w.in.store.Tx(w.t.Context(), func(tx storage.Tx) error {
		return tx.Clients().Insert(w.t.Context(), storage.Client{ID: id, Name: id, Acting: true, CreatedAt: tx.Now(), UpdatedAt: tx.Now()})
	}); err != nil {
		w.t.Fatal(err)
	}
}

// TestAdminDelegations: operators let people act for others and end it, and closing an
// account ends it too.
func TestAdminDelegations(t *testing.T) { onBothStores(t, testAdminDelegations) }

func testAdminDelegations(t *testing.T, w *adminWorld) {
	token := w.token("role-operator", everyScope())
	w.actingClient("acts")
	end := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
	at := "/v1/people/" + w.people[1] + "/delegations"
	body := func(delegate, client, purpose, end string) string {
		return `{"delegate":"` + delegate + `","clients":["` + client + `"],"purpose":"` + purpose + `","ends_at":"` + end + `","reason":"asked"}`
	}
	for name, tc := range map[string]struct {
		status int
		body   string
	}{
		"to oneself":       {403, body(w.people[1], "acts", "payment", end)},
		"to nobody":        {404, body(secret.NewID(), "acts", "payment", end)},
		"not registered":   {400, body(w.people[2], "role-operator", "payment", end)},
		"no application":   {400, body(w.people[2], "nowhere", "payment", end)},
		"no such purpose":  {422, body(w.people[2], "acts", "fun", end)},
		"over already":     {400, body(w.people[2], "acts", "payment", time.Now().Add(-time.Second).UTC().Format(time.RFC3339Nano))},
		"for far too long": {400, body(w.people[2], "acts", "payment", time.Now().Add(400*24*time.Hour).UTC().Format(time.RFC3339))},
		"without an end":   {422, `{"delegate":"` + w.people[2] + `","clients":["acts"],"purpose":"payment","reason":"asked"}`},
		"without a reason": {422, `{"delegate":"` + w.people[2] + `","clients":["acts"],"purpose":"payment","ends_at":"` + end + `"}`},
	} {
		if answer := w.call("POST", at, token, []byte(tc.body), nil); answer.Code != tc.status {
			t.Errorf("%s: %d %s", name, answer.Code, answer.Body)
		}
	}
	var made identified
	granted := w.must(201, "POST", at, token, body(w.people[2], "acts", "payment", end), nil, &made)
	if e := w.event(granted); e.Kind != string(audit.DelegationGranted) || !strings.Contains(string(e.Body), `"reason":"asked"`) {
		t.Errorf("%s", e.Body)
	}
	w.must(409, "POST", at, token, body(w.people[2], "acts", "payment", end), nil, nil)
	var seen struct {
		ActingFor []admin.Delegation `json:"acting_for_person"`
		ActsFor   []admin.Delegation `json:"person_acts_for"`
	}
	read := w.must(200, "GET", at, token, "", nil, &seen)
	if len(seen.ActingFor) != 1 || len(seen.ActsFor) != 0 || seen.ActingFor[0].ID != made.ID || seen.ActingFor[0].Delegate.UserID != "person2" ||
		w.event(read).Kind != string(audit.DelegationRead) {
		t.Errorf("%+v", seen)
	}
	w.must(404, "GET", "/v1/people/"+secret.NewID()+"/delegations", token, "", nil, nil)
	gone := w.must(204, "DELETE", "/v1/delegations/"+made.ID, token, "", nil, nil)
	if e := w.event(gone); e.Kind != string(audit.DelegationEnded) || !strings.Contains(string(e.Body), `"reason":"removed"`) {
		t.Errorf("%s", e.Body)
	}
	w.must(204, "DELETE", "/v1/delegations/"+made.ID, token, "", nil, nil)
	w.must(404, "DELETE", "/v1/delegations/"+secret.NewID(), token, "", nil, nil)
	// An account that is suspended, of either, ends it; reinstating brings nothing back.
	for _, who := range []string{w.people[1], w.people[2]} {
		w.must(201, "POST", at, token, body(w.people[2], "acts", "payment", end), nil, &made)
		if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error { return w.in.accounts(nil).Left(t.Context(), tx, who, operator()) }); err != nil {
			t.Fatal(err)
		}
		w.must(200, "GET", at, token, "", nil, &seen)
		if len(seen.ActingFor) != 0 {
			t.Errorf("after one of the two left: %+v", seen)
		}
	}
}

// TestAdminRoleTakenMeanwhile: a role that was taken away after the look at the
// token changes nothing any more, and that is recorded.
func TestAdminRoleTakenMeanwhile(t *testing.T) { onBothStores(t, testAdminRoleTakenMeanwhile) }

func testAdminRoleTakenMeanwhile(t *testing.T, w *adminWorld) {
	token := w.token("role-operator", everyScope())
	// The body arrives after the look at the token.
	answer := w.callReader("POST", "/v1/organizations", token, &meanwhile{text: strings.NewReader(`{"name":"Late","kind":"practice"}`), do: func() {
		if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error {
			_, err := tx.Operators().Dismiss(t.Context(), storage.OperatorClient, "role-operator")
			return err
		}); err != nil {
			t.Error(err)
		}
	}})
	if answer.Code != http.StatusForbidden || !strings.Contains(string(w.event(answer).Body), `"reason":"role"`) {
		t.Errorf("%d %s; the event is %s", answer.Code, answer.Body, w.event(answer).Body)
	}
}

// meanwhile does something before the first byte is read.
type meanwhile struct {
	text *strings.Reader
	do   func()
}

func (m *meanwhile) Read(b []byte) (int, error) {
	if m.do != nil {
		m.do()
		m.do = nil
	}
	return m.text.Read(b)
}

// TestAdminSessions lists and ends sessions by whose they are.
func TestAdminSessions(t *testing.T) { onBothStores(t, testAdminSessions) }

func testAdminSessions(t *testing.T, w *adminWorld) {
	token := w.token("role-operator", everyScope())
	var o identified
	w.must(201, "POST", "/v1/organizations", token, `{"name":"Ward","kind":"facility"}`, nil, &o)
	w.must(201, "POST", "/v1/organizations/"+o.ID+"/members", token, `{"person":"`+w.people[1]+`","role":"biller","need":"bills"}`, nil, nil)
	for i, clients := range [][]string{{"role-nobody"}, nil, nil, {"role-nobody"}, nil, nil} {
		now := w.in.now()
		if err := w.ephemeral.Sessions().Create(t.Context(), storage.Session{
			ID: secret.NewID(), SecretHash: secret.Hash("x"), PersonID: w.people[i], Subject: secret.NewID(), AuthTime: now, CreatedAt: now, LastActivity: now,
			IdleLimit: time.Hour, Deadline: now.Add(time.Hour), AbsoluteDeadline: now.Add(2 * time.Hour), Clients: clients,
		}); err != nil {
			t.Fatal(err)
		}
	}
	alive := func(query string) int {
		var whole []admin.Session
		for _, limit := range []string{"&limit=100", "&limit=1"} {
			var all []admin.Session
			for cursor := ""; ; {
				var list struct {
					Items []admin.Session
					Next  string
				}
				w.must(200, "GET", "/v1/sessions?"+query+limit+cursor, token, "", nil, &list)
				if all = append(all, list.Items...); list.Next == "" {
					break
				}
				cursor = "&cursor=" + list.Next
			}
			if whole == nil {
				whole = all
			}
			if d := cmp.Diff(whole, all); d != "" {
				t.Errorf("%s on pages of one: %s", query, d)
			}
		}
		return len(whole)
	}
	for _, place := range []string{"", "1", "1:", ":", w.people[0], "1:" + w.people[0] + ":", "x:" + w.people[0], o.ID + ":", o.ID + "::1:" + w.people[0], o.ID + ":" + w.people[0] + ":1:" + w.people[0]} {
		w.must(400, "GET", "/v1/sessions?everyone=true&cursor="+base64.RawURLEncoding.EncodeToString([]byte("1:"+place)), token, "", nil, nil)
	}
	w.must(400, "GET", "/v1/sessions?organization="+o.ID+"&cursor="+base64.RawURLEncoding.EncodeToString([]byte("1:"+o.ID+":"+w.people[0]+":1:"+w.people[0])), token, "", nil, nil)
	w.must(400, "GET", "/v1/sessions", token, "", nil, nil)
	w.must(400, "GET", "/v1/sessions?everyone=true&client=x", token, "", nil, nil)
	w.must(404, "GET", "/v1/sessions?person="+secret.NewID(), token, "", nil, nil)
	for _, step := range []struct {
		scope, end string
		want, left int
	}{
		{"client=role-nobody", "/v1/clients/role-nobody/sessions/end", 2, 4},
		{"organization=" + o.ID, "/v1/organizations/" + o.ID + "/sessions/end", 1, 3},
		{"person=" + w.people[2], "/v1/people/" + w.people[2] + "/sessions/end", 1, 2},
		{"everyone=true", "/v1/sessions/end", 2, 0},
	} {
		if n := alive(step.scope); n != step.want {
			t.Errorf("%s: %d listed", step.scope, n)
		}
		w.must(422, "POST", step.end, token, `{}`, nil, nil)
		var ended struct{ Ended int }
		answer := w.must(200, "POST", step.end, token, `{"reason":"lost_laptop"}`, nil, &ended)
		if left := alive("everyone=true"); ended.Ended != step.want || left != step.left {
			t.Errorf("%s: %d ended, %d left", step.end, ended.Ended, left)
		}
		found := false
		for _, e := range w.events(answer) {
			found = found || e.Kind == string(audit.SessionEndOrdered) && strings.Contains(string(e.Body), `"reason":"lost_laptop"`)
		}
		if !found {
			t.Errorf("%s: no order in the log", step.end)
		}
	}
}
