package credential_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/teststores"
)

const (
	userID = "jsmith"
	phrase = "nineteen green camels"
)

type world struct {
	*credential.Service
	pool *password.Hasher
	now  time.Time
	ctx  context.Context
}

// newWorld has one person, jsmith, without a password.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{now: time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)}
	w.ctx = request.With(t.Context(), request.Info{ID: "r", Address: netip.MustParseAddr("192.0.2.1")})
	clock, log := func() time.Time { return w.now }, slog.New(slog.DiscardHandler)
	durable, ephemeral := teststores.Embedded(t, clock)
	ring, _, err := secret.NewRoot().NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	w.pool = w.hasher(t, password.Params{MemoryKiB: 19 << 10, Iterations: 2, Parallelism: 1})
	w.Service = &credential.Service{
		Store: durable, Attempts: ephemeral.Attempts(), Keys: ring, People: &person.Directory{Keys: ring}, Now: clock, Log: log,
		Hasher: w.pool,
		Policy: password.Policy{MinLength: 15, Words: []string{"Claviger"}},
	}
	record := storage.Person{ID: "p", Subject: "sub", State: storage.PersonApproved, CreatedAt: w.now, UpdatedAt: w.now}
	if err := w.People.Seal(&record, person.Profile{UserID: userID, GivenName: "Jane", FamilyName: "Smith"}); err != nil {
		t.Fatal(err)
	}
	if err := durable.Tx(w.ctx, func(tx storage.Tx) error { return tx.People().Insert(w.ctx, record) }); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) hasher(t *testing.T, p password.Params) *password.Hasher {
	t.Helper()
	h, err := password.NewHasher(p, 64, 2)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// verify is a sign-in in a browser that nobody knows.
func (w *world) verify(userID, pw string) (credential.Verified, error) {
	return w.Verify(w.ctx, credential.SignIn{UserID: userID, Password: pw})
}

func (w *world) issue(t *testing.T) string { t.Helper(); return w.issueFor(t, 72*time.Hour) }

func (w *world) issueFor(t *testing.T, validFor time.Duration) string {
	t.Helper()
	var temporary string
	if err := w.Store.Tx(w.ctx, func(tx storage.Tx) (err error) {
		temporary, err = w.IssueTemporary(w.ctx, tx, "p", validFor, audit.Actor{Type: "operator", ID: "o"})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return temporary
}

// reset puts a temporary password in the place of whatever jsmith had.
func (w *world) reset(t *testing.T) string {
	t.Helper()
	var temporary string
	if err := w.Store.Tx(w.ctx, func(tx storage.Tx) (err error) {
		temporary, err = w.ResetByOperator(w.ctx, tx, credential.Reset{
			PersonID: "p", Proof: "in_person", Note: "driver license", ValidFor: 72 * time.Hour, By: audit.Actor{Type: "operator", ID: "o"},
		})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := w.Rebound(w.ctx, "p"); err != nil {
		t.Fatal(err)
	}
	return temporary
}

// choose brings jsmith to a personal password.
func (w *world) choose(t *testing.T) {
	t.Helper()
	v, err := w.verify(userID, w.issue(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.ChoosePersonal(w.ctx, v.PersonID, v.Version, phrase); err != nil {
		t.Fatal(err)
	}
}

func (w *world) state(t *testing.T, to storage.PersonState) {
	t.Helper()
	if err := w.Store.Tx(w.ctx, func(tx storage.Tx) error {
		p, err := tx.People().Get(w.ctx, "p")
		if err != nil {
			return err
		}
		p.State = to
		return tx.People().Update(w.ctx, p)
	}); err != nil {
		t.Fatal(err)
	}
}

// reasons returns the reasons of all events of a kind, in order.
func (w *world) reasons(t *testing.T, kind audit.Kind) []string {
	t.Helper()
	var found []string
	if err := w.Store.View(w.ctx, func(tx storage.Tx) error {
		all, err := tx.Audit().Pending(w.ctx, 1000)
		for _, e := range all {
			if e.Kind == string(kind) {
				_, rest, _ := strings.Cut(string(e.Body), `"reason":"`)
				reason, _, _ := strings.Cut(rest, `"`)
				found = append(found, reason)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

func code(err error) problem.Code {
	if err == nil {
		return ""
	}
	return problem.From(err).Code
}

func TestFromTemporaryToPersonal(t *testing.T) {
	w := newWorld(t)
	temporary := w.issue(t)
	v, err := w.verify(" JSmith ", strings.ToLower(strings.ReplaceAll(temporary, "-", " ")))
	if err != nil || v.Kind != storage.PasswordTemporary || v.Subject != "sub" {
		t.Fatalf("temporary password: %+v, %v", v, err)
	}
	for chosen, want := range map[string]problem.Code{
		"too short": problem.Invalid, temporary: problem.Invalid, strings.ToLower(temporary): problem.Invalid, "jane smith jsmith": problem.Invalid,
	} {
		if got := code(w.ChoosePersonal(w.ctx, v.PersonID, v.Version, chosen)); got != want {
			t.Errorf("choosing %q: %q, want %q", chosen, got, want)
		}
	}
	if err := w.ChoosePersonal(w.ctx, v.PersonID, v.Version, phrase); err != nil {
		t.Fatal(err)
	}
	if got := code(w.ChoosePersonal(w.ctx, v.PersonID, v.Version, "another long enough phrase")); got != problem.Conflict {
		t.Errorf("choosing a second time: %q", got)
	}
	if got := code(func() error { _, err := w.verify(userID, temporary); return err }()); got != problem.Unauthenticated {
		t.Errorf("the temporary password after it was replaced: %q", got)
	}
	v, err = w.verify(userID, phrase)
	if err != nil || v.Kind != storage.PasswordPersonal || v.Version != 2 {
		t.Errorf("personal password: %+v, %v", v, err)
	}
	if got := code(w.ChoosePersonal(w.ctx, v.PersonID, v.Version, phrase)); got != problem.Invalid {
		t.Errorf("the same password again: %q", got)
	}
}

func TestOneOfTwoTabsChooses(t *testing.T) {
	w := newWorld(t)
	v, err := w.verify(userID, w.issue(t))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	results := make([]problem.Code, 6)
	for i := range results {
		wg.Go(func() { results[i] = code(w.ChoosePersonal(w.ctx, v.PersonID, v.Version, phrase)) })
	}
	wg.Wait()
	won := 0
	for _, c := range results {
		switch c {
		case "":
			won++
		case problem.Conflict:
		default:
			t.Errorf("a loser got %q", c)
		}
	}
	if won != 1 {
		t.Errorf("%d tabs chose", won)
	}
}

func TestEveryFailureLooksAndCostsTheSame(t *testing.T) {
	cases := map[string]struct {
		prepare func(*testing.T, *world)
		userID  string
		reason  string
	}{
		"unknown":           {func(*testing.T, *world) {}, "nobody", "unknown_user_id"},
		"no password":       {func(*testing.T, *world) {}, userID, "no_password"},
		"wrong temporary":   {func(t *testing.T, w *world) { w.issue(t) }, userID, "wrong_password"},
		"wrong personal":    {func(t *testing.T, w *world) { w.choose(t) }, userID, "wrong_password"},
		"suspended":         {func(t *testing.T, w *world) { w.choose(t); w.state(t, storage.PersonSuspended) }, userID, "suspended"},
		"closed":            {func(t *testing.T, w *world) { w.choose(t); w.state(t, storage.PersonClosed) }, userID, "closed"},
		"expired temporary": {func(t *testing.T, w *world) { w.issue(t); w.now = w.now.Add(72 * time.Hour) }, userID, "temporary_expired"},
	}
	for name, c := range cases {
		w := newWorld(t)
		c.prepare(t, w)
		before := w.pool.Stats().Computed
		_, err := w.verify(c.userID, "not the password at all")
		if p := problem.From(err); p.Code != problem.Unauthenticated || p.Message != "The User ID or the password is not right." {
			t.Errorf("%s: %v", name, err)
		}
		if n := w.pool.Stats().Computed - before; n != 1 {
			t.Errorf("%s: %d hashes were computed, want 1", name, n)
		}
		if got := w.reasons(t, audit.SigninFailed); len(got) != 1 || got[0] != c.reason {
			t.Errorf("%s: reasons %v, want %q", name, got, c.reason)
		}
	}
}

func TestTheRightPasswordOfASuspendedPersonFails(t *testing.T) {
	w := newWorld(t)
	w.choose(t)
	w.state(t, storage.PersonSuspended)
	if _, err := w.verify(userID, phrase); code(err) != problem.Unauthenticated {
		t.Errorf("error = %v", err)
	}
	err := w.Store.Tx(w.ctx, func(tx storage.Tx) error {
		_, err := w.IssueTemporary(w.ctx, tx, "p", time.Hour, audit.Actor{Type: "operator"})
		return err
	})
	if code(err) != problem.Conflict {
		t.Errorf("a temporary password for a suspended person: %v", err)
	}
}

// TestTemporaryPasswordDiesAtItsTime: by how it is delivered.
func TestTemporaryPasswordDiesAtItsTime(t *testing.T) {
	for _, validFor := range []time.Duration{24 * time.Hour, 72 * time.Hour, credential.MaxLetterValidity} {
		for after, want := range map[time.Duration]problem.Code{
			validFor - time.Second: "", validFor: problem.Unauthenticated, validFor + time.Second: problem.Unauthenticated,
		} {
			w := newFastWorld(t, quarterly())
			temporary := w.issueFor(t, validFor)
			w.now = w.now.Add(after)
			if _, err := w.verify(userID, temporary); code(err) != want {
				t.Errorf("valid for %v, after %v: %v", validFor, after, err)
			}
		}
	}
	w := newFastWorld(t, quarterly())
	for _, validFor := range []time.Duration{0, -time.Hour, credential.MaxLetterValidity + time.Second} {
		if err := w.Store.Tx(w.ctx, func(tx storage.Tx) error {
			_, err := w.IssueTemporary(w.ctx, tx, "p", validFor, audit.Actor{Type: "operator"})
			return err
		}); err == nil {
			t.Errorf("issued for %v", validFor)
		}
	}
}

func TestTemporaryPasswordBearsTenGuesses(t *testing.T) {
	w := newWorld(t)
	temporary := w.issue(t)
	for range 10 {
		w.now = w.now.Add(16 * time.Minute) // past every delay
		if _, err := w.verify(userID, "AAAAA-AAAAA-AAAAA-AAAAA"); code(err) != problem.Unauthenticated {
			t.Fatal(err)
		}
	}
	w.now = w.now.Add(16 * time.Minute)
	if _, err := w.verify(userID, temporary); code(err) != problem.Unauthenticated {
		t.Errorf("after ten wrong guesses the right one: %v", err)
	}
	again := w.issue(t)
	w.now = w.now.Add(16 * time.Minute)
	if _, err := w.verify(userID, temporary); code(err) != problem.Unauthenticated {
		t.Errorf("the former temporary password: %v", err)
	}
	w.now = w.now.Add(16 * time.Minute)
	if _, err := w.verify(userID, again); err != nil {
		t.Errorf("the new temporary password: %v", err)
	}
}

func TestGuessingIsSlowedDown(t *testing.T) {
	for _, account := range []string{userID, "nobody"} {
		w := newWorld(t)
		w.choose(t)
		for range 4 {
			if _, err := w.verify(account, "wrong wrong wrong"); code(err) != problem.Unauthenticated {
				t.Fatal(err)
			}
		}
		before := w.pool.Stats().Computed
		_, err := w.verify(account, phrase)
		if p := problem.From(err); p.Code != problem.Limited || p.RetryAfter != time.Second {
			t.Errorf("%s: after four failures: %v", account, err)
		}
		if w.pool.Stats().Computed != before {
			t.Errorf("%s: a limited attempt cost a hash", account)
		}
		if len(w.reasons(t, audit.SigninLimited)) != 1 {
			t.Errorf("%s: not recorded", account)
		}
		w.now = w.now.Add(time.Second)
		if _, err := w.verify(account, phrase); account == userID && err != nil {
			t.Errorf("after the wait: %v", err)
		}
	}
}

func TestSuccessForgetsFailures(t *testing.T) {
	w := newWorld(t)
	w.choose(t)
	for range 3 {
		for range 3 {
			_, _ = w.verify(userID, "wrong wrong wrong")
		}
		if _, err := w.verify(userID, phrase); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOneAddressCannotTryManyAccounts(t *testing.T) {
	w := newWorld(t)
	for i := range 50 {
		if _, err := w.verify("user"+strings.Repeat("x", i), "wrong"); code(err) != problem.Unauthenticated {
			t.Fatal(err)
		}
	}
	if _, err := w.verify("fresh", "wrong"); code(err) != problem.Limited {
		t.Errorf("the 51st account: %v", err)
	}
	elsewhere := request.With(w.ctx, request.Info{Address: netip.MustParseAddr("192.0.2.2")})
	if _, err := w.Verify(elsewhere, credential.SignIn{UserID: "fresh", Password: "wrong"}); code(err) != problem.Unauthenticated {
		t.Errorf("from another address: %v", err)
	}
}

func TestAFullPoolIsNoFailure(t *testing.T) {
	w := newWorld(t)
	h, err := password.NewHasher(password.Params{MemoryKiB: 19 << 10, Iterations: 2, Parallelism: 1}, 19, 1)
	if err != nil {
		t.Fatal(err)
	}
	w.Hasher = h
	var wg sync.WaitGroup
	var mu sync.Mutex
	counts := map[problem.Code]int64{}
	for i := range 30 {
		wg.Go(func() {
			_, err := w.verify("user"+strings.Repeat("x", i), phrase)
			mu.Lock()
			defer mu.Unlock()
			counts[code(err)]++
			if p := problem.From(err); p.Code == problem.Unavailable && p.RetryAfter == 0 {
				t.Error("busy without a time to wait")
			}
		})
	}
	wg.Wait()
	if counts[problem.Unavailable] == 0 || counts[problem.Unauthenticated]+counts[problem.Unavailable] != 30 {
		t.Errorf("outcomes %v", counts)
	}
	if n := int64(len(w.reasons(t, audit.SigninFailed))); n != counts[problem.Unauthenticated] {
		t.Errorf("%d failures were recorded of %v", n, counts)
	}
	// Nothing was counted but what was compared: in the budgets, and for good.
	all, err := w.Attempts.Get(w.ctx, w.now, "address:192.0.2.1/32", "around:192.0.2.0/24")
	if err != nil || all[0].Count != counts[problem.Unauthenticated] || all[1].Count != all[0].Count {
		t.Errorf("counted %+v, %v", all, err)
	}
}

func TestHashesAreRenewedAtSignIn(t *testing.T) {
	w := newWorld(t)
	w.choose(t)
	w.Hasher = w.hasher(t, password.Params{MemoryKiB: 20 << 10, Iterations: 2, Parallelism: 1})
	for range 2 {
		if _, err := w.verify(userID, phrase); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(w.reasons(t, audit.CredentialRehashed)); n != 1 {
		t.Errorf("renewed %d times, want once", n)
	}
}

func TestHostileInputIsBounded(t *testing.T) {
	w := newWorld(t)
	for name, in := range map[string][2]string{
		"nothing": {"", ""}, "no password": {userID, ""}, "huge User ID": {strings.Repeat("a", 1<<20), "x"}, "huge password": {userID, strings.Repeat("a", 1<<20)},
	} {
		if _, err := w.verify(in[0], in[1]); code(err) != problem.Unauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := w.pool.Stats().Computed; n != 0 {
		t.Errorf("%d hashes were computed", n)
	}
	for _, userID := range []string{"\x00", "' OR 1=1 --", "\xff\xfe", "jsmith\n"} {
		if _, err := w.verify(userID, "x"); code(err) != problem.Unauthenticated {
			t.Errorf("%q: %v", userID, err)
		}
	}
}

func TestWhatWasTypedIsNotInTheLog(t *testing.T) {
	w := newWorld(t)
	if _, err := w.verify("MyPasswordInTheWrongField", "and-the-right-one"); err == nil {
		t.Fatal("signed in")
	}
	if err := w.Store.View(w.ctx, func(tx storage.Tx) error {
		all, err := tx.Audit().Pending(w.ctx, 10)
		for _, e := range all {
			if bytes.Contains(bytes.ToLower(e.Body), []byte("mypassword")) || bytes.Contains(e.Body, []byte("right-one")) {
				t.Errorf("an event shows what was typed: %s", e.Body)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestAVerifierMovedToAnotherPersonDoesNotOpen(t *testing.T) {
	w := newWorld(t)
	w.choose(t)
	err := w.Store.Tx(w.ctx, func(tx storage.Tx) error {
		other := storage.Person{ID: "q", Subject: "sub2", State: storage.PersonActive}
		if err := w.People.Seal(&other, person.Profile{UserID: "other"}); err != nil {
			return err
		}
		mine, err := tx.Passwords().Get(w.ctx, "p")
		if err != nil {
			return err
		}
		mine.PersonID = "q"
		return errors.Join(tx.People().Insert(w.ctx, other), tx.Passwords().Insert(w.ctx, mine))
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.verify("other", phrase); !errors.Is(err, secret.ErrWrongKey) {
		t.Errorf("error = %v, want ErrWrongKey", err)
	}
}
