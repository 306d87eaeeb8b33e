package relying_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/claviger-id/claviger/pkg/relying"
)

// TestActor: an application hears who acts for whom, and by what.
func TestActor(t *testing.T) {
	acting := map[string]any{
		"act": map[string]any{"sub": "staff-1"}, "delegation": map[string]any{"id": "d1", "purpose": "payment", "exp": 1806537600},
	}
	for name, claims := range map[string]map[string]any{"acting": acting, "nobody acts": nil} {
		o := newOP(t)
		a := newApplication(t, o)
		o.with(func(o *op) { o.idClaims = claims })
		res, body := get(t, browser(t), a.server.URL+"/page")
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %v, faults %v", name, res.StatusCode, body, a.faults)
		}
		by, _ := body["delegation"].(map[string]any)
		if claims == nil {
			if body["who_acts"] != "" || by != nil {
				t.Errorf("%s: %v", name, body)
			}
			continue
		}
		if body["who_acts"] != "staff-1" || by["id"] != "d1" || by["purpose"] != "payment" || by["exp"] != 1806537600.0 {
			t.Errorf("%s: %v", name, body)
		}
	}
}

// TestActorOfAnExchangedToken: services come before the person.
func TestActorOfAnExchangedToken(t *testing.T) {
	var token relying.AccessToken
	if err := json.Unmarshal([]byte(`{"sub":"clinician","act":{"sub":"service-2","act":{"sub":"service-1","act":{"sub":"staff-1"}}},"delegation":{"id":"d1","purpose":"treatment","exp":1}}`), &token); err != nil {
		t.Fatal(err)
	}
	if token.Actor.Subject != "service-2" || token.Actor.Person() != "staff-1" || token.Delegation.Purpose != "treatment" {
		t.Errorf("%+v", token)
	}
}
