package credential_test

import (
	"context"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// slow is the hasher, while whose work something else happens.
type slow struct {
	*password.Hasher
	before, after func()
}

func (h slow) Verify(ctx context.Context, stored, pw string) (match, rehash bool, err error) {
	h.before()
	match, rehash, err = h.Hasher.Verify(ctx, stored, pw)
	h.after()
	return match, rehash, err
}

// TestWhoDoesNotWaitIsSeen: guesses whose answer nobody waits for are in the log
// as others are, and so is what they lead to.
func TestWhoDoesNotWaitIsSeen(t *testing.T) {
	w := newWorld(t)
	w.choose(t)
	for i := range 51 {
		ctx, hangUp := context.WithCancel(w.from(10, byte(i), byte(i), 1))
		w.Hasher = slow{w.pool, hangUp, func() {}}
		if _, err := w.Verify(ctx, credential.SignIn{UserID: userID, Password: wrong}); err == nil {
			t.Fatalf("guess %d was right", i+1)
		}
		hangUp()
		w.now = w.now.Add(15 * time.Minute)
	}
	w.Hasher = w.pool
	counts := map[string]int{}
	for _, reason := range w.reasons(t, audit.SigninFailed) {
		counts[reason]++
	}
	if counts["abandoned"] != 50 || counts["password_disabled"] != 1 {
		t.Errorf("of 51 guesses the log has %v", counts)
	}
	if got := w.reasons(t, audit.CredentialDisabled); len(got) != 1 {
		t.Errorf("that the password is disabled is told %d times", len(got))
	}
}

// TestAPasswordThatIsReplacedWhileItIsProven lets nobody in, makes no browser known
// and clears no counts: whoever had found it out is not ahead of others who guess at
// the next one.
func TestAPasswordThatIsReplacedWhileItIsProven(t *testing.T) {
	for name, prove := range map[string]func(w *world, device string) error{
		"sign-in": func(w *world, _ string) error {
			_, err := w.Verify(w.ctx, credential.SignIn{UserID: userID, Password: phrase, Remember: true})
			return err
		},
		"sign-in, known browser": func(w *world, device string) error {
			_, err := w.Verify(w.ctx, credential.SignIn{UserID: userID, Password: phrase, Device: device, Remember: true})
			return err
		},
		"change, known browser": func(w *world, device string) error {
			return w.Change(w.ctx, credential.OwnChange{PersonID: "p", Current: phrase, Chosen: "seven quiet herons drift", Device: device})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.choose(t)
			device := w.known(t)
			w.Hasher = slow{w.pool, func() {}, func() {
				w.Hasher = w.pool
				w.reset(t)
			}}
			want := problem.Unauthenticated
			if name == "change, known browser" {
				want = problem.Conflict
			}
			if err := prove(w, device); code(err) != want {
				t.Errorf("what was proven is the password of before, and the answer is %v", err)
			}
			if w.knows(t, device) {
				t.Error("the browser is known after a reset that forgot all")
			}
		})
	}
}

// knows says that jsmith is known in a browser.
func (w *world) knows(t *testing.T, device string) (known bool) {
	t.Helper()
	if err := w.Store.View(w.ctx, func(tx storage.Tx) (err error) {
		known, err = tx.KnownDevices().Known(w.ctx, secret.Hash(device))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return known
}
