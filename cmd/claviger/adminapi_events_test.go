package main

import (
	"testing"

	"github.com/claviger-id/claviger/pkg/audit"
)

// TestSubscriptionsWantAReason: what changes who outside is told of events says why, and
// the log has it.
func TestSubscriptionsWantAReason(t *testing.T) { onBothStores(t, testSubscriptionsWantAReason) }

func testSubscriptionsWantAReason(t *testing.T, w *adminWorld) {
	token := w.token("role-operator", everyScope())
	const subscription = `"url":"https://siem.example.org/in","kinds":["person.suspended"]`
	w.must(422, "POST", "/v1/subscriptions", token, `{`+subscription+`}`, nil, nil)
	var made identified
	created := w.must(201, "POST", "/v1/subscriptions", token, `{`+subscription+`,"reason":"new_receiver"}`, nil, &made)
	if got := w.logged(created, audit.SubscriptionCreated); len(got) != 1 || got[0] != "new_receiver" {
		t.Errorf("created: %v", got)
	}
	at := "/v1/subscriptions/" + made.ID
	for _, c := range []struct {
		method, target, without, with, reason string
		status                                int
		kind                                  audit.Kind
	}{
		{"PATCH", at, `{"enabled":false}`, `{"enabled":false,"reason":"moving"}`, "moving", 204, audit.SubscriptionChanged},
		{"POST", at + "/rotate-secret", `{}`, `{"reason":"yearly"}`, "yearly", 200, audit.SubscriptionChanged},
		{"POST", at + "/remove", `{}`, `{"reason":"not_used"}`, "not_used", 204, audit.SubscriptionRemoved},
	} {
		w.must(422, c.method, c.target, token, c.without, nil, nil)
		if got := w.logged(w.must(c.status, c.method, c.target, token, c.with, nil, nil), c.kind); len(got) != 1 || got[0] != c.reason {
			t.Errorf("%s %s: %v", c.method, c.target, got)
		}
	}
}
