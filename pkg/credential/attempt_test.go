package credential_test

import (
	"context"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/limit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/embedded"
)

const wrong = "wrong wrong wrong"

// from is a request from an address.
func (w *world) from(a, b, c, d byte) context.Context {
	return request.With(w.ctx, request.Info{Address: netip.AddrFrom4([4]byte{a, b, c, d})})
}

// known signs jsmith in and returns what the browser is to keep.
func (w *world) known(t *testing.T) string {
	t.Helper()
	v, err := w.Verify(w.ctx, credential.SignIn{UserID: userID, Password: phrase, Remember: true})
	if err != nil || v.Device == "" {
		t.Fatalf("%+v, %v", v, err)
	}
	return v.Device
}

// TestTheLadder climbs every step of the rising delay, a second before it is
// over and as it is, from an address of its own each time.
func TestTheLadder(t *testing.T) {
	waits := []time.Duration{
		0, 0, 0, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second,
		15 * time.Minute, 15 * time.Minute, 15 * time.Minute,
	}
	for _, account := range []string{userID, "nobody"} {
		w := newFastWorld(t, quarterly())
		w.choose(t)
		try := func(i int) error {
			_, err := w.Verify(w.from(10, byte(i), 0, 1), credential.SignIn{UserID: account, Password: wrong})
			return err
		}
		for i, wait := range waits {
			if err := try(i); code(err) != problem.Unauthenticated {
				t.Fatalf("%s: failure %d: %v", account, i+1, err)
			}
			if wait == 0 {
				continue
			}
			for _, early := range []time.Duration{wait, time.Second, time.Microsecond} {
				w.now = w.now.Add(wait - early)
				if p := problem.From(try(i)); p.Code != problem.Limited || p.RetryAfter != early {
					t.Errorf("%s: %v before the wait after failure %d is over: %v", account, early, i+1, p)
				}
				w.now = w.now.Add(early - wait)
			}
			w.now = w.now.Add(wait)
		}
		// A day after the last failure it is as if nothing had been.
		w.now = w.now.Add(24 * time.Hour)
		for range 4 {
			if err := try(0); code(err) != problem.Unauthenticated {
				t.Errorf("%s: a day later: %v", account, err)
			}
		}
	}
}

// TestManyAtOnceAreNotMore has a hundred guesses at once on two replicas, from a
// hundred addresses.
func TestManyAtOnceAreNotMore(t *testing.T) {
	w := newFastWorld(t, quarterly())
	w.choose(t)
	second := *w.Service
	replicas := []*credential.Service{w.Service, &second}
	counts := map[problem.Code]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			_, err := replicas[i%2].Verify(w.from(10, 1, byte(i), 1), credential.SignIn{UserID: userID, Password: wrong})
			mu.Lock()
			defer mu.Unlock()
			counts[code(err)]++
		})
	}
	wg.Wait()
	if counts[problem.Unauthenticated] != 4 || counts[problem.Limited] != 96 {
		t.Errorf("outcomes %v, want 4 guesses and 96 that have to wait", counts)
	}
}

// besiege has strangers guess until nothing is compared any more, each from
// somewhere else and as soon as it may be.
func (w *world) besiege(t *testing.T, failures int) {
	t.Helper()
	for i := range failures {
		if _, err := w.Verify(w.from(10, byte(i), byte(i), 1), credential.SignIn{UserID: userID, Password: wrong}); code(err) != problem.Unauthenticated {
			t.Fatalf("guess %d: %v", i+1, err)
		}
		w.now = w.now.Add(15 * time.Minute)
	}
}

// TestFiftyGuessesDisableAPassword: for who guesses, and not for whom it belongs
// to.
func TestFiftyGuessesDisableAPassword(t *testing.T) {
	w := newFastWorld(t, quarterly())
	w.choose(t)
	device := w.known(t)
	w.besiege(t, 49)
	if _, err := w.verify(userID, phrase); err != nil {
		t.Fatalf("after 49 failures: %v", err)
	}
	w.besiege(t, 50)
	if got := w.reasons(t, audit.CredentialDisabled); len(got) != 1 {
		t.Errorf("events %v", got)
	}

	// The right password is wrong now, for ever, and from anywhere that is not
	// known: time does not bring it back, nor the loss of everything ephemeral.
	for _, later := range []time.Duration{0, time.Hour, 20 * day} {
		w.now = w.now.Add(later)
		if _, err := w.Verify(w.from(172, 16, 1, byte(later)), credential.SignIn{UserID: userID, Password: phrase}); code(err) != problem.Unauthenticated {
			t.Errorf("%v later: %v", later, err)
		}
	}
	fresh, err := embedded.Open(t.Context(), embedded.Options{Path: filepath.Join(t.TempDir(), "e.db"), Key: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fresh.Close() })
	w.Attempts = fresh.Attempts()
	if _, err := w.verify(userID, phrase); code(err) != problem.Unauthenticated {
		t.Errorf("after the counts were lost: %v", err)
	}

	// The browser that she always uses lets her in, to choose another one.
	v, err := w.Verify(w.ctx, credential.SignIn{UserID: userID, Password: phrase, Device: device, Remember: true})
	if err != nil || v.Must != credential.MustGuessed || v.Device != device {
		t.Fatalf("the known browser: %+v, %v", v, err)
	}
	if _, err := w.verify(userID, phrase); code(err) != problem.Unauthenticated {
		t.Errorf("elsewhere, before she chose: %v", err)
	}
	if err := w.takes(t, w.number(1)); err != nil {
		t.Fatal(err)
	}
	if v, err := w.verify(userID, w.number(1)); err != nil || v.Must != "" {
		t.Errorf("elsewhere, after: %+v, %v", v, err)
	}
}

// TestOnlyAProvenIdentityBindsAnew: sending another temporary password gives who
// guesses nothing.
func TestOnlyAProvenIdentityBindsAnew(t *testing.T) {
	w := newFastWorld(t, quarterly())
	failures := func() (g storage.Guess) {
		t.Helper()
		if err := w.Store.View(w.ctx, func(tx storage.Tx) (err error) {
			g, err = tx.Guesses().Get(w.ctx, "p")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return g
	}
	for round := range int64(5) {
		w.issueFor(t, credential.MaxLetterValidity)
		w.besiege(t, 10)
		if _, err := w.verify(userID, wrong); code(err) != problem.Unauthenticated { // not compared any more
			t.Fatal(err)
		}
		w.now = w.now.Add(15 * time.Minute)
		if g := failures(); g.Failures != 10*(round+1) || g.Against != 10 {
			t.Fatalf("round %d: %+v", round, g)
		}
	}
	temporary := w.issue(t)
	if _, err := w.verify(userID, temporary); code(err) != problem.Unauthenticated {
		t.Errorf("a sixth temporary password: %v", err)
	}
	temporary = w.reset(t)
	if _, err := w.verify(userID, temporary); err != nil {
		t.Errorf("after a reset: %v", err)
	}
}

func TestAResetNeedsAProofAndANote(t *testing.T) {
	w := newFastWorld(t, quarterly())
	w.choose(t)
	device := w.known(t)
	try := func(r credential.Reset) error {
		r.PersonID, r.ValidFor, r.By = "p", time.Hour, audit.Actor{Type: "operator", ID: "o"}
		return w.Store.Tx(w.ctx, func(tx storage.Tx) error {
			_, err := w.ResetByOperator(w.ctx, tx, r)
			return err
		})
	}
	for name, r := range map[string]credential.Reset{
		"nothing": {}, "no note": {Proof: "in_person"}, "a blank note": {Proof: "in_person", Note: " \n"},
		"no proof": {Note: "n"}, "knowledge": {Proof: "birth_date", Note: "n"}, "a novel": {Proof: "video", Note: string(make([]byte, 501))},
	} {
		if got := code(try(r)); got != problem.Invalid {
			t.Errorf("%s: %q", name, got)
		}
	}
	if _, err := w.verify(userID, phrase); err != nil {
		t.Fatalf("a reset that was refused did something: %v", err)
	}
	temporary := w.reset(t)
	if _, err := w.verify(userID, phrase); code(err) != problem.Unauthenticated {
		t.Errorf("the old password: %v", err)
	}
	v, err := w.Verify(w.ctx, credential.SignIn{UserID: userID, Password: temporary, Device: device})
	if err != nil || v.Must != credential.MustTemporary {
		t.Errorf("%+v, %v", v, err)
	}
	if err := w.Store.Tx(w.ctx, func(tx storage.Tx) error {
		known, err := tx.KnownDevices().Known(w.ctx, []byte(device))
		if known {
			t.Error("the browser is still known")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := w.Store.Tx(w.ctx, func(tx storage.Tx) error {
		_, err := w.IssueTemporary(w.ctx, tx, "p", time.Hour, audit.Actor{Type: "operator"})
		return err
	}); err != nil {
		t.Errorf("reissuing what a reset issued: %v", err)
	}
	w.choosePersonal(t)
	if err := w.Store.Tx(w.ctx, func(tx storage.Tx) error {
		_, err := w.IssueTemporary(w.ctx, tx, "p", time.Hour, audit.Actor{Type: "operator"})
		return err
	}); code(err) != problem.Conflict {
		t.Errorf("reissuing a personal password: %v", err)
	}
}

// choosePersonal replaces whatever there is.
func (w *world) choosePersonal(t *testing.T) {
	t.Helper()
	if err := w.takes(t, w.number(77)); err != nil {
		t.Fatal(err)
	}
}

// TestAKnownBrowserHasItsOwnBudget: strangers cannot use it up, and it is no way
// to guess for ever.
func TestAKnownBrowserHasItsOwnBudget(t *testing.T) {
	w := newFastWorld(t, quarterly())
	w.choose(t)
	device := w.known(t)
	w.besiege(t, 20)
	in := credential.SignIn{UserID: userID, Password: phrase, Device: device}
	if _, err := w.Verify(w.from(10, 19, 19, 1), in); err != nil {
		t.Errorf("during a siege, from an address that guesses: %v", err)
	}
	if _, err := w.verify(userID, phrase); err != nil { // the last wait of the siege is over
		t.Errorf("elsewhere: %v", err)
	}

	// Ten failures in that browser, and it is as any other: the eleventh counts
	// for the account.
	in.Password = wrong
	for i := range limit.DeviceFailures {
		if _, err := w.Verify(w.ctx, in); code(err) != problem.Unauthenticated {
			t.Fatalf("failure %d: %v", i+1, err)
		}
		w.now = w.now.Add(time.Minute)
	}
	count := func() (failures int64) {
		t.Helper()
		if err := w.Store.View(w.ctx, func(tx storage.Tx) error {
			g, err := tx.Guesses().Get(w.ctx, "p")
			failures = g.Failures
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return failures
	}
	if n := count(); n != 0 {
		t.Errorf("%d failures in a known browser count for the account", n)
	}
	if _, err := w.Verify(w.ctx, in); code(err) != problem.Unauthenticated || count() != 1 {
		t.Errorf("the eleventh: %v, %d", err, count())
	}

	// It is nobody else's: for another account it is a stranger.
	if _, err := w.Verify(w.ctx, credential.SignIn{UserID: "nobody", Password: wrong, Device: device}); code(err) != problem.Unauthenticated {
		t.Error(err)
	}
}

func TestABrowserIsForgotten(t *testing.T) {
	w := newFastWorld(t, quarterly())
	w.choose(t)
	device := w.known(t)
	known := func(device string) bool {
		t.Helper()
		v, err := w.Verify(w.ctx, credential.SignIn{UserID: userID, Password: wrong, Device: device})
		if code(err) != problem.Unauthenticated {
			t.Fatalf("%+v, %v", v, err)
		}
		g := storage.Guess{}
		if err := w.Store.Tx(w.ctx, func(tx storage.Tx) (err error) {
			if g, err = tx.Guesses().Get(w.ctx, "p"); err != nil {
				return err
			}
			return tx.Guesses().Clear(w.ctx, "p")
		}); err != nil {
			t.Fatal(err)
		}
		return g.Failures == 0
	}
	if !known(device) {
		t.Error("a browser is not known")
	}
	if known("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA") || known("short") {
		t.Error("a made-up browser is known")
	}
	w.now = w.now.Add(limit.DeviceMemory - time.Second)
	if !known(device) {
		t.Error("forgotten too early")
	}
	w.now = w.now.Add(time.Second)
	if known(device) {
		t.Error("never forgotten")
	}

	// Of many browsers the last five are known.
	w = newFastWorld(t, quarterly())
	w.choose(t)
	var all []string
	for range limit.Devices + 1 {
		w.now = w.now.Add(time.Minute)
		all = append(all, w.known(t))
	}
	for i, device := range all {
		if known(device) != (i > 0) {
			t.Errorf("browser %d of %d is known: %v", i+1, len(all), i == 0)
		}
		w.now = w.now.Add(time.Minute)
	}
}

// TestANeighbourhoodHasABudget: a few hundred addresses side by side are not a few
// hundred budgets.
func TestANeighbourhoodHasABudget(t *testing.T) {
	w := newFastWorld(t, quarterly())
	for i := range 200 {
		if _, err := w.Verify(w.from(10, 0, 0, byte(i)), credential.SignIn{UserID: "u" + string(rune('a'+i)), Password: wrong}); code(err) != problem.Unauthenticated {
			t.Fatalf("guess %d: %v", i+1, err)
		}
	}
	if _, err := w.Verify(w.from(10, 0, 0, 250), credential.SignIn{UserID: "fresh", Password: wrong}); code(err) != problem.Limited {
		t.Errorf("the 201st: %v", err)
	}
	if _, err := w.Verify(w.from(10, 0, 1, 1), credential.SignIn{UserID: "fresh", Password: wrong}); code(err) != problem.Unauthenticated {
		t.Errorf("next door: %v", err)
	}
}

// TestWhoDoesNotWaitDoesNotFillTheLog: of many attempts that come too soon the
// log has a hundred and one, and then one in ten seconds, from wherever around they come; those of others
// are told as ever.
func TestWhoDoesNotWaitDoesNotFillTheLog(t *testing.T) {
	w := newFastWorld(t, quarterly())
	w.choose(t)
	w.besiege(t, 10)
	limited := func(ctx context.Context, n int) int {
		before := len(w.reasons(t, audit.SigninLimited))
		for range n {
			if _, err := w.Verify(ctx, credential.SignIn{UserID: userID, Password: wrong}); code(err) != problem.Limited {
				t.Fatal(err)
			}
		}
		return len(w.reasons(t, audit.SigninLimited)) - before
	}
	if _, err := w.Verify(w.from(10, 9, 9, 9), credential.SignIn{UserID: userID, Password: wrong}); code(err) != problem.Unauthenticated {
		t.Fatal(err)
	}
	if n := limited(w.from(10, 1, 1, 1), 80) + limited(w.from(10, 1, 1, 2), 320); n != 101 {
		t.Errorf("of 400 attempts at one moment %d are told", n)
	}
	if n := limited(w.from(10, 2, 2, 2), 1); n != 1 {
		t.Errorf("one from elsewhere is told %d times", n)
	}
	w.now = w.now.Add(10 * time.Second)
	if n := limited(w.from(10, 1, 1, 1), 40); n != 1 {
		t.Errorf("ten seconds later %d are told", n)
	}
}
