package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/admin"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// TestAdminVersions: who says which version of credentials, of a session or of a job they
// mean, does nothing to another one.
func TestAdminVersions(t *testing.T) { onBothStores(t, testAdminVersions) }

func testAdminVersions(t *testing.T, w *adminWorld) {
	token := w.token("role-operator", everyScope())
	stale := map[string]string{"If-Match": `"99"`}
	who := w.people[0]
	at := "/v1/people/" + who
	factors := make([]string, 3)
	if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error {
		for i := range factors {
			factors[i] = secret.NewID()
			if err := tx.Authenticators().Insert(t.Context(), storage.Authenticator{
				ID: factors[i], PersonID: who, Kind: storage.AuthenticatorPasskey, Handle: []byte(factors[i]), Secret: []byte("x"), Name: []byte("x"), CreatedAt: tx.Now(),
			}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	const proven = `"proof":"in_person","note":"came to the desk"`
	for target, body := range map[string]string{
		"/factors/" + factors[0] + "/revoke": `{"reason":"stolen"}`, "/factors/reset": `{` + proven + `}`,
		"/password/reset": `{"deliver":"webhook",` + proven + `}`, "/temporary-password": `{"deliver":"webhook"}`,
	} {
		w.must(412, "POST", at+target, token, body, stale, nil)
		w.must(412, "POST", at+target, token, body, map[string]string{"If-Match": "*"}, nil)
	}
	read := match(w.must(200, "GET", at+"/factors", token, "", nil, nil))
	if account := match(w.must(200, "GET", at, token, "", nil, nil)); account["If-Match"] != read["If-Match"] {
		t.Errorf("the account is at %v, its factors at %v", account, read)
	}
	w.must(204, "POST", at+"/factors/"+factors[0]+"/revoke", token, `{"reason":"stolen"}`, read, nil)
	w.must(412, "POST", at+"/factors/"+factors[1]+"/revoke", token, `{"reason":"stolen"}`, read, nil) // one was removed since
	w.must(204, "POST", at+"/factors/"+factors[1]+"/revoke", token, `{"reason":"stolen"}`, nil, nil)
	read = match(w.must(200, "GET", at+"/factors", token, "", nil, nil))
	w.must(200, "POST", at+"/factors/reset", token, `{`+proven+`}`, read, nil)
	read = match(w.must(200, "GET", at, token, "", nil, nil))
	w.must(202, "POST", at+"/password/reset", token, `{"deliver":"webhook",`+proven+`}`, read, nil)

	// A session in which somebody was active since.
	now := w.in.now()
	one := storage.Session{
		ID: secret.NewID(), SecretHash: secret.Hash("x"), PersonID: who, Subject: secret.NewID(), AuthTime: now, CreatedAt: now, LastActivity: now,
		IdleLimit: time.Hour, Deadline: now.Add(time.Hour), AbsoluteDeadline: now.Add(2 * time.Hour),
	}
	if err := w.ephemeral.Sessions().Create(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	etag := func() map[string]string {
		t.Helper()
		var list struct{ Items []admin.Session }
		if w.must(200, "GET", "/v1/sessions?person="+who, token, "", nil, &list); len(list.Items) != 1 {
			t.Fatalf("%+v", list.Items)
		}
		return map[string]string{"If-Match": list.Items[0].ETag}
	}
	end, body := at+"/sessions/end", `{"reason":"lost_laptop","session":"`+one.ID+`"}`
	idle := etag()
	if _, err := w.ephemeral.Sessions().Act(t.Context(), storage.Activity{SessionID: one.ID, At: now.Add(time.Second), Counts: true}); err != nil {
		t.Fatal(err)
	}
	w.must(412, "POST", end, token, body, idle, nil)
	w.must(400, "POST", end, token, `{"reason":"lost_laptop"}`, etag(), nil) // of which one?
	if out := w.must(200, "POST", end, token, body, etag(), nil); !strings.Contains(out.Body.String(), `"ended":1`) {
		t.Errorf("%s", out.Body)
	}

	// A job that has gone on since.
	var j admin.Job
	made := w.must(202, "POST", "/v1/imports?reason=new_practice&dry_run=true", token, "a", map[string]string{"Content-Type": "text/csv"}, &j)
	w.must(412, "POST", "/v1/jobs/"+j.ID+"/cancel", token, "", stale, nil)
	w.must(202, "POST", "/v1/jobs/"+j.ID+"/cancel", token, "", match(made), nil)
	if answer := w.call("POST", "/v1/jobs/"+j.ID+"/cancel", token, nil, match(made)); answer.Code != http.StatusPreconditionFailed {
		t.Errorf("cancelled at a version of before: %d %s", answer.Code, answer.Body)
	}
}
