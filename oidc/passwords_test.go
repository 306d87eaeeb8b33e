package oidc_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/rotation"
	"github.com/claviger-id/claviger/storage"
)

// TestPasswordsAtRefresh: what renews tokens without a session is renewed only as
// long as the password of its person stands.
func TestPasswordsAtRefresh(t *testing.T) {
	const day = 24 * time.Hour
	for name, test := range map[string]struct {
		// age is how old the password is when the grant is made, left how much
		// later it is used.
		age, left time.Duration
		force     bool
		refused   string
	}{
		"young":                           {0, time.Hour, false, ""},
		"a second before the expiry":      {90*day - 13*time.Hour, 13*time.Hour - time.Second, false, ""},
		"at the expiry, an old grant":     {90*day - 13*time.Hour, 13 * time.Hour, false, "password_expired"},
		"expired while a session lasted":  {90*day - time.Hour, 12*time.Hour - time.Second, false, ""},
		"expired, and a session is over":  {90*day - time.Hour, 12 * time.Hour, false, "password_expired"},
		"an operator had it changed":      {0, time.Second, true, "password_must_change"},
		"so, on the way out of a session": {90*day - time.Hour, 2 * time.Hour, true, "password_must_change"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, embeddedStores)
			ctx := context.Background()
			w.credentials.Rotation = rotation.Policies{Default: rotation.Policy{Mode: rotation.Enforced, MaxAge: 90 * day, Warning: 14 * day}}
			if err := w.Store.Tx(ctx, func(tx storage.Tx) error {
				return tx.Passwords().Insert(ctx, storage.Password{
					PersonID: w.person.ID, Kind: storage.PasswordPersonal, Verifier: []byte("x"), Scheme: "x", SetAt: tx.Now().Add(-test.age),
				})
			}); err != nil {
				t.Fatal(err)
			}
			refresh := w.browser().tokens("night", "scope", "openid offline_access")["refresh_token"].(string)
			w.clock.add(test.left)
			if test.force {
				if _, err := w.credentials.Expire(ctx, credential.Expiry{Note: "a drill", By: audit.Actor{Type: "operator"}}, func(string) error { return nil }); err != nil {
					t.Fatal(err)
				}
			}
			status, out, _ := w.redeem("night", refreshing(refresh))
			description, _ := out["error_description"].(string)
			switch {
			case test.refused == "" && status != http.StatusOK:
				t.Errorf("refused: %v", out)
			case test.refused != "" && (out["error"] != "invalid_grant" || !strings.Contains(description, "("+test.refused+")")):
				t.Errorf("%d %v, want invalid_grant (%s)", status, out, test.refused)
			}
		})
	}
}

// TestResetEndsRefresh: a temporary password renews nothing, and an application
// reads why.
func TestResetEndsRefresh(t *testing.T) {
	w := newWorld(t, embeddedStores)
	ctx := context.Background()
	refresh := w.browser().tokens("night", "scope", "openid offline_access")["refresh_token"].(string)
	if err := w.Store.Tx(ctx, func(tx storage.Tx) error {
		_, err := w.credentials.ResetByOperator(ctx, tx, credential.Reset{
			PersonID: w.person.ID, Proof: "in_person", Note: "license", ValidFor: time.Hour, By: audit.Actor{Type: "operator"},
		})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	_, out, _ := w.redeem("night", refreshing(refresh))
	if description, _ := out["error_description"].(string); out["error"] != "invalid_grant" || !strings.Contains(description, "(password_reset)") {
		t.Errorf("%v, want invalid_grant (password_reset)", out)
	}
}
