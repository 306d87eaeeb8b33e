package main

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/pkg/admin"
	"github.com/claviger-id/claviger/pkg/approval"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/config"
	"github.com/claviger-id/claviger/storage"
)

// secondWorld is an installation whose policy asks a second person, with two operators
// and somebody of the help desk who are people.
type secondWorld struct {
	*adminWorld
	ann, bob, desk string
}

func newSecondWorld(t *testing.T, w *adminWorld, classes ...string) *secondWorld {
	t.Helper()
	w.in.config.Admin.SecondPerson = classes
	var err error
	if w.server, err = w.in.assemble(t.Context(), w.ephemeral); err != nil {
		t.Fatal(err)
	}
	s := &secondWorld{adminWorld: w, ann: w.people[0], bob: w.people[1], desk: w.people[2]}
	for id, role := range map[string]string{s.ann: "operator", s.bob: "operator", s.desk: "help_desk"} {
		s.appoint(id, role)
	}
	return s
}

func (w *adminWorld) appoint(personID, role string) {
	w.t.Helper()
	if err := w.in.store.Tx(w.t.Context(), func(tx storage.Tx) error {
		return tx.Operators().Appoint(w.t.Context(), storage.Operator{Kind: storage.OperatorPerson, ID: personID, Role: role, AppointedAt: tx.Now(), AppointedBy: "test"})
	}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *adminWorld) dismiss(personID string) {
	w.t.Helper()
	if err := w.in.store.Tx(w.t.Context(), func(tx storage.Tx) error {
		_, err := tx.Operators().Dismiss(w.t.Context(), storage.OperatorPerson, personID)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *adminWorld) as(personID string) string {
	w.t.Helper()
	return w.personToken(personID, func(*oidc.AccessClaims) {})
}

// waits asks for something that a second person has to approve, and returns the id of the
// request.
func (w *adminWorld) waits(method, target, token, body string, header map[string]string) string {
	w.t.Helper()
	var d struct {
		Type   string
		Errors []struct{ Location, Message string }
	}
	answer := w.must(409, method, target, token, body, header, &d)
	if d.Type != "urn:claviger:problem:second_person" || len(d.Errors) != 1 || d.Errors[0].Location != "approval" ||
		answer.Header().Get("Location") != "/v1/approvals/"+d.Errors[0].Message {
		w.t.Fatalf("%s %s: %v %s", method, target, answer.Header(), answer.Body)
	}
	return d.Errors[0].Message
}

func (w *adminWorld) decide(status int, verb, id, token string) *httptest.ResponseRecorder {
	w.t.Helper()
	return w.must(status, "POST", "/v1/approvals/"+id+"/"+verb, token, `{"reason":"seen_ticket"}`, map[string]string{"If-Match": `"1"`}, nil)
}

// logged is what an answer left in the log of a kind; the reasons, with the outcome of
// what was refused.
func (w *adminWorld) logged(answer *httptest.ResponseRecorder, kind audit.Kind) (reasons []string) {
	w.t.Helper()
	for _, e := range w.events(answer) {
		var body struct{ Outcome, Reason string }
		if err := json.Unmarshal(e.Body, &body); err != nil {
			w.t.Fatal(err)
		}
		if e.Kind == string(kind) {
			reasons = append(reasons, strings.TrimPrefix(body.Outcome+":"+body.Reason, "allow:"))
		}
	}
	return reasons
}

// TestSecondPerson: what policy asks a second person for is done by who asked, once, after
// somebody else who may do it has approved exactly that.
func TestSecondPerson(t *testing.T) { onBothStores(t, testSecondPerson) }

func testSecondPerson(t *testing.T, plain *adminWorld) {
	w := newSecondWorld(t, plain, "sessions", "roles")
	ann, bob := w.as(w.ann), w.as(w.bob)
	const end, body = "/v1/sessions/end", `{"reason":"incident"}`

	// What is wrong is said at once, and asks nobody.
	for _, wrong := range []string{`{"reason":1}`, `{"Reason":"incident"}`, `{"reason":"incident","reaſon":"another"}`, `{"reason":"incident","REASON":"another"}`} {
		w.must(422, "POST", end, ann, wrong, nil, nil)
	}
	var list struct{ Items []admin.Approval }
	if w.must(200, "GET", "/v1/approvals?state=pending", bob, "", nil, &list); len(list.Items) != 0 {
		t.Errorf("a request that is wrong waits: %+v", list.Items)
	}

	id := w.waits("POST", end, ann, body, nil)
	if again := w.waits("POST", end, ann, ` { "reason" : "incident" } `, nil); again != id {
		t.Error("the same, written otherwise, is another request")
	}
	var shown admin.Approval
	w.must(200, "GET", "/v1/approvals/"+id, bob, "", nil, &shown)
	if shown.Operation != "end-all-sessions" || shown.State != "pending" || shown.AskedBy != "person:"+w.ann || shown.Reason != "incident" ||
		shown.Request != "POST /v1/sessions/end\n\n"+body {
		t.Errorf("shown: %+v", shown)
	}
	// Who may not do it themselves does not see what exactly it is, and approves nothing.
	var other admin.Approval
	w.must(200, "GET", "/v1/approvals/"+id, w.as(w.desk), "", nil, &other)
	if other.Request != "" {
		t.Errorf("the help desk sees %q", other.Request)
	}
	for name, c := range map[string]struct{ token, reason string }{
		"who asked": {ann, "deny:oneself"}, "the help desk": {w.as(w.desk), "deny:role"}, "an application": {w.token("claviger-admin", everyScope()), "deny:application"},
	} {
		if got := w.logged(w.decide(403, "approve", id, c.token), audit.ApprovalGiven); !slices.Equal(got, []string{c.reason}) {
			t.Errorf("%s: %v", name, got)
		}
	}
	narrow := w.personToken(w.bob, func(c *oidc.AccessClaims) { c.Scope = "admin:approvals.write" })
	if answer := w.decide(403, "approve", id, narrow); !strings.Contains(answer.Header().Get("WWW-Authenticate"), `scope="admin:sessions.write"`) {
		t.Errorf("without the scope for it: %v", answer.Header())
	}
	stale := w.personToken(w.bob, func(c *oidc.AccessClaims) { c.AuthTime = time.Now().Add(-16 * time.Minute).Unix() })
	if answer := w.decide(401, "approve", id, stale); !strings.Contains(answer.Header().Get("WWW-Authenticate"), `max_age="900"`) {
		t.Errorf("after an old sign-in: %v", answer.Header())
	}
	w.must(428, "POST", "/v1/approvals/"+id+"/approve", bob, `{"reason":"seen_ticket"}`, nil, nil)

	given := w.decide(200, "approve", id, bob)
	if got := w.event(given); got.Kind != string(audit.ApprovalGiven) || !strings.Contains(string(got.Body), `"decided_by":"person:`+w.bob+`"`) {
		t.Errorf("the event is %s", got.Body)
	}
	w.decide(412, "approve", id, bob)
	// Nothing else is done with it, and nobody else does it.
	for name, c := range map[string]struct{ target, token, body string }{
		"another reason": {end, ann, `{"reason":"other_incident"}`}, "somebody else": {end, bob, body},
	} {
		if other := w.waits("POST", c.target, c.token, c.body, nil); other == id {
			t.Errorf("%s is the same request", name)
		}
	}
	done := w.must(200, "POST", end, ann, body, nil, nil)
	if got := w.logged(done, audit.ApprovalUsed); !slices.Equal(got, []string{"incident"}) || len(w.logged(done, audit.SessionEndOrdered)) != 1 {
		t.Errorf("done: %v", w.events(done))
	}
	if next := w.waits("POST", end, ann, body, nil); next == id {
		t.Error("it can be done twice")
	}
	w.must(200, "GET", "/v1/approvals/"+id, w.as(w.ann), "", nil, &shown)
	if shown.State != "done" || shown.DecidedBy != "person:"+w.bob || shown.DecidedReason != "seen_ticket" || shown.EndedAt.IsZero() {
		t.Errorf("afterwards: %+v", shown)
	}
	// Acts of other classes are done at once.
	w.must(201, "POST", "/v1/clients", ann, portalText, nil, nil)
}

// TestSecondPersonChecksAgain: what was approved is not done where either of the two may
// not any more, where it was changed meanwhile, or too late.
func TestSecondPersonChecksAgain(t *testing.T) { onBothStores(t, testSecondPersonChecksAgain) }

func testSecondPersonChecksAgain(t *testing.T, plain *adminWorld) {
	w := newSecondWorld(t, plain, "sessions", "accounts", "roles")
	const end, body = "/v1/sessions/end", `{"reason":"incident"}`
	approved := func(body string) string {
		t.Helper()
		id := w.waits("POST", end, w.as(w.ann), body, nil)
		w.decide(200, "approve", id, w.as(w.bob))
		return id
	}
	// The second person is none any more.
	first := approved(body)
	w.dismiss(w.bob)
	if next := w.waits("POST", end, w.as(w.ann), body, nil); next == first {
		t.Error("an approval of who may not any more counts")
	}
	w.appoint(w.bob, "operator")
	// The first is none any more.
	approved(`{"reason":"second_incident"}`)
	w.dismiss(w.ann)
	w.must(403, "POST", end, w.as(w.ann), `{"reason":"second_incident"}`, nil, nil)
	w.appoint(w.ann, "operator")
	// Rejected, and withdrawn.
	id := w.waits("POST", end, w.as(w.ann), `{"reason":"third_incident"}`, nil)
	w.decide(200, "reject", id, w.as(w.bob))
	again := w.waits("POST", end, w.as(w.ann), `{"reason":"third_incident"}`, nil)
	if again == id {
		t.Error("what was rejected waits")
	}
	w.decide(200, "reject", again, w.as(w.ann))
	// Nobody approves what is about themselves.
	id = w.waits("POST", "/v1/people/"+w.bob+"/close", w.as(w.ann), `{"reason":"left_practice"}`, map[string]string{"If-Match": `"1"`})
	if got := w.logged(w.decide(403, "approve", id, w.as(w.bob)), audit.ApprovalGiven); !slices.Equal(got, []string{"deny:oneself"}) {
		t.Errorf("about oneself: %v", got)
	}
	id = w.waits("POST", "/v1/operators", w.as(w.ann), `{"person":"`+w.bob+`","role":"auditor","reason":"new_duty"}`, nil)
	for _, what := range []string{"approve", "reject"} {
		if answer := w.decide(403, what, id, w.as(w.bob)); !strings.Contains(answer.Body.String(), "own account") {
			t.Errorf("%s of what the body says of oneself: %s", what, answer.Body)
		}
	}
	// It is bound to the version that was meant.
	target := "/v1/people/" + w.people[4]
	w.must(428, "POST", target+"/close", w.as(w.ann), `{"reason":"left_practice"}`, nil, nil)
	id = w.waits("POST", target+"/close", w.as(w.ann), `{"reason":"left_practice"}`, map[string]string{"If-Match": `"1"`})
	w.decide(200, "approve", id, w.as(w.bob))
	w.must(200, "POST", target+"/suspend", w.as(w.ann), `{"reason":"left_practice"}`, map[string]string{"If-Match": `"1"`}, nil) // this ends access, and waits for nobody
	w.must(412, "POST", target+"/close", w.as(w.ann), `{"reason":"left_practice"}`, map[string]string{"If-Match": `"1"`}, nil)
	if other := w.waits("POST", target+"/close", w.as(w.ann), `{"reason":"left_practice"}`, map[string]string{"If-Match": `"2"`}); other == id {
		t.Error("an approval of one version is one of another")
	}
	// Its time passes.
	late := approved(`{"reason":"fourth_incident"}`)
	service := w.in.approvals()
	if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error {
		found, err := tx.Approvals().Get(t.Context(), late)
		if err != nil {
			return err
		}
		if got := found.ExpiresAt.Sub(found.AskedAt); got != 24*time.Hour {
			t.Errorf("it counts for %v", got)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	service.Within = -time.Second // as if asked long ago
	act := approval.Act{Name: "end-all-sessions", By: audit.Actor{Type: "person", ID: w.ann}, Reason: "old_incident", Shown: "x"}
	if _, err := service.Seek(t.Context(), act); err == nil {
		t.Fatal("nobody has to approve")
	}
	if err := service.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	var list struct{ Items []admin.Approval }
	w.must(200, "GET", "/v1/approvals?state=expired", w.as(w.bob), "", nil, &list)
	if !slices.ContainsFunc(list.Items, func(a admin.Approval) bool { return a.Reason == "old_incident" && !a.EndedAt.IsZero() }) {
		t.Errorf("expired: %+v", list.Items)
	}
}

// TestOperatorsOverREST: roles are given and taken, nobody gives themselves one, and where
// policy says so somebody else approves.
func TestOperatorsOverREST(t *testing.T) { onBothStores(t, testOperatorsOverREST) }

func testOperatorsOverREST(t *testing.T, plain *adminWorld) {
	w := newSecondWorld(t, plain, "roles")
	who := w.people[5]
	body := `{"person":"` + who + `","role":"auditor","reason":"new_duty"}`
	id := w.waits("POST", "/v1/operators", w.as(w.ann), body, map[string]string{"Idempotency-Key": "one-appointment"})
	w.decide(200, "approve", id, w.as(w.bob))
	w.must(204, "POST", "/v1/operators", w.as(w.ann), body, map[string]string{"Idempotency-Key": "one-appointment"}, nil)
	w.must(204, "POST", "/v1/operators", w.as(w.ann), body, map[string]string{"Idempotency-Key": "one-appointment"}, nil) // as before
	var list struct{ Items []admin.Operator }
	w.must(200, "GET", "/v1/operators", w.as(who), "", nil, &list)
	if !slices.ContainsFunc(list.Items, func(o admin.Operator) bool { return o.Person == who && o.Role == "auditor" && o.By == "person:"+w.ann }) {
		t.Errorf("%+v", list.Items)
	}
	out := `{"person":"` + who + `","role":"auditor","reason":"left_desk"}`
	w.decide(200, "approve", w.waits("POST", "/v1/operators/remove", w.as(w.ann), out, nil), w.as(w.bob))
	w.must(204, "POST", "/v1/operators/remove", w.as(w.ann), out, nil, nil)
	w.must(403, "GET", "/v1/operators", w.as(who), "", nil, nil)
	own := `{"person":"` + w.ann + `","role":"security_officer","reason":"new_duty"}`
	w.must(403, "POST", "/v1/operators", w.as(w.ann), own, nil, nil)
}

// TestWhatIsWrongAsksNobody: what can never succeed is said before a colleague is asked.
func TestWhatIsWrongAsksNobody(t *testing.T) { onBothStores(t, testWhatIsWrongAsksNobody) }

func testWhatIsWrongAsksNobody(t *testing.T, plain *adminWorld) {
	w := newSecondWorld(t, plain, config.SecondPersonClasses()...)
	ann := w.as(w.ann)
	const why = `{"reason":"new_address"}`
	nobody := "/v1/people/aaaaaaaaaaaaaaaaaaaaaaaaaa"
	first, second := map[string]string{"If-Match": `"1"`}, map[string]string{"If-Match": `"7"`}
	wrong := strings.Replace(portalText, "https://portal.example.org/cb", "http://portal.example.org/cb", 1)
	for _, c := range []struct {
		status             int
		method, path, body string
		header             map[string]string
	}{
		{400, "POST", "/v1/clients", wrong, nil},
		{404, "PUT", "/v1/clients/portal", portalText, first},
		{404, "POST", "/v1/clients/nope/remove", why, first},
		{404, "POST", "/v1/clients/nope/rotate-secret", why, first},
		{412, "POST", "/v1/clients/claviger-admin/remove", why, second},
		{404, "POST", "/v1/keys/nope/remove", why, nil},
		{412, "POST", "/v1/people/" + w.people[4] + "/close", why, second},
		{409, "POST", "/v1/people/" + w.people[4] + "/reinstate", why, first},
		{404, "POST", nobody + "/close", why, first},
		{404, "POST", nobody + "/factors/reset", `{"proof":"video","note":"seen"}`, nil},
		{404, "POST", "/v1/organizations/aaaaaaaaaaaaaaaaaaaaaaaaaa/close", why, first},
		{404, "POST", "/v1/clients/nope/sessions/end", why, nil},
		{404, "POST", "/v1/operators/remove", `{"person":"` + w.people[5] + `","role":"auditor","reason":"left_desk"}`, nil},
		{404, "POST", "/v1/subscriptions/aaaaaaaaaaaaaaaaaaaaaaaaaa/remove", why, nil},
		{400, "POST", "/v1/subscriptions", `{"url":"https://receiver.example.org/","kinds":["no.such"],"reason":"new_receiver"}`, nil},
	} {
		answer := w.call(c.method, c.path, ann, []byte(c.body), c.header)
		if answer.Code != c.status || strings.Contains(answer.Body.String(), "second_person") {
			t.Errorf("%s %s: %d, not %d: %s", c.method, c.path, answer.Code, c.status, answer.Body)
		}
	}
	if n := w.count(audit.ApprovalRequested); n != 0 {
		t.Errorf("%d requests wait", n)
	}
	// What is tried leaves nothing behind, and what is right asks.
	w.waits("POST", "/v1/clients", ann, portalText, nil)
	w.must(404, "GET", "/v1/clients/portal", ann, "", nil, nil)
}

// TestRefusedIsNotSpent: an act that was approved, and is then refused for another reason,
// can be done when the reason is gone: once.
func TestRefusedIsNotSpent(t *testing.T) { onBothStores(t, testRefusedIsNotSpent) }

func testRefusedIsNotSpent(t *testing.T, plain *adminWorld) {
	w := newSecondWorld(t, plain, "roles", "accounts", "clients")
	state := func(id string) string {
		var shown admin.Approval
		w.must(200, "GET", "/v1/approvals/"+id, w.as(w.bob), "", nil, &shown)
		return shown.State
	}
	approved := func(target, body string, header map[string]string) string {
		id := w.waits("POST", target, w.as(w.ann), body, header)
		w.decide(200, "approve", id, w.as(w.bob))
		return id
	}
	become := func(personID string, next storage.PersonState) {
		t.Helper()
		if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error {
			who, err := tx.People().Get(t.Context(), personID)
			if err != nil {
				return err
			}
			who.State = next
			return tx.People().Update(t.Context(), who)
		}); err != nil {
			t.Fatal(err)
		}
	}
	// Refused while it cannot be, which is recorded in a transaction of its own; then done,
	// once.
	principal, delegate := w.people[4], w.people[5]
	w.actingClient("acts")
	ends := time.Now().Add(48 * time.Hour).UTC().Format(time.RFC3339)
	at, body := "/v1/people/"+principal+"/delegations", `{"delegate":"`+delegate+`","clients":["acts"],"purpose":"treatment","ends_at":"`+ends+`","reason":"asked_by_principal"}`
	id := approved(at, body, nil)
	become(principal, storage.PersonSuspended)
	for range 2 {
		refused := w.must(409, "POST", at, w.as(w.ann), body, nil, nil)
		if got := w.logged(refused, audit.AccessDenied); !slices.Equal(got, []string{"deny:not_active"}) || len(w.logged(refused, audit.ApprovalUsed)) != 0 || state(id) != "approved" {
			t.Errorf("refused: %v, and the approval is %s", w.events(refused), state(id))
		}
	}
	become(principal, storage.PersonActive)
	if done := w.must(201, "POST", at, w.as(w.ann), body, nil, nil); len(w.logged(done, audit.ApprovalUsed)) != 1 || state(id) != "done" {
		t.Errorf("done, and the approval is %s", state(id))
	}
	if again := w.must(409, "POST", at, w.as(w.ann), body, nil, nil); strings.Contains(again.Body.String(), "second_person") {
		t.Errorf("what is done already is asked for: %s", again.Body)
	}

	// A version that is none any more, and an ID that is taken by now: neither spends.
	boss := w.token("role-operator", everyScope())
	principal = w.people[6]
	id = approved("/v1/people/"+principal+"/close", `{"reason":"left_practice"}`, map[string]string{"If-Match": `"1"`})
	w.must(200, "POST", "/v1/people/"+principal+"/suspend", boss, `{"reason":"on_leave"}`, map[string]string{"If-Match": `"1"`}, nil)
	w.must(412, "POST", "/v1/people/"+principal+"/close", w.as(w.ann), `{"reason":"left_practice"}`, map[string]string{"If-Match": `"1"`}, nil)
	if state(id) != "approved" {
		t.Errorf("after another version the approval is %s", state(id))
	}
	id = approved("/v1/clients", portalText, nil)
	w.actingClient("portal")
	w.must(409, "POST", "/v1/clients", w.as(w.ann), portalText, nil, nil)
	if state(id) != "approved" {
		t.Errorf("where the ID is taken the approval is %s", state(id))
	}
}

// TestClassesOfActs: the configuration, the code and the documentation name the same
// classes, and the same operations in each.
func TestClassesOfActs(t *testing.T) {
	var names []string
	for _, class := range approval.Classes() {
		names = append(names, string(class))
	}
	if !slices.Equal(names, config.SecondPersonClasses()) {
		t.Errorf("%v, the configuration knows %v", names, config.SecondPersonClasses())
	}
	inDocs := documentedClasses(t)
	for _, class := range names {
		if len(inDocs[class]) == 0 {
			t.Errorf("docs/admin-api.md has no operation in %s", class)
		}
	}
	_, may := documented(t, "admin-api.md")
	for id := range may {
		want := string(admin.SecondClass(id))
		for class, ids := range inDocs {
			if slices.Contains(ids, id) != (class == want) {
				t.Errorf("%s is in %q, and docs/admin-api.md has it in %s: %v", id, want, class, slices.Contains(ids, id))
			}
		}
	}
}

// documentedClasses reads the table of classes: a class, operations, commands.
func documentedClasses(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/admin-api.md")
	if err != nil {
		t.Fatal(err)
	}
	classes := map[string][]string{}
	reading := false
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		switch {
		case len(cells) < 3:
			reading = false
		case strings.TrimSpace(cells[0]) == "Class":
			reading = true
		case reading && !strings.HasPrefix(cells[0], "---"):
			class := strings.Trim(strings.TrimSpace(cells[0]), "`")
			for _, m := range inTicks.FindAllStringSubmatch(cells[1], -1) {
				classes[class] = append(classes[class], m[1])
			}
		}
	}
	return classes
}

var inTicks = regexp.MustCompile("`([a-z-]+)`")
