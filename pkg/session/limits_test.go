package session_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

func TestTheStrictestLimitCounts(t *testing.T) {
	all := session.Limits{
		Idle: 15 * time.Minute, SharedIdle: 5 * time.Minute, Absolute: 12 * time.Hour,
		Roles: map[string]session.Limits{
			"admin": {Idle: 10 * time.Minute, Concurrent: session.Concurrent{Most: 1, OldestWins: true}},
			"guard": {Idle: 20 * time.Minute, SharedIdle: time.Minute, Absolute: 8 * time.Hour, Concurrent: session.Concurrent{Most: 2}},
			"kiosk": {Idle: 2 * time.Minute},
			"blink": {Absolute: time.Minute},
			"lone":  {Concurrent: session.Concurrent{Most: 1}},
		},
	}
	for roles, want := range map[string]session.Limits{
		"":             {Idle: 15 * time.Minute, SharedIdle: 5 * time.Minute, Absolute: 12 * time.Hour},
		"nurse":        {Idle: 15 * time.Minute, SharedIdle: 5 * time.Minute, Absolute: 12 * time.Hour},
		"admin":        {Idle: 10 * time.Minute, SharedIdle: 5 * time.Minute, Absolute: 12 * time.Hour, Concurrent: session.Concurrent{Most: 1, OldestWins: true}},
		"nurse guard":  {Idle: 15 * time.Minute, SharedIdle: time.Minute, Absolute: 8 * time.Hour, Concurrent: session.Concurrent{Most: 2}},
		"guard admin":  {Idle: 10 * time.Minute, SharedIdle: time.Minute, Absolute: 8 * time.Hour, Concurrent: session.Concurrent{Most: 1, OldestWins: true}},
		"lone admin":   {Idle: 10 * time.Minute, SharedIdle: 5 * time.Minute, Absolute: 12 * time.Hour, Concurrent: session.Concurrent{Most: 1, OldestWins: true}},
		"kiosk":        {Idle: 2 * time.Minute, SharedIdle: 2 * time.Minute, Absolute: 12 * time.Hour},
		"blink":        {Idle: time.Minute, SharedIdle: time.Minute, Absolute: time.Minute},
		"kiosk\tblink": {Idle: time.Minute, SharedIdle: time.Minute, Absolute: time.Minute},
	} {
		want.Roles = all.Roles
		if diff := cmp.Diff(want, all.Of(strings.Fields(roles))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", roles, diff)
		}
	}
}

func TestASessionDoesNotBeginWhereItsLimitsAreUnknown(t *testing.T) {
	w := newWorld(t)
	old, s := w.begin(t, false)
	w.Limits.Roles = map[string]session.Limits{"admin": {Idle: time.Minute}}
	unknown := errors.New("no answer")
	w.Roles = func(context.Context, storage.Tx, string) ([]string, error) { return nil, unknown }
	if _, _, err := w.Begin(t.Context(), session.Beginning{PersonID: "p", Replaces: s.ID}); !errors.Is(err, unknown) {
		t.Errorf("Begin = %v", err)
	}
	if _, err := w.Resolve(t.Context(), old); err != nil {
		t.Errorf("the session before: %v", err)
	}
}
