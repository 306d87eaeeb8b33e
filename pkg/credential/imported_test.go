package credential_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// importHash gives jsmith the password "U*U" by its bcrypt hash.
func (w *world) importHash(t *testing.T) (bool, error) {
	t.Helper()
	hash, err := password.Import("bcrypt", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")
	if err != nil {
		t.Fatal(err)
	}
	var done bool
	err = w.Store.Tx(w.ctx, func(tx storage.Tx) error {
		who, err := tx.People().Get(w.ctx, "p")
		if err != nil {
			return err
		}
		done, err = w.ImportPersonal(w.ctx, tx, who, hash, audit.Actor{Type: "operator", ID: "o"})
		return err
	})
	return done, err
}

func (w *world) current(t *testing.T) storage.Password {
	t.Helper()
	var p storage.Password
	if err := w.Store.View(w.ctx, func(tx storage.Tx) (err error) {
		p, err = tx.Passwords().Get(w.ctx, "p")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAnImportedPasswordIsMadeAnewAtTheFirstSignIn(t *testing.T) {
	w := newWorld(t)
	if done, err := w.importHash(t); !done || err != nil {
		t.Fatalf("import: %v, %v", done, err)
	}
	if p := w.current(t); p.Kind != storage.PasswordPersonal || p.Scheme != "bcrypt c=5" || strings.Contains(string(p.Verifier), "$2a$") {
		t.Errorf("stored: %+v", p)
	}
	if counts, err := w.Schemes(w.ctx); err != nil || counts["bcrypt c=5"].People != 1 {
		t.Errorf("report: %v, %v", counts, err)
	}
	if _, err := w.verify(userID, "U*U*"); problem.From(err).Code != problem.Unauthenticated {
		t.Errorf("another password: %v", err)
	}
	v, err := w.verify(userID, "U*U")
	if err != nil || v.Kind != storage.PasswordPersonal || v.Must != "" {
		t.Fatalf("sign-in: %+v, %v", v, err)
	}
	if p := w.current(t); p.Scheme != "argon2id m=19456,t=2,p=1" || p.Version != v.Version {
		t.Errorf("after the sign-in: %s, version %d", p.Scheme, p.Version)
	}
	if _, err := w.verify(userID, "U*U"); err != nil {
		t.Errorf("second sign-in: %v", err)
	}
	// A second import changes nothing.
	if done, err := w.importHash(t); done || err != nil {
		t.Errorf("again: %v, %v", done, err)
	}
	if p := w.current(t); p.Scheme != "argon2id m=19456,t=2,p=1" {
		t.Errorf("after the second import: %s", p.Scheme)
	}
}

// TestWhoSignsInKnowsTheUserID: until then, whoever brought a password has not been
// told the User ID. That the hash is as ours changes nothing.
func TestWhoSignsInKnowsTheUserID(t *testing.T) {
	w := newWorld(t)
	phc, err := w.Hasher.Hash(w.ctx, phrase)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := password.Import("phc", phc)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Store.Tx(w.ctx, func(tx storage.Tx) error {
		who, err := tx.People().Get(w.ctx, "p")
		if err != nil {
			return err
		}
		_, err = w.ImportPersonal(w.ctx, tx, who, hash, audit.Actor{Type: "operator", ID: "o"})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if p := w.current(t); !p.Untold {
		t.Error("an imported password counts as one that was told with its User ID")
	}
	if _, err := w.verify(userID, phrase+"x"); problem.From(err).Code != problem.Unauthenticated {
		t.Fatal(err)
	}
	if p := w.current(t); !p.Untold {
		t.Error("an attempt that failed counts as a sign-in")
	}
	if _, err := w.verify(userID, phrase); err != nil {
		t.Fatal(err)
	}
	if p := w.current(t); p.Untold || p.Scheme != w.Hasher.Scheme() {
		t.Errorf("after a sign-in: untold %v, %s", p.Untold, p.Scheme)
	}
	// Who had a letter was told.
	other := newWorld(t)
	other.issue(t)
	if done, err := other.importHash(t); !done || err != nil {
		t.Fatalf("import: %v, %v", done, err)
	}
	if p := other.current(t); p.Untold {
		t.Error("who was written a letter counts as not told")
	}
}

func TestAnImportTakesThePlaceOfATemporaryPasswordOnly(t *testing.T) {
	w := newWorld(t)
	temporary := w.issue(t)
	if done, err := w.importHash(t); !done || err != nil {
		t.Fatalf("over a temporary password: %v, %v", done, err)
	}
	if _, err := w.verify(userID, temporary); problem.From(err).Code != problem.Unauthenticated {
		t.Errorf("the temporary password: %v", err)
	}
	chosen := newWorld(t)
	chosen.choose(t)
	if done, err := chosen.importHash(t); done || err != nil {
		t.Errorf("over a chosen password: %v, %v", done, err)
	}
	if _, err := chosen.verify(userID, phrase); err != nil {
		t.Errorf("the chosen password: %v", err)
	}
}

// screen knows one stolen password, or does not answer.
type screen struct {
	stolen string
	err    error
}

func (s screen) Compromised(_ context.Context, pw string) (bool, error) { return pw == s.stolen, s.err }

func TestAStolenPasswordIsNotChosen(t *testing.T) {
	w := newWorld(t)
	w.choose(t)
	w.Screen = screen{stolen: "eleven purple otters"}
	v, err := w.verify(userID, phrase)
	if err != nil {
		t.Fatal(err)
	}
	err = w.ChoosePersonal(w.ctx, v.PersonID, v.Version, "eleven purple otters")
	var refusal *password.Refusal
	if problem.From(err).Code != problem.Invalid || !errors.As(err, &refusal) || refusal.Code != password.Breached || !strings.Contains(problem.From(err).Message, "stolen") {
		t.Errorf("stolen: %v", err)
	}
	w.Screen = screen{err: errors.New("no answer")}
	err = w.ChoosePersonal(w.ctx, v.PersonID, v.Version, "twelve purple otters")
	if found := problem.From(err); found.Code != problem.Unavailable || found.RetryAfter == 0 {
		t.Errorf("not known: %v", err)
	}
	if _, err := w.verify(userID, phrase); err != nil {
		t.Errorf("a sign-in meanwhile: %v", err)
	}
	w.Screen = credential.Screen(screen{})
	if err := w.ChoosePersonal(w.ctx, v.PersonID, v.Version, "twelve purple otters"); err != nil {
		t.Errorf("not stolen: %v", err)
	}
}
