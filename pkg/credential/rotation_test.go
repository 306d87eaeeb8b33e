package credential_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/rotation"
	"github.com/claviger-id/claviger/storage"
)

const day = 24 * time.Hour

// quarterly is what holds where nothing else is configured, without the jitter.
func quarterly() rotation.Policy {
	return rotation.Policy{Mode: rotation.Enforced, MaxAge: 90 * day, Warning: 14 * day, MinAge: day, History: 10}
}

// newFastWorld is a world in which hashes cost nothing, under a policy.
func newFastWorld(t *testing.T, p rotation.Policy) *world {
	t.Helper()
	w := newWorld(t)
	w.Hasher, w.Rotation = fastHasher{}, rotation.Policies{Default: p}
	w.SessionLife = 12 * time.Hour
	return w
}

func (w *world) number(i int) string { return fmt.Sprint("number ", i, " of many passwords") }

// takes has jsmith choose a password, without a reason.
func (w *world) takes(t *testing.T, chosen string) error {
	t.Helper()
	return w.ChoosePersonal(w.ctx, "p", w.stored(t).Version, chosen)
}

func (w *world) stored(t *testing.T) (found storage.Password) {
	t.Helper()
	if err := w.Store.View(w.ctx, func(tx storage.Tx) (err error) {
		found, err = tx.Passwords().Get(w.ctx, "p")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

// TestAgeOfAPassword walks a password through its life.
func TestAgeOfAPassword(t *testing.T) {
	advisory, lax, exempt := quarterly(), quarterly(), quarterly()
	advisory.Mode, lax.Mode, exempt.ExemptPasskey = rotation.Advisory, rotation.OnCompromise, true
	for _, test := range []struct {
		name    string
		policy  rotation.Policy
		passkey bool
		age     time.Duration
		must    string
		may     bool
	}{
		{"new", quarterly(), false, 0, "", false},
		{"before the warning", quarterly(), false, 76*day - time.Second, "", false},
		{"the warning", quarterly(), false, 76 * day, "", true},
		{"after the warning began", quarterly(), false, 76*day + time.Second, "", true},
		{"before the expiry", quarterly(), false, 90*day - time.Second, "", true},
		{"the expiry", quarterly(), false, 90 * day, credential.MustExpired, false},
		{"after the expiry", quarterly(), false, 90*day + time.Second, credential.MustExpired, false},
		{"years later", quarterly(), false, 2000 * day, credential.MustExpired, false},
		{"with a passkey that does not count", quarterly(), true, 90 * day, credential.MustExpired, false},
		{"with a passkey", exempt, true, 2000 * day, "", false},
		{"without one", exempt, false, 90 * day, credential.MustExpired, false},
		{"advised, young", advisory, false, 90*day - time.Second, "", false},
		{"advised, old", advisory, false, 90 * day, "", true},
		{"of no age", lax, false, 2000 * day, "", false},
	} {
		w := newFastWorld(t, test.policy)
		if test.passkey {
			w.Passkeys = func(context.Context, storage.Tx, string) (bool, error) { return true, nil }
		}
		w.choose(t)
		w.now = w.now.Add(test.age)
		v, err := w.verify(userID, phrase)
		if err != nil || v.Must != test.must || v.May != test.may {
			t.Errorf("%s: must %q, may %v, %v; want %q, %v", test.name, v.Must, v.May, err, test.must, test.may)
		}
		if never := test.policy.Mode != rotation.Enforced || test.policy.ExemptPasskey && test.passkey; v.ExpiresAt.IsZero() != never {
			t.Errorf("%s: it expires at %v", test.name, v.ExpiresAt)
		}
	}
}

func TestLaterIsRememberedForADay(t *testing.T) {
	w := newFastWorld(t, quarterly())
	w.choose(t)
	w.now = w.now.Add(80 * day)
	v, err := w.verify(userID, phrase)
	if err != nil || !v.May {
		t.Fatalf("%+v, %v", v, err)
	}
	if err := w.Postpone(w.ctx, v.PersonID, v.Version); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after time.Duration
		may   bool
	}{{0, false}, {day - time.Second, false}, {time.Second, true}} {
		w.now = w.now.Add(step.after)
		if v, err = w.verify(userID, phrase); err != nil || v.May != step.may {
			t.Errorf("%v later: may %v, %v", step.after, v.May, err)
		}
	}
	if err := w.Postpone(w.ctx, v.PersonID, v.Version-1); !errors.Is(err, storage.ErrStale) {
		t.Errorf("putting off a change that was made: %v", err)
	}
}

// TestRoles: what holds for somebody is what holds for the strictest of the roles.
func TestRoles(t *testing.T) {
	w := newFastWorld(t, quarterly())
	monthly := quarterly()
	monthly.MaxAge = 30 * day
	w.Rotation.Roles = map[string]rotation.Policy{"admin": monthly}
	w.choose(t)
	w.now = w.now.Add(30 * day)
	if v, err := w.verify(userID, phrase); err != nil || v.Must != "" {
		t.Errorf("without the role: %+v, %v", v, err)
	}
	if err := w.Store.Tx(w.ctx, func(tx storage.Tx) error {
		p, err := tx.People().Get(w.ctx, "p")
		if err != nil {
			return err
		}
		profile, err := w.People.Open(p)
		if err != nil {
			return err
		}
		profile.Roles = []string{"nurse", "admin"}
		return errors.Join(w.People.Seal(&p, profile), tx.People().Update(w.ctx, p))
	}); err != nil {
		t.Fatal(err)
	}
	if v, err := w.verify(userID, phrase); err != nil || v.Must != credential.MustExpired {
		t.Errorf("with the role: %+v, %v", v, err)
	}
}

func TestTheLastTenAreRefused(t *testing.T) {
	w := newFastWorld(t, quarterly())
	w.choose(t)
	for i := range 12 {
		if err := w.takes(t, w.number(i)); err != nil {
			t.Fatalf("number %d: %v", i, err)
		}
	}
	// Now it is number 11; 2 to 11 are the last ten.
	for i := range 12 {
		want := problem.Invalid
		if i < 2 {
			want = ""
		}
		if got := code(w.takes(t, w.number(i))); got != want {
			t.Errorf("number %d: %q, want %q", i, got, want)
		}
		if want == "" { // it was taken: bring the history back
			w = newFastWorld(t, quarterly())
			w.choose(t)
			for i := range 12 {
				if err := w.takes(t, w.number(i)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}

	// A reset does not make a way around it.
	w.now = w.now.Add(time.Hour) // ten were refused
	w.reset(t)
	for _, i := range []int{2, 11} {
		if got := code(w.takes(t, w.number(i))); got != problem.Invalid {
			t.Errorf("number %d after a reset: %q", i, got)
		}
	}
	if err := w.takes(t, w.number(1)); err != nil {
		t.Errorf("number 1 after a reset: %v", err)
	}
}

// TestHistoryCostsTheSame: how many passwords somebody had, and which of them
// it is, cannot be told from the time.
func TestHistoryCostsTheSame(t *testing.T) {
	w := newWorld(t)
	policy := quarterly()
	policy.History = 3
	w.Rotation = rotation.Policies{Default: policy}
	w.choose(t)
	for i, chosen := range []string{phrase, w.number(1), w.number(1), phrase, w.number(2), w.number(3), w.number(4), w.number(2), w.number(4), w.number(1)} {
		before := w.pool.Stats().Computed
		err := w.takes(t, chosen)
		want := int64(3) // comparisons
		if err == nil {
			want++ // and the new hash
		}
		if got := w.pool.Stats().Computed - before; got != want {
			t.Errorf("%d: %d hashes, want %d (%v)", i, got, want, err)
		}
	}
}

// onceFor is a hasher that has a place for one hash and for one turn, and none after that.
type onceFor struct {
	*password.Hasher
	hashes, turns int
}

func (h *onceFor) Verify(ctx context.Context, stored, pw string) (match, rehash bool, err error) {
	if h.hashes++; h.hashes > 1 {
		return false, false, password.ErrBusy
	}
	return h.Hasher.Verify(ctx, stored, pw)
}

func (h *onceFor) Turn(ctx context.Context, do func(context.Context, password.Computing) error) error {
	if h.turns++; h.turns > 1 {
		return password.ErrBusy
	}
	return h.Hasher.Turn(ctx, do)
}

func (*onceFor) Hash(context.Context, string) (string, error) { return "", password.ErrBusy }

func (*onceFor) VerifyNothing(context.Context, string) error { return password.ErrBusy }

// noTurns is a hasher that has places for hashes, and no turn.
type noTurns struct{ *password.Hasher }

func (noTurns) Turn(context.Context, func(context.Context, password.Computing) error) error {
	return password.ErrBusy
}

// TestWhereNothingIsRememberedNobodyTakesATurn: not with a first password, and not with the
// next one.
func TestWhereNothingIsRememberedNobodyTakesATurn(t *testing.T) {
	w := newWorld(t)
	w.Hasher = noTurns{w.pool}
	w.choose(t)
	if err := w.Change(w.ctx, credential.OwnChange{PersonID: "p", Current: phrase, Chosen: w.number(1)}); err != nil {
		t.Error(err)
	}
	if err := w.Change(w.ctx, credential.OwnChange{PersonID: "p", Current: w.number(1), Chosen: w.number(1)}); code(err) != problem.Invalid {
		t.Errorf("the same again: %v", err)
	}
}

// TestAChangeWaitsTwice: once for the comparison with the current password, and once for
// all the others and the new hash; not for each of them.
func TestAChangeWaitsTwice(t *testing.T) {
	w := newWorld(t)
	policy := quarterly()
	policy.History = 3
	w.Rotation = rotation.Policies{Default: policy}
	w.choose(t)
	w.Hasher = &onceFor{Hasher: w.pool}
	change := func(current, chosen string) error {
		return w.Change(w.ctx, credential.OwnChange{PersonID: "p", Current: current, Chosen: chosen})
	}
	if err := change(phrase, w.number(1)); err != nil {
		t.Error(err)
	}
	w.Hasher = &onceFor{Hasher: w.pool, turns: 1}
	w.now = w.now.Add(day)
	if err := change(w.number(1), w.number(2)); code(err) != problem.Unavailable || problem.From(err).RetryAfter == 0 {
		t.Errorf("where there is no place: %v", err)
	}
}

// TestRefusedChoicesAreCounted: nobody has a whole history of hashes computed over and
// over, neither signed in nor on the way to an application. Who tries a few passwords that
// they had does not wait.
func TestRefusedChoicesAreCounted(t *testing.T) {
	w := newFastWorld(t, quarterly())
	w.choose(t)
	w.now = w.now.Add(30 * day)
	own := func(chosen string) error {
		return w.Change(w.ctx, credential.OwnChange{PersonID: "p", Current: phrase, Chosen: chosen})
	}
	for i := range 10 {
		choose := own
		if i%2 == 1 {
			choose = func(chosen string) error { return w.takes(t, chosen) }
		}
		if got := code(choose(phrase)); got != problem.Invalid {
			t.Fatalf("refusal %d: %q", i, got)
		}
		if got := code(w.takes(t, "short")); got != problem.Invalid { // compared with nothing
			t.Fatalf("refusal %d by the policy: %q", i, got)
		}
	}
	before := len(w.reasons(t, audit.CredentialCheckFailed))
	for name, err := range map[string]error{"own": own(phrase), "sign-in": w.takes(t, phrase), "another one": own(w.number(1))} {
		if found := problem.From(err); found.Code != problem.Limited || found.RetryAfter != 30*time.Second {
			t.Errorf("%s after ten: %v", name, err)
		}
	}
	if got := w.reasons(t, audit.CredentialCheckFailed)[before:]; len(got) != 3 || got[0] != "too_many_refused" {
		t.Errorf("the log says %q", got)
	}
	w.now = w.now.Add(30 * time.Second)
	if err := own(w.number(1)); err != nil {
		t.Errorf("after the wait: %v", err)
	}

	w = newFastWorld(t, quarterly())
	w.choose(t)
	for range 3 {
		if got := code(w.takes(t, phrase)); got != problem.Invalid {
			t.Errorf("%q", got)
		}
	}
	if err := w.takes(t, w.number(1)); err != nil {
		t.Errorf("after three: %v", err)
	}
}

func TestNothingIsKeptWhereNothingIsEnforced(t *testing.T) {
	former := func(w *world) (n int) {
		t.Helper()
		if err := w.Store.View(w.ctx, func(tx storage.Tx) error {
			all, err := tx.FormerPasswords().List(w.ctx, "p")
			n = len(all)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	w := newFastWorld(t, quarterly())
	w.choose(t)
	if err := errors.Join(w.takes(t, w.number(1)), w.takes(t, w.number(2))); err != nil || former(w) != 2 {
		t.Fatalf("%d are kept, %v", former(w), err)
	}
	lax := quarterly()
	lax.Mode = rotation.OnCompromise
	w.Rotation.Default = lax
	if err := w.takes(t, phrase); err != nil || former(w) != 0 {
		t.Errorf("%d are kept, %v", former(w), err)
	}
	if got := code(w.takes(t, phrase)); got != problem.Invalid {
		t.Errorf("the same again: %q", got)
	}
}

func TestMinimumAge(t *testing.T) {
	change := func(w *world, current, chosen string) problem.Code {
		return code(w.Change(w.ctx, credential.OwnChange{PersonID: "p", Current: current, Chosen: chosen}))
	}
	// Whoever is told that somebody else got in can change it at once, on the first day too.
	// Who wants to be through with the history has to wait after that.
	for after, want := range map[time.Duration]problem.Code{0: problem.Invalid, day - time.Second: problem.Invalid, day: "", day + time.Second: ""} {
		w := newFastWorld(t, quarterly())
		w.choose(t)
		if wait, err := w.NextChange(w.ctx, "p"); wait != 0 || err != nil {
			t.Errorf("on the first day: wait %v, %v", wait, err)
		}
		if got := change(w, phrase, w.number(1)); got != "" {
			t.Errorf("on the first day: %q", got)
		}
		w.now = w.now.Add(after)
		if wait, err := w.NextChange(w.ctx, "p"); wait != max(0, day-after) || err != nil {
			t.Errorf("after %v: wait %v, %v", after, wait, err)
		}
		if got := change(w, w.number(1), w.number(2)); got != want {
			t.Errorf("after %v: %q, want %q", after, got, want)
		}
	}
	// Once a day there is one more, and never ten.
	w := newFastWorld(t, quarterly())
	w.choose(t)
	w.now = w.now.Add(30 * day)
	current, done := phrase, 0
	for i := range 48 {
		if got := change(w, current, w.number(i)); got == "" {
			current, done = w.number(i), done+1
		}
		w.now = w.now.Add(time.Hour)
	}
	if done != 4 {
		t.Errorf("%d changes in two days", done)
	}
	// It is there for periodic change, and gives way to a reason.
	lax := quarterly()
	lax.Mode = rotation.Advisory
	w = newFastWorld(t, lax)
	w.choose(t)
	if got := change(w, phrase, w.number(1)); got != "" || change(w, w.number(1), w.number(2)) != "" {
		t.Errorf("where nothing is enforced: %q", got)
	}
	w = newFastWorld(t, quarterly())
	w.choose(t)
	if got := change(w, phrase, w.number(0)); got != "" {
		t.Fatal(got)
	}
	if did, err := w.ExpireOne(w.ctx, "p", credential.Expiry{Note: "lost a notebook", By: audit.Actor{Type: "operator"}}); err != nil || did != (credential.Expired{Newly: 1}) {
		t.Fatal(did, err)
	}
	if got := change(w, w.number(0), w.number(1)); got != "" {
		t.Errorf("with a reason: %q", got)
	}
	if v, err := w.verify(userID, w.number(1)); err != nil || v.Must != "" {
		t.Errorf("after the change: %+v, %v", v, err)
	}
}

// TestOwnChangeIsGuardedAsASignIn: who finds an open session cannot find out the
// password there.
func TestOwnChangeIsGuardedAsASignIn(t *testing.T) {
	w := newFastWorld(t, quarterly())
	w.choose(t)
	w.now = w.now.Add(2 * day)
	for range 4 {
		if got := code(w.Change(w.ctx, credential.OwnChange{PersonID: "p", Current: "wrong wrong wrong", Chosen: w.number(1)})); got != problem.Unauthenticated {
			t.Fatal(got)
		}
	}
	if got := code(w.Change(w.ctx, credential.OwnChange{PersonID: "p", Current: phrase, Chosen: w.number(1)})); got != problem.Limited {
		t.Errorf("after four failures: %q", got)
	}
	if _, err := w.verify(userID, phrase); code(err) != problem.Limited {
		t.Errorf("and at the sign-in: %v", err)
	}
	if n := len(w.reasons(t, audit.CredentialCheckFailed)); n != 4 {
		t.Errorf("%d events", n)
	}
	w.now = w.now.Add(time.Second)
	if err := w.Change(w.ctx, credential.OwnChange{PersonID: "p", Current: phrase, Chosen: w.number(1)}); err != nil {
		t.Error(err)
	}
	if _, err := w.verify(userID, w.number(1)); err != nil {
		t.Error(err)
	}
}

func TestCompromised(t *testing.T) {
	for _, mode := range []rotation.Mode{rotation.Enforced, rotation.Advisory, rotation.OnCompromise} {
		policy := quarterly()
		policy.Mode = mode
		w := newFastWorld(t, policy)
		w.choose(t)
		if v, err := w.verify(userID, phrase); err != nil || v.Must != "" {
			t.Fatalf("%s: %+v, %v", mode, v, err)
		}
		grant := storage.Grant{ID: "g", ClientID: "c", PersonID: "p", Offline: true, Generation: 1, ExpiresAt: w.now.Add(day)}
		if err := w.Store.Tx(w.ctx, func(tx storage.Tx) error { return tx.Grants().Insert(w.ctx, grant) }); err != nil {
			t.Fatal(err)
		}
		w.Screen = leaks{phrase: true}
		for range 2 {
			if v, err := w.verify(userID, phrase); err != nil || v.Must != credential.MustCompromised {
				t.Errorf("%s: %+v, %v", mode, v, err)
			}
		}
		// It stays so, whatever the list says later, and what renews tokens is over.
		w.Screen = failing{}
		if v, err := w.verify(userID, phrase); err != nil || v.Must != credential.MustCompromised {
			t.Errorf("%s, once the list is gone: %+v, %v", mode, v, err)
		}
		if err := w.Store.View(w.ctx, func(tx storage.Tx) error {
			g, err := tx.Grants().Get(w.ctx, "g")
			if g.EndReason != credential.RefusedCompromised {
				t.Errorf("%s: the grant ended for %q", mode, g.EndReason)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if got := w.reasons(t, audit.CredentialForced); len(got) != 1 || got[0] != credential.MustCompromised {
			t.Errorf("%s: events %v", mode, got)
		}
		w.Screen = leaks{phrase: true}
		if err := w.takes(t, w.number(1)); err != nil {
			t.Fatal(err)
		}
		if v, err := w.verify(userID, w.number(1)); err != nil || v.Must != "" {
			t.Errorf("%s, changed: %+v, %v", mode, v, err)
		}
	}
}

// failing is a screen that does not answer.
type failing struct{}

func (failing) Compromised(context.Context, string) (bool, error) {
	return false, errors.New("does not answer")
}

func TestRecoveryStandsOrFallsWithItsProof(t *testing.T) {
	w := newFastWorld(t, quarterly())
	never := func(context.Context, storage.Tx) error { t.Error("asked for the proof"); return nil }
	if got := code(w.Recover(w.ctx, "p", phrase, never)); got != problem.Conflict {
		t.Errorf("without a password: %q", got)
	}
	w.issue(t)
	if got := code(w.Recover(w.ctx, "p", phrase, never)); got != problem.Conflict {
		t.Errorf("a temporary one: %q", got)
	}
	w.choose(t)
	if got := code(w.Recover(w.ctx, "p", "too short", never)); got != problem.Invalid {
		t.Errorf("too short: %q", got)
	}
	spent := problem.New(problem.NotFound, "The link is over.")
	if got := code(w.Recover(w.ctx, "p", w.number(1), func(context.Context, storage.Tx) error { return spent })); got != problem.NotFound {
		t.Errorf("a link that is over: %q", got)
	}
	if _, err := w.verify(userID, phrase); err != nil {
		t.Errorf("the password is gone: %v", err)
	}
	if err := w.Recover(w.ctx, "p", w.number(1), func(context.Context, storage.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := w.verify(userID, w.number(1)); err != nil {
		t.Error(err)
	}
}

// TestEveryChangeIsTold: whoever tells people of changes hears of each, in its
// transaction.
func TestEveryChangeIsTold(t *testing.T) {
	w := newFastWorld(t, quarterly())
	var heard []credential.Change
	fail := false
	w.Changed = func(_ context.Context, _ storage.Tx, personID string, how credential.Change) error {
		heard = append(heard, how)
		if fail {
			return errors.New("cannot be told")
		}
		return nil
	}
	w.choose(t)
	w.now = w.now.Add(2 * day)
	err := errors.Join(
		w.Change(w.ctx, credential.OwnChange{PersonID: "p", Current: phrase, Chosen: w.number(1)}),
		w.Recover(w.ctx, "p", w.number(2), func(context.Context, storage.Tx) error { return nil }))
	if _, e := w.ExpireOne(w.ctx, "p", credential.Expiry{Note: "a drill", By: audit.Actor{Type: "operator"}}); e != nil {
		err = errors.Join(err, e)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.reset(t)
	want := []credential.Change{credential.ChangeChosen, credential.ChangeOwn, credential.ChangeRecovered, credential.ChangeForced, credential.ChangeReset}
	if fmt.Sprint(heard) != fmt.Sprint(want) {
		t.Errorf("heard %v, want %v", heard, want)
	}
	fail = true
	if err := w.takes(t, w.number(3)); err == nil {
		t.Error("a change stands that could not be told")
	}
}

func TestForecastAndExpiry(t *testing.T) {
	policy := quarterly()
	policy.Jitter = 7 * day
	w := newFastWorld(t, policy)
	w.choose(t)
	w.now = w.now.Add(20 * day)
	f, err := w.Forecast(w.ctx, 80)
	if err != nil {
		t.Fatal(err)
	}
	total, first := int64(0), 0
	for i, d := range f.Days {
		if total += d.Count; d.Count > 0 {
			first = i
		}
	}
	if total != 1 || first < 63 || first > 70 || f.Overdue+f.Beyond+f.Never != 0 {
		t.Errorf("forecast: %d on day %d of %+v", total, first, f)
	}
	var concerned []string
	expire := func(rehearsed bool) (credential.Expired, error) {
		concerned = nil
		return w.Expire(w.ctx, credential.Expiry{Note: "a notebook was lost", By: audit.Actor{Type: "operator", ID: "o"}, Rehearsed: rehearsed}, func(id string) error {
			concerned = append(concerned, id)
			return nil
		})
	}
	// The second time, there is nothing left to note; a rehearsal notes nothing at all.
	for i, want := range []credential.Expired{{Newly: 1}, {Before: 1}} {
		if would, err := expire(true); err != nil || len(concerned) != 0 || would != want {
			t.Fatalf("%d, rehearsed: %v, %+v, %v", i, concerned, would, err)
		}
		if got := w.reasons(t, audit.CredentialForced); len(got) != i {
			t.Errorf("%d, rehearsed: events %v", i, got)
		}
		if did, err := expire(false); err != nil || len(concerned) != 1 || did != want {
			t.Fatalf("%d: %v, %+v, %v", i, concerned, did, err)
		}
	}
	if got := w.reasons(t, audit.CredentialForced); len(got) != 1 || got[0] != credential.MustOperator {
		t.Errorf("events %v", got)
	}
	if v, err := w.verify(userID, phrase); err != nil || v.Must != credential.MustOperator {
		t.Errorf("%+v, %v", v, err)
	}
	if f, err = w.Forecast(w.ctx, 80); err != nil || f.Overdue != 1 {
		t.Errorf("%+v, %v", f, err)
	}
}

// TestAnUnknownBrowserIsTold: the person hears of a sign-in where they were not known,
// and in which browser; not of one with a temporary password, nor where they are known.
func TestAnUnknownBrowserIsTold(t *testing.T) {
	w := newFastWorld(t, quarterly())
	var heard []string
	fail := false
	w.Unknown = func(_ context.Context, _ storage.Tx, personID, browser string) error {
		heard = append(heard, personID+" "+browser)
		if fail {
			return errors.New("cannot be told")
		}
		return nil
	}
	w.choose(t) // with a temporary one before
	in := credential.SignIn{UserID: userID, Password: phrase, Remember: true, Browser: "Firefox, Windows"}
	v, err := w.Verify(w.ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	in.Device = v.Device
	if _, err := w.Verify(w.ctx, in); err != nil {
		t.Fatal(err)
	}
	if want := []string{"p Firefox, Windows"}; fmt.Sprint(heard) != fmt.Sprint(want) {
		t.Errorf("heard %q, want %q", heard, want)
	}
	fail = true
	if _, err := w.Verify(w.ctx, credential.SignIn{UserID: userID, Password: phrase}); err == nil {
		t.Error("a sign-in stands that could not be told")
	}
}
