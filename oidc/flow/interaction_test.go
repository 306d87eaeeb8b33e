package flow_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/embedded"
)

type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func interactions(t *testing.T) (*flow.Interactions, *clock) {
	t.Helper()
	store, err := embedded.Open(t.Context(), embedded.Options{
		Path: filepath.Join(t.TempDir(), "e.db"), Key: make([]byte, 32),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	c := &clock{at: received.Truncate(time.Microsecond)}
	keys, _, err := secret.NewRoot().NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	return &flow.Interactions{Store: store.Interactions(), Keys: keys, Now: c.now, TTL: 10 * time.Minute}, c
}

func gone(err error) bool {
	var p *problem.Error
	return errors.As(err, &p) && p.Code == problem.NotFound
}

func TestInteractionLife(t *testing.T) {
	all, c := interactions(t)
	ctx := t.Context()
	request := flow.Request{
		ClientID: "portal", RedirectURI: "https://rp.example/cb", Scopes: []string{"openid"}, State: "s", Nonce: "n",
		Prompt: []string{"login"}, MaxAge: seconds(60), ReceivedAt: received,
	}
	begun, err := all.Begin(ctx, request, "browser")
	if err != nil {
		t.Fatal(err)
	}
	id := begun.ID
	in, err := all.Load(ctx, id, "browser")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(flow.State{Request: request}, in.State); diff != "" {
		t.Error(diff)
	}

	c.at = c.at.Add(9 * time.Minute)
	who := flow.SignedIn{
		PersonID: "p", Subject: "s", AMR: []string{"pwd"}, AuthTime: c.at,
		PasswordKind: storage.PasswordTemporary, PasswordVersion: 1, Shared: true,
	}
	if err := all.RecordSignIn(ctx, &in, who); err != nil {
		t.Fatal(err)
	}
	if flow.Next(in.State).Step != flow.StepChoosePassword {
		t.Errorf("after a temporary password: %+v", flow.Next(in.State))
	}
	// Each step gives the person the whole time again.
	c.at = c.at.Add(9 * time.Minute)
	if in, err = all.Load(ctx, id, "browser"); err != nil {
		t.Fatal(err)
	}
	if got := in.State.SignedIn.AuthTime; got.Nanosecond() != 0 {
		t.Errorf("auth time %s has a fraction of a second", got)
	}
	if err := all.RecordPasswordChosen(ctx, &in, 2); err != nil {
		t.Fatal(err)
	}
	if in, err = all.Load(ctx, id, "browser"); err != nil {
		t.Fatal(err)
	}
	if flow.Next(in.State).Step != flow.StepIssue || in.State.SignedIn.PasswordVersion != 2 {
		t.Errorf("after choosing: %+v", in.State)
	}
	if err := all.Take(ctx, in); err != nil {
		t.Fatal(err)
	}
	if err := all.Take(ctx, in); !gone(err) {
		t.Errorf("taken twice: %v", err)
	}
	if _, err := all.Load(ctx, id, "browser"); !gone(err) {
		t.Errorf("loaded after it was taken: %v", err)
	}
}

func TestInteractionBelongsToOneBrowser(t *testing.T) {
	all, c := interactions(t)
	ctx := t.Context()
	begun, err := all.Begin(ctx, flow.Request{ClientID: "portal"}, "browser")
	if err != nil {
		t.Fatal(err)
	}
	id := begun.ID
	for name, try := range map[string][2]string{
		"another browser": {id, "Browser"},
		"no cookie":       {id, ""},
		"unknown":         {"aaaaaaaaaaaaaaaaaaaaaaaaaa", "browser"},
		"no id":           {"", "browser"},
		"garbage":         {"../../etc/passwd", "browser"},
	} {
		if _, err := all.Load(ctx, try[0], try[1]); !gone(err) {
			t.Errorf("%s: %v, want not found", name, err)
		}
	}
	if _, err := all.Begin(ctx, flow.Request{}, ""); err == nil {
		t.Error("an interaction that belongs to no browser began")
	}
	c.at = c.at.Add(10 * time.Minute)
	if _, err := all.Load(ctx, id, "browser"); !gone(err) {
		t.Errorf("after its time: %v, want not found", err)
	}
}

func TestInteractionChangesOnce(t *testing.T) {
	all, _ := interactions(t)
	ctx := t.Context()
	begun, err := all.Begin(ctx, flow.Request{ClientID: "portal"}, "browser")
	if err != nil {
		t.Fatal(err)
	}
	id := begun.ID
	first, err := all.Load(ctx, id, "browser")
	if err != nil {
		t.Fatal(err)
	}
	second := first
	who := flow.SignedIn{PersonID: "p", PasswordKind: storage.PasswordPersonal}
	if err := all.RecordSignIn(ctx, &first, who); err != nil {
		t.Fatal(err)
	}
	if err := all.RecordSignIn(ctx, &second, who); !errors.Is(err, storage.ErrStale) {
		t.Errorf("second recording: %v, want stale", err)
	}
	if err := all.Take(ctx, second); !errors.Is(err, storage.ErrStale) {
		t.Errorf("taken as it was before: %v, want stale", err)
	}
	// Signing in again begins the steps again.
	if err := all.RecordPasswordChosen(ctx, &first, 2); err != nil {
		t.Fatal(err)
	}
	if err := all.RecordSignIn(ctx, &first, flow.SignedIn{PersonID: "q", PasswordKind: storage.PasswordTemporary}); err != nil {
		t.Fatal(err)
	}
	if first.State.PasswordChosen {
		t.Error("what one person chose counts for another")
	}
}
