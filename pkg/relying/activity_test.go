package relying_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/relying"
)

// The addresses are those that the provider publishes, and what it answers is what a page
// of the application answers its script.
func TestWhatIsLeftIsAskedWhereTheProviderSays(t *testing.T) {
	o := newOP(t)
	a := newApplication(t, o)
	b := browser(t)
	get(t, b, a.server.URL+"/page")
	r := sessionRequest(t, a, b)
	left, err := a.Left(r)
	if err != nil || left != (relying.Remaining{Idle: 10 * time.Minute, Absolute: 10 * time.Hour, Limit: 20 * time.Minute}) {
		t.Fatalf("%+v %v", left, err)
	}
	if s, _ := a.Session(r); s.Left(a.clock.Now()) != 10*time.Minute {
		t.Errorf("the session here does not follow: %v", s.Left(a.clock.Now()))
	}
	left, err = a.Report(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(left)
	if want := `{"expires_in":1200,"absolute_expires_in":36000,"idle_timeout":1200}`; err != nil || string(text) != want {
		t.Errorf("%s %v, want %s", text, err, want)
	}
}

func TestAnotherProviderIsNotAsked(t *testing.T) {
	o := newOP(t)
	o.with(func(o *op) {
		o.metadata = map[string]any{"claviger_session_endpoint": "", "claviger_session_activity_endpoint": ""}
	})
	a := newApplication(t, o)
	b := browser(t)
	get(t, b, a.server.URL+"/page")
	r := sessionRequest(t, a, b)
	if _, err := a.Report(r); !errors.Is(err, relying.ErrUnsupported) {
		t.Errorf("got %v", err)
	}
	if _, ok := a.Session(r); !ok {
		t.Error("signed out")
	}
}
