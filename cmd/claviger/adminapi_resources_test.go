package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/admin"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// TestAdminResources: what operators keep besides people and organizations.
func TestAdminResources(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *adminWorld) {
		w.clients(t)
		w.keys(t)
		w.authorizations(t)
		w.agreements(t)
		w.ledger(t)
		w.mails(t)
		w.installationItself(t)
	})
}

// stored is an application as it is stored.
func (w *adminWorld) stored(id string) (c storage.Client, err error) {
	err = w.in.store.View(w.t.Context(), func(tx storage.Tx) error {
		c, err = tx.Clients().Get(w.t.Context(), id)
		return err
	})
	return c, err
}

const portalText = `{"client_id":"portal","client_name":"Portal","redirect_uris":["https://portal.example.org/cb"],"grant_types":["authorization_code"],"scope":"openid","token_endpoint_auth_method":"client_secret_basic","reason":"new_application"}`

func (w *adminWorld) clients(t *testing.T) {
	token, owner := w.token("role-operator", everyScope()), w.token("role-application_owner", everyScope())
	var made struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	answer := w.must(201, "POST", "/v1/clients", owner, portalText, nil, &made)
	c, err := w.stored("portal")
	if err != nil || answer.Header().Get("Location") != "/v1/clients/portal" || len(c.Secrets) != 1 || !slices.Equal(c.Secrets[0].SHA256, secret.Hash(made.Secret)) {
		t.Errorf("registered: %v %+v %v", answer.Header(), c, err)
	}
	if e := w.event(answer); e.Kind != string(audit.ClientRegistered) || !strings.Contains(string(e.Body), `"reason":"new_application"`) || !strings.Contains(string(e.Body), `"role":"application_owner"`) || strings.Contains(string(e.Body), made.Secret) {
		t.Errorf("the event is %s", e.Body)
	}
	w.must(409, "POST", "/v1/clients", owner, portalText, nil, nil)
	var wrong struct{ Errors []struct{ Message string } }
	w.must(400, "POST", "/v1/clients", owner, `{"client_id":"other","grant_types":["password"],"redirect_uris":["http://portal.example.org/#x"],"profile":"fapi2","reason":"new_application"}`, nil, &wrong)
	if len(wrong.Errors) < 3 {
		t.Errorf("what is wrong: %+v", wrong)
	}
	shown := w.must(200, "GET", "/v1/clients/portal", owner, "", nil, nil)
	if strings.Contains(shown.Body.String(), made.Secret) || !strings.Contains(shown.Body.String(), `"client_name":"Portal"`) {
		t.Errorf("shown: %s", shown.Body)
	}
	// What was shown is what may be sent back.
	changed := strings.Replace(portalText, `"Portal"`, `"Portal of the practice"`, 1)
	w.must(428, "PUT", "/v1/clients/portal", owner, changed, nil, nil)
	w.must(412, "PUT", "/v1/clients/portal", owner, changed, map[string]string{"If-Match": `"7"`}, nil)
	w.must(400, "PUT", "/v1/clients/portal", owner, strings.Replace(changed, `"portal"`, `"another"`, 1), match(shown), nil)
	w.must(422, "PUT", "/v1/clients/portal", owner, strings.Replace(changed, `,"reason":"new_application"`, "", 1), match(shown), nil) // why?
	untold := strings.Replace(strings.Replace(changed, "new_application", "new_name", 1), `"scope"`, `"backchannel_logout_uri":"https://10.0.0.5/bc","scope"`, 1)
	again := w.must(200, "PUT", "/v1/clients/portal", owner, untold, match(shown), nil)
	if e := w.event(again); e.Kind != string(audit.ClientUpdated) || !strings.Contains(string(e.Body), `"reason":"new_name"`) {
		t.Errorf("the event is %s", e.Body)
	}
	if !strings.Contains(again.Body.String(), `"warnings":["It cannot be told of the end of sessions: 10.0.0.5 is not a public address`) {
		t.Errorf("who cannot be told is not said: %s", again.Body)
	}
	// Which address a name has inside is not told.
	again = w.must(200, "PUT", "/v1/clients/portal", owner, strings.Replace(untold, "10.0.0.5", "localhost", 1), match(again), nil)
	if text := again.Body.String(); !strings.Contains(text, "localhost has an address that is not public") || strings.Contains(text, "127.0.0.1") || strings.Contains(text, "::1") {
		t.Errorf("what is said of a name: %s", text)
	}
	if after, err := w.stored("portal"); err != nil || after.Name != "Portal of the practice" || len(after.Secrets) != 1 || !slices.Equal(after.Secrets[0].SHA256, c.Secrets[0].SHA256) {
		t.Errorf("changed: %+v %v", after, err)
	}
	first := made.Secret
	w.must(422, "POST", "/v1/clients/portal/rotate-secret", owner, `{"overlap":3600}`, match(again), nil) // why?
	rotated := w.must(200, "POST", "/v1/clients/portal/rotate-secret", owner, `{"overlap":3600,"reason":"yearly"}`, match(again), &made)
	if after, _ := w.stored("portal"); made.Secret == first || len(after.Secrets) != 2 || after.Secrets[0].ExpiresAt.IsZero() || !slices.Equal(after.Secrets[1].SHA256, secret.Hash(made.Secret)) {
		t.Errorf("rotated: %+v", after)
	}
	w.must(412, "POST", "/v1/clients/portal/rotate-secret", owner, `{"reason":"yearly"}`, match(again), nil)
	// Through what has a role, or gets tokens for this API, an owner would become an operator.
	boss := w.must(200, "GET", "/v1/clients/claviger-admin", owner, "", nil, nil)
	for what, answer := range map[string]int{
		"change": w.call("PUT", "/v1/clients/claviger-admin", owner, []byte(portalText[:1]+portalText[strings.Index(portalText, `"client_name"`):]), match(boss)).Code,
		"remove": w.call("POST", "/v1/clients/claviger-admin/remove", owner, []byte(`{"reason":"unused"}`), match(boss)).Code,
		"scope":  w.call("PUT", "/v1/clients/portal", owner, []byte(strings.Replace(changed, `"openid"`, `"openid admin:people.read"`, 1)), match(rotated)).Code,
		"new":    w.call("POST", "/v1/clients", owner, []byte(strings.Replace(strings.Replace(portalText, `"portal"`, `"third"`, 1), `"scope"`, `"audiences":["`+adminURL+`"],"scope"`, 1)), nil).Code,
	} {
		if answer != http.StatusForbidden {
			t.Errorf("an owner and %s: %d", what, answer)
		}
	}
	w.must(204, "POST", "/v1/clients/portal/remove", token, `{"reason":"replaced"}`, match(rotated), nil)
	w.must(404, "GET", "/v1/clients/portal", token, "", nil, nil)
	var seen []string
	for next := ""; ; {
		var page struct {
			Items []admin.Client
			Next  string
		}
		w.must(200, "GET", "/v1/clients?limit=3&cursor="+next, token, "", nil, &page)
		for _, c := range page.Items {
			seen = append(seen, c.ID)
		}
		if next = page.Next; next == "" {
			break
		}
	}
	if len(seen) != len(admin.Roles())+2 || !slices.IsSorted(seen) || !slices.Contains(seen, bootstrapClient) {
		t.Errorf("listed %v", seen)
	}
}

func (w *adminWorld) keys(t *testing.T) {
	token := w.token("role-security_officer", everyScope())
	list := func() (all []admin.SigningKey) {
		var out struct{ Items []admin.SigningKey }
		w.must(200, "GET", "/v1/keys", token, "", nil, &out)
		return out.Items
	}
	before := list()
	var next admin.KeyChange
	w.must(200, "POST", "/v1/keys/rotate", token, `{"alg":"RS256","reason":"yearly"}`, nil, &next)
	w.must(409, "POST", "/v1/keys/rotate", token, `{"alg":"RS256","reason":"yearly"}`, nil, nil)
	after := list()
	i := slices.IndexFunc(after, func(k admin.SigningKey) bool { return k.ID == next.Successor })
	if len(after) != len(before)+1 || i < 0 || after[i].Status != "pending" {
		t.Fatalf("after %s: %+v", next.Successor, after)
	}
	answer := w.must(200, "POST", "/v1/keys/"+next.Successor+"/remove", token, `{"reason":"leaked"}`, nil, nil)
	if e := w.event(answer); e.Kind != string(audit.KeyRetired) || !strings.Contains(string(e.Body), `"reason":"leaked"`) {
		t.Errorf("the event is %s", e.Body)
	}
	w.must(404, "POST", "/v1/keys/"+next.Successor+"/remove", token, `{"reason":"leaked"}`, nil, nil)
}

func (w *adminWorld) authorizations(t *testing.T) {
	token, who := w.token("role-help_desk", everyScope()), w.people[1]
	g := storage.Grant{ID: secret.NewID(), PersonID: who, ClientID: "role-nobody", SessionID: secret.NewID(), Scopes: []string{"openid"}, CreatedAt: w.in.now(), RotatedAt: w.in.now(), ExpiresAt: w.in.now().Add(time.Hour)}
	if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error {
		if err := tx.Consents().Put(t.Context(), storage.Consent{PersonID: who, ClientID: "role-nobody", Scopes: []string{"email"}, GrantedAt: tx.Now()}); err != nil {
			return err
		}
		return tx.Grants().Insert(t.Context(), g)
	}); err != nil {
		t.Fatal(err)
	}
	at := "/v1/people/" + who + "/authorizations"
	var list struct{ Items []admin.Authorization }
	read := w.must(200, "GET", at, token, "", nil, &list)
	if len(list.Items) != 1 || len(list.Items[0].Grants) != 1 || list.Items[0].Grants[0].ID != g.ID || !slices.Equal(list.Items[0].Consented, []string{"email"}) {
		t.Errorf("listed %+v", list)
	}
	if e := w.event(read); e.Kind != string(audit.PersonRead) || e.Subject != who {
		t.Errorf("the event is %s", e.Body)
	}
	answer := w.must(204, "POST", at+"/role-nobody/withdraw", token, `{"reason":"patient_data"}`, nil, nil)
	if all := w.events(answer); !slices.ContainsFunc(all, func(e storage.AuditEvent) bool {
		return e.Kind == string(audit.ConsentWithdrawn) && strings.Contains(string(e.Body), `"reason":"patient_data"`)
	}) {
		t.Errorf("the events are %v", all)
	}
	w.must(200, "GET", at, token, "", nil, &list)
	if len(list.Items) != 0 {
		t.Errorf("afterwards %+v", list)
	}
	for client, want := range map[string]struct {
		status int
		says   string
	}{
		"role-nobody": {409, "There is nothing to withdraw"}, "role-operator": {409, "There is nothing to withdraw"}, "never-was": {404, "There is no application with this ID."},
	} {
		refused := w.must(want.status, "POST", at+"/"+client+"/withdraw", token, `{"reason":"patient_data"}`, nil, nil)
		if !strings.Contains(refused.Body.String(), want.says) || slices.Contains(w.kinds(refused), string(audit.ConsentWithdrawn)) {
			t.Errorf("%s: %s %v", client, refused.Body, w.kinds(refused))
		}
	}
	w.must(404, "GET", "/v1/people/"+secret.NewID()+"/authorizations", token, "", nil, nil)
}

func (w *adminWorld) agreements(t *testing.T) {
	token := w.token("role-operator", everyScope())
	text := `{"audience":"everyone","version":"1","language":"en","effective_at":"2020-01-01T00:00:00Z","grace":60,"reason":"yearly","text":"# Use\n\nMind *this*."}`
	for i := range 2 {
		var made admin.Agreement
		answer := w.must(201, "POST", "/v1/agreements", token, text, nil, &made)
		if i == 0 && !strings.Contains(string(w.event(answer).Body), `"reason":"yearly"`) {
			t.Errorf("the event is %s", w.event(answer).Body)
		}
		if made.Grace != 60 || len(made.SHA256) != 64 || !strings.Contains(made.Text, "Mind") {
			t.Errorf("published %+v", made)
		}
	}
	w.must(409, "POST", "/v1/agreements", token, strings.Replace(text, "Mind", "Forget", 1), nil, nil)
	w.must(422, "POST", "/v1/agreements", token, strings.Replace(text, `"everyone"`, `""`, 1), nil, nil)
	var published struct{ Items []admin.Agreement }
	w.must(200, "GET", "/v1/agreements", token, "", nil, &published)
	if len(published.Items) != 1 || published.Items[0].Text != "" {
		t.Errorf("listed %+v", published)
	}
	w.must(200, "GET", "/v1/agreements/everyone/1/en", token, "", nil, nil)
	w.must(404, "GET", "/v1/agreements/everyone/1/es", token, "", nil, nil)
	missing := func() (who []string) {
		for next := ""; ; {
			var page struct {
				Items []admin.Unaccepted
				Next  string
			}
			w.must(200, "GET", "/v1/agreements/unaccepted?limit=3&cursor="+next, token, "", nil, &page)
			for _, m := range page.Items {
				who = append(who, m.Person)
			}
			if next = page.Next; next == "" {
				return who
			}
		}
	}
	everybody := slices.Sorted(slices.Values(w.people))
	if who := missing(); !slices.Equal(who, everybody) {
		t.Errorf("missing %v", who)
	}
	who := w.people[2]
	refused := w.must(409, "POST", "/v1/people/"+who+"/acceptances/withdraw", token, `{"reason":"shared_account"}`, nil, nil)
	if !strings.Contains(refused.Body.String(), "There is nothing to withdraw: this person has accepted nothing.") || slices.Contains(w.kinds(refused), string(audit.AgreementWithdrawn)) {
		t.Errorf("nothing was accepted: %s %v", refused.Body, w.kinds(refused))
	}
	if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error {
		return tx.Agreements().Accept(t.Context(), storage.Acceptance{
			ID: secret.NewID(), PersonID: who, Audience: "everyone", Version: "1", Language: "en", Hash: make([]byte, 32), InteractionID: secret.NewID(), AcceptedAt: tx.Now(),
		})
	}); err != nil {
		t.Fatal(err)
	}
	if left := missing(); len(left) != len(everybody)-1 || slices.Contains(left, who) {
		t.Errorf("missing %v", left)
	}
	answer := w.must(204, "POST", "/v1/people/"+who+"/acceptances/withdraw", token, `{"reason":"shared_account"}`, nil, nil)
	if all := w.events(answer); !slices.ContainsFunc(all, func(e storage.AuditEvent) bool {
		return e.Kind == string(audit.AgreementWithdrawn) && strings.Contains(string(e.Body), `"reason":"shared_account"`)
	}) {
		t.Errorf("the events are %v", all)
	}
	var accepted struct{ Items []admin.Acceptance }
	w.must(200, "GET", "/v1/people/"+who+"/acceptances", token, "", nil, &accepted)
	if len(accepted.Items) != 1 || accepted.Items[0].WithdrawnAt.IsZero() {
		t.Errorf("accepted %+v", accepted)
	}
}

func (w *adminWorld) ledger(t *testing.T) {
	token := w.token("role-application_owner", everyScope())
	var lines []string
	if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error {
		for range 5 {
			session := secret.NewID()
			l := storage.Logout{
				ID: session + ".role-nobody", SessionID: session, ClientID: "role-nobody", PersonID: w.people[0], Subject: "x", Reason: "logout",
				State: storage.LogoutPending, CreatedAt: tx.Now(), NextAt: tx.Now(),
			}
			if err := tx.Logouts().Enter(t.Context(), l); err != nil {
				return err
			}
			l.State, l.Attempts, l.LastStatus, l.SettledAt = storage.LogoutRefused, 1, 400, tx.Now()
			lines = append(lines, l.ID)
			if _, err := tx.Logouts().Settle(t.Context(), l); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	list := func(query string) (ids []string) {
		for next := ""; ; {
			var page struct {
				Items []admin.Logout
				Next  string
			}
			answer := w.must(200, "GET", "/v1/logouts?limit=2&"+query+"&cursor="+next, token, "", nil, &page)
			if e := w.event(answer); e.Kind != string(audit.LogoutRead) {
				t.Errorf("the event is %s", e.Body)
			}
			for _, l := range page.Items {
				ids = append(ids, l.ID)
			}
			if next = page.Next; next == "" {
				return ids
			}
		}
	}
	slices.Sort(lines)
	if got := list("state=refused"); !slices.Equal(slices.Sorted(slices.Values(got)), lines) {
		t.Errorf("refused: %v", got)
	}
	w.must(404, "GET", "/v1/logouts?client=unknown", token, "", nil, nil)
	if got := list("state=refused&person=" + w.people[0]); !slices.Equal(slices.Sorted(slices.Values(got)), lines) || len(list("person="+w.people[1])) != 0 {
		t.Errorf("of one person: %v", got)
	}
	if e := w.event(w.must(200, "GET", "/v1/logouts?person="+w.people[0], token, "", nil, nil)); e.Subject != w.people[0] {
		t.Errorf("whose lines were read is not recorded: %s", e.Body)
	}
	w.must(404, "GET", "/v1/logouts?person="+secret.NewID(), token, "", nil, nil)
	var again admin.Logout
	w.must(202, "POST", "/v1/logouts/"+lines[0]+"/redeliver", token, "", nil, &again)
	if again.State != "pending" || again.AskedAt.IsZero() {
		t.Errorf("to be told again: %+v", again)
	}
	w.must(404, "POST", "/v1/logouts/"+secret.NewID()+".role-nobody/redeliver", token, "", nil, nil)
	var asked struct{ Lines int }
	w.must(202, "POST", "/v1/clients/role-nobody/logouts/redeliver", token, "", nil, &asked)
	if asked.Lines != 4 || len(list("client=role-nobody&state=pending")) != 5 {
		t.Errorf("to be told again: %+v", asked)
	}
}

func (w *adminWorld) mails(t *testing.T) {
	token := w.token("role-help_desk", everyScope())
	box := outbox.Box{Keys: w.in.keyring}
	if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error {
		return box.Put(t.Context(), tx, outbox.Letter{Carrier: "mail", Kind: "password-changed", PersonID: w.people[0], To: "ana@example.org", Body: map[string]string{}, ValidFor: time.Hour})
	}); err != nil {
		t.Fatal(err)
	}
	var page struct{ Items []admin.Mail }
	read := w.must(200, "GET", "/v1/mails?state=pending", token, "", nil, &page)
	if len(page.Items) != 1 || page.Items[0].To != "ana@example.org" || page.Items[0].Person != w.people[0] || w.event(read).Kind != string(audit.MailRead) {
		t.Fatalf("mails: %+v, %s", page, w.event(read).Body)
	}
	for person, n := range map[string]int{w.people[0]: 1, w.people[1]: 0} {
		var own struct{ Items []admin.Mail }
		read := w.must(200, "GET", "/v1/mails?person="+person, token, "", nil, &own)
		if e := w.event(read); len(own.Items) != n || e.Subject != person {
			t.Errorf("mails of one person: %+v, %s", own, e.Body)
		}
	}
	notification := strings.ReplaceAll(`From: <>
To: id@example.org
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; ana@example.org
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

Message-ID: <`+page.Items[0].ID+`@example.org>

--b--
`, "\n", "\r\n")
	kind := map[string]string{"Content-Type": "message/rfc822"}
	var noted struct {
		Mail, Status string
		Changed      bool
		State        string
	}
	w.must(200, "POST", "/v1/mails/bounces", token, notification, kind, &noted)
	if noted.Mail != page.Items[0].ID || noted.Status != "5.1.1" || noted.Changed || noted.State != "pending" {
		t.Errorf("noted: %+v", noted) // it was never sent
	}
	w.must(404, "POST", "/v1/mails/bounces", token, strings.Replace(notification, page.Items[0].ID, page.Items[0].ID[:12]+secret.NewID(), 1), kind, nil)
	w.must(400, "POST", "/v1/mails/bounces", token, "Subject: hello\r\n\r\nhello", kind, nil)
	w.must(415, "POST", "/v1/mails/bounces", token, notification, nil, nil)
}

func (w *adminWorld) installationItself(t *testing.T) {
	token := w.token("role-auditor", everyScope())
	var policies admin.Policies
	w.must(200, "GET", "/v1/policies", token, "", nil, &policies)
	if policies.Session.Idle != 900 || policies.Password.Rotation != "enforced" || policies.Operators.Fresh != 900 || len(policies.Roles) == 0 {
		t.Errorf("policies: %+v", policies)
	}
	var health admin.Health
	w.must(200, "GET", "/v1/health", token, "", nil, &health)
	if len(health.Parts) != 5 || !health.Parts[0].Healthy || !health.Parts[1].Healthy {
		t.Errorf("health: %+v", health)
	}
	var findings struct{ Items []admin.Finding }
	w.must(200, "GET", "/v1/findings", token, "", nil, &findings)
	if len(findings.Items) < 5 || findings.Items[0].Check != "configuration" || findings.Items[0].Status != "ok" {
		t.Errorf("findings: %+v", findings)
	}
	// Nothing here shares the embedded files, as a server does.
	if i := slices.IndexFunc(findings.Items, func(f admin.Finding) bool { return f.Check == "database" }); i < 0 || findings.Items[i].Status == "failed" && w.in.config.Data.PostgresFile != "" {
		t.Errorf("findings: %+v", findings)
	}
}
