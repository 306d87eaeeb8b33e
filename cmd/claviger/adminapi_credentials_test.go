package main

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/admin"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// TestAdminCredentials has temporary passwords sent and factors removed; nothing
// that somebody could sign in with is in any answer.
func TestAdminCredentials(t *testing.T) { onBothStores(t, testAdminCredentials) }

func testAdminCredentials(t *testing.T, w *adminWorld) {
	token := w.token("role-operator", everyScope())
	var one identified
	w.must(201, "POST", "/v1/enrolments", token, `{"family_name":"Okafor","given_name":"Ngozi","email":"ngozi@example.org"}`, nil, &one)
	var approved struct{ Person string }
	w.must(200, "POST", "/v1/enrolments/"+one.ID+"/approve", token, "", map[string]string{"If-Match": `"1"`}, &approved)
	at := "/v1/people/" + approved.Person
	w.must(409, "POST", at+"/temporary-password", token, `{"deliver":"mail"}`, nil, nil) // no mail is configured
	issued := w.must(202, "POST", at+"/temporary-password", token, `{"deliver":"webhook"}`, nil, nil)
	if kinds := w.kinds(issued); fmt.Sprint(kinds) != "["+string(audit.CredentialTemporaryIssued)+"]" || strings.Contains(issued.Body.String(), "link") {
		t.Errorf("%v %s", kinds, issued.Body)
	}
	w.must(404, "POST", "/v1/people/"+secret.NewID()+"/temporary-password", token, `{"deliver":"webhook"}`, nil, nil)
	w.must(422, "POST", at+"/temporary-password", token, `{"deliver":"screen"}`, nil, nil)
	w.must(422, "POST", at+"/password/reset", token, `{"deliver":"webhook","proof":"knows_npi","note":"said so"}`, nil, nil)
	// ends begins a session, and checks why the answer says that it ended.
	ends := func(why session.Reason, do func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		t.Helper()
		now := w.in.now()
		if err := w.ephemeral.Sessions().Create(t.Context(), storage.Session{
			ID: secret.NewID(), SecretHash: secret.Hash("x"), PersonID: approved.Person, Subject: secret.NewID(), AuthTime: now, CreatedAt: now, LastActivity: now,
			IdleLimit: time.Hour, Deadline: now.Add(time.Hour), AbsoluteDeadline: now.Add(2 * time.Hour),
		}); err != nil {
			t.Fatal(err)
		}
		answer, found := do(), false
		for _, e := range w.events(answer) {
			found = found || e.Kind == string(audit.SessionEnded) && strings.Contains(string(e.Body), `"reason":"`+string(why)+`"`)
		}
		if !found {
			t.Errorf("no session ended with the reason %s: %v", why, w.kinds(answer))
		}
		return answer
	}
	reset := ends(session.ReasonPasswordReset, func() *httptest.ResponseRecorder {
		return w.must(202, "POST", at+"/password/reset", token, `{"deliver":"webhook","proof":"video","note":"passport, by video"}`, nil, nil)
	})
	if !strings.Contains(fmt.Sprint(w.kinds(reset)), string(audit.CredentialReset)) {
		t.Errorf("%v", w.kinds(reset))
	}
	if err := w.in.store.Tx(t.Context(), func(tx storage.Tx) error {
		for i, kind := range []storage.AuthenticatorKind{storage.AuthenticatorTOTP, storage.AuthenticatorPasskey, storage.AuthenticatorRecovery} {
			if err := tx.Authenticators().Insert(t.Context(), storage.Authenticator{
				ID: secret.NewID(), PersonID: approved.Person, Kind: kind, Handle: []byte(fmt.Sprint("handle", i)), Secret: []byte("SENTINEL"), Name: []byte("SENTINEL"), CreatedAt: tx.Now(),
			}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	var factors struct {
		Items []admin.Factor
		Codes int `json:"recovery_codes"`
	}
	list := w.must(200, "GET", at+"/factors", token, "", nil, &factors)
	if len(factors.Items) != 2 || factors.Codes != 1 || strings.Contains(list.Body.String(), "SENTINEL") || strings.Contains(list.Body.String(), "handle") {
		t.Errorf("%s", list.Body)
	}
	w.must(404, "POST", "/v1/people/"+w.people[0]+"/factors/"+factors.Items[0].ID+"/revoke", token, `{"reason":"stolen"}`, nil, nil)
	revoked := ends(session.ReasonFactorReset, func() *httptest.ResponseRecorder {
		return w.must(204, "POST", at+"/factors/"+factors.Items[0].ID+"/revoke", token, `{"reason":"stolen"}`, nil, nil)
	})
	if !strings.Contains(fmt.Sprint(w.kinds(revoked)), string(audit.FactorReset)) {
		t.Errorf("%v", w.kinds(revoked))
	}
	w.must(200, "GET", at+"/factors", token, "", nil, &factors)
	if len(factors.Items) != 1 || factors.Codes != 1 {
		t.Errorf("%+v", factors)
	}
	w.must(204, "POST", at+"/factors/"+factors.Items[0].ID+"/revoke", token, `{"reason":"stolen"}`, nil, nil)
	w.must(200, "GET", at+"/factors", token, "", nil, &factors)
	if len(factors.Items) != 0 || factors.Codes != 0 { // codes stand in for factors
		t.Errorf("%+v", factors)
	}
	ends(session.ReasonFactorReset, func() *httptest.ResponseRecorder {
		return w.must(200, "POST", at+"/factors/reset", token, `{"proof":"in_person","note":"came to the desk"}`, nil, nil)
	})
}

// kinds are those of the events that a request left.
func (w *adminWorld) kinds(answer *httptest.ResponseRecorder) (all []string) {
	w.t.Helper()
	for _, e := range w.events(answer) {
		all = append(all, e.Kind)
	}
	return all
}
