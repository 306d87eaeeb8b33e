package relying_test

import (
	"errors"
	"testing"

	"github.com/claviger-id/claviger/pkg/relying"
)

func TestLogouts(t *testing.T) {
	a := newApplication(t, newOP(t))
	page, err := a.Logouts(t.Context(), "pending", "c", 10)
	if err != nil || len(page.Logouts) != 1 || page.Cursor != "sid-1.app" {
		t.Fatalf("%+v %v", page, err)
	}
	if l := page.Logouts[0]; l.SessionID != "sid-1" || l.Reason != "idle" || l.State != "pending" || l.Attempts != 3 || l.Status != 503 || l.EndedAt.IsZero() || !l.SettledAt.IsZero() {
		t.Errorf("%+v", l)
	}
	if line, err := a.Redeliver(t.Context(), "sid-1.app"); err != nil || line.SessionID != "sid-1" {
		t.Errorf("%+v %v", line, err)
	}
	var refusal *relying.OAuthError
	if _, err := a.Redeliver(t.Context(), "another"); !errors.As(err, &refusal) || refusal.Code != "not_found" {
		t.Errorf("got %v", err)
	}
	a.Secret = ""
	if _, err := a.Logouts(t.Context(), "", "", 10); err == nil {
		t.Error("without a secret")
	}
}
