package keys_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/pkg/problem"
)

var anOperator = audit.Actor{Type: "operator", ID: "somebody"}

// TestRemove: the key signs no more, what it signed is refused, another signs at
// once, and the other algorithms do not notice.
func TestRemove(t *testing.T) {
	w := newWorld(t)
	r := w.ring(t)
	sign := func(alg string) string {
		t.Helper()
		token, err := r.Sign(alg, "JWT", []byte(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	bad, other := sign("ES256"), sign("RS256")
	next, err := r.Remove(t.Context(), kid(t, bad), "leaked", anOperator)
	if err != nil || next.ID == "" {
		t.Fatalf("%+v %v", next, err)
	}
	if err := r.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Verify(bad); !errors.Is(err, keys.ErrNotOurs) {
		t.Errorf("what it signed is accepted: %v", err)
	}
	if got := kid(t, sign("ES256")); got != next.ID {
		t.Errorf("%s signs, not %s", got, next.ID)
	}
	if _, _, err := r.Verify(other); err != nil || kid(t, sign("RS256")) != kid(t, other) {
		t.Errorf("the other algorithm: %v", err)
	}
	if n := len(published(t, r)); n != 4 {
		t.Errorf("%d keys are published", n)
	}
	if _, err := r.Remove(t.Context(), "unknown", "leaked", anOperator); problem.From(err).Code != problem.NotFound {
		t.Errorf("%v", err)
	}
}

// TestRemoveOfOneThatDoesNotSign needs no other.
func TestRemoveOfOneThatDoesNotSign(t *testing.T) {
	w := newWorld(t)
	r := w.ring(t)
	next, err := r.RotateNow(t.Context(), "ES256", "", anOperator)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(alg string, code problem.Code, why string) {
		t.Helper()
		if _, err := r.RotateNow(t.Context(), alg, "", anOperator); problem.From(err).Code != code || !strings.Contains(problem.From(err).Message, why) {
			t.Errorf("%s: %v", alg, err)
		}
	}
	refused("ES256", problem.Conflict, "announced already: "+next.ID+", which signs from "+next.ActiveFrom.UTC().Format(time.RFC3339))
	refused("es256", problem.Invalid, "there are ES256, RS256, PS256, EdDSA")
	made, err := r.Remove(t.Context(), next.ID, "leaked", anOperator)
	if err != nil || made.ID != "" {
		t.Errorf("%+v %v", made, err)
	}
	// The one that signs does not retire any more, as nothing would follow.
	w.now = next.ActiveFrom.Add(keys.Kept)
	if err := errors.Join(r.Rotate(t.Context()), r.Reload(t.Context())); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Sign("ES256", "JWT", []byte(`{}`)); err != nil {
		t.Errorf("after the successor was removed: %v", err)
	}
	if _, err := r.RotateNow(t.Context(), "ES256", "", anOperator); err != nil {
		t.Errorf("another successor: %v", err)
	}
}

// TestRotateNow: the successor is published at once, and signs a day later.
func TestRotateNow(t *testing.T) {
	w := newWorld(t)
	r := w.ring(t)
	next, err := r.RotateNow(t.Context(), "ES256", "", anOperator)
	if err != nil {
		t.Fatal(err)
	}
	signer := func() string {
		t.Helper()
		if err := r.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		token, err := r.Sign("ES256", "JWT", []byte(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		return kid(t, token)
	}
	if signer() == next.ID || len(published(t, r)) != 5 {
		t.Error("the successor is not announced, or signs too soon")
	}
	w.now = w.now.Add(keys.Announced + time.Second)
	if signer() != next.ID {
		t.Error("the successor does not sign a day later")
	}
	w.now = w.now.Add(keys.Kept)
	if signer() != next.ID || len(published(t, r)) != 4 {
		t.Error("the old one is still there")
	}
}
