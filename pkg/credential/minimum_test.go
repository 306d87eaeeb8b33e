package credential_test

import (
	"context"
	"errors"
	"testing"

	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/storage"
)

// TestShortPasswordNeedsASecondFactor: 12 characters do as long as the password is
// never enough alone (NIST SP 800-63B-4 section 3.1.1.2).
func TestShortPasswordNeedsASecondFactor(t *testing.T) {
	w := newWorld(t)
	bound := false
	w.SecondFactor = func(context.Context, storage.Tx, string) (bool, error) { return bound, nil }
	const short, eleven = "vkq zjw pyhgn", "vkq zjw pyh"
	must := func(what, pw, want string) {
		t.Helper()
		v, err := w.verify(userID, pw)
		if err != nil || v.Must != want {
			t.Errorf("%s: %q, %v, want %q", what, v.Must, err, want)
		}
	}
	refused := func(what, pw string, limit int) {
		t.Helper()
		var r *password.Refusal
		if err := w.takes(t, pw); !errors.As(err, &r) || r.Code != password.TooShort || r.Limit != limit {
			t.Errorf("%s: %v", what, err)
		}
		if got, err := w.Minimum(w.ctx, "p"); err != nil || got != limit {
			t.Errorf("%s: the least is %d, %v", what, got, err)
		}
	}
	takes := func(what, pw string) {
		t.Helper()
		if err := w.takes(t, pw); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	// Tokens are renewed as long as a sign-in would ask for nothing.
	renewal := func(what, want string) {
		t.Helper()
		if err := w.Store.View(w.ctx, func(tx storage.Tx) error {
			who, err := tx.People().Get(w.ctx, "p")
			if err != nil {
				return err
			}
			why, err := w.RefuseRenewal(w.ctx, tx, who, w.now)
			if why != want {
				t.Errorf("%s: renewal is refused as %q, want %q", what, why, want)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}

	w.choose(t)
	refused("nothing besides", short, 15)
	must("nothing besides", phrase, "")

	bound = true
	refused("with a second factor", eleven, 12)
	takes("with a second factor", short)
	must("with a second factor", short, "")
	renewal("with a second factor", "")

	bound = false
	must("when it is gone", short, credential.MustAlone)
	renewal("when it is gone", credential.RefusedForced)
	must("and again", short, credential.MustAlone)
	refused("when it is gone", "xwq zjw pyhgn", 15)
	takes("one that does alone", "vkq zjw pyhgn quiet heron")
	renewal("one that does alone", "")
	must("one that does alone", "vkq zjw pyhgn quiet heron", "")

	// What does alone is not marked, whatever there was when it was chosen.
	bound = true
	takes("a long one", "another vkq zjw pyhgn quiet heron")
	bound = false
	must("a long one", "another vkq zjw pyhgn quiet heron", "")

	// Nor is what takes the place of a short one.
	bound = true
	takes("short again", "xwq zjw pyhgn")
	bound = false
	must("after a reset", w.reset(t), credential.MustTemporary)
	takes("after a reset", "quiet heron vkq zjw pyhgn")
	must("after a reset", "quiet heron vkq zjw pyhgn", "")
}

// TestStrengthEnoughOnlyWithASecondFactor: it is not only the length that is less
// then.
func TestStrengthEnoughOnlyWithASecondFactor(t *testing.T) {
	w := newWorld(t)
	w.choose(t)
	bound := true
	w.SecondFactor = func(context.Context, storage.Tx, string) (bool, error) { return bound, nil }
	const fair = "sunshine garden" // 15 characters
	if err := w.takes(t, fair); err != nil {
		t.Fatal(err)
	}
	bound = false
	if v, err := w.verify(userID, fair); err != nil || v.Must != credential.MustAlone {
		t.Errorf("%q, %v", v.Must, err)
	}
}

// TestUnknownSecondFactor: what cannot be looked up lets nobody choose or in.
func TestUnknownSecondFactor(t *testing.T) {
	w := newWorld(t)
	w.choose(t)
	var broken error
	w.SecondFactor = func(context.Context, storage.Tx, string) (bool, error) { return true, broken }
	if err := w.takes(t, "vkq zjw pyhgn"); err != nil {
		t.Fatal(err)
	}
	broken = errors.New("broken")
	if _, err := w.verify(userID, "vkq zjw pyhgn"); !errors.Is(err, broken) {
		t.Errorf("signed in: %v", err)
	}
	if err := w.takes(t, "quiet heron vkq zjw pyhgn"); !errors.Is(err, broken) {
		t.Errorf("chosen: %v", err)
	}
}
