package factor_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/factor"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/teststores"
)

// begun is the beginning of a time step.
var begun = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)

// world is the service, and another replica of it, on the same stores.
type world struct {
	*factor.Service
	other *factor.Service
	t     *testing.T
	ctx   context.Context
	now   time.Time
	told  []factor.Change
	// registered is what came of registering a passkey.
	registered struct {
		token string
		codes []string
	}
}

func newWorld(t *testing.T, stores func(testing.TB, func() time.Time) (storage.Store, storage.Ephemeral)) *world {
	t.Helper()
	w := &world{t: t, now: begun}
	w.ctx = request.With(t.Context(), request.Info{ID: "r", Address: netip.MustParseAddr("192.0.2.1")})
	clock := func() time.Time { return w.now }
	durable, ephemeral := stores(t, clock)
	ring, _, err := secret.NewRoot().NewKeyring()
	must(t, err)
	replica := func() *factor.Service {
		return &factor.Service{
			Store: durable, Attempts: ephemeral.Attempts(), Marks: ephemeral.Marks(), Keys: ring, Name: "Harbor Health Plan", Now: clock,
		}
	}
	w.Service, w.other = replica(), replica()
	w.Changed = func(_ context.Context, _ storage.Tx, _ string, how factor.Change) error {
		w.told = append(w.told, how)
		return nil
	}
	who := storage.Person{ID: "p", Subject: "s", State: storage.PersonActive, CreatedAt: begun, UpdatedAt: begun, Version: 1}
	must(t, (&person.Directory{Keys: ring}).Seal(&who, person.Profile{UserID: "jsmith", GivenName: "Jane", FamilyName: "Smith"}))
	must(t, durable.Tx(w.ctx, func(tx storage.Tx) error { return tx.People().Insert(w.ctx, who) }))
	return w
}

// onBoth runs a test on both pairs of stores.
func onBoth(t *testing.T, test func(*testing.T, *world)) {
	t.Run("embedded", func(t *testing.T) { test(t, newWorld(t, teststores.Embedded)) })
	t.Run("servers", func(t *testing.T) { test(t, newWorld(t, teststores.Servers)) })
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// telephone has an application with a secret.
type telephone []byte

// code is what it shows: RFC 6238 with the parameters that all applications have.
func (p telephone) code(at time.Time) string {
	mac := hmac.New(sha1.New, p)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(at.Unix()/30)))
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1000000)
}

// bind binds an application with a code of some moment before now.
func (w *world) bind(before time.Duration) (telephone, []string) {
	w.t.Helper()
	offer, err := w.OfferTOTP("p", "here", "jsmith")
	must(w.t, err)
	key, err := base32.StdEncoding.DecodeString(strings.ReplaceAll(offer.Text, " ", ""))
	must(w.t, err)
	codes, err := w.BindTOTP(w.ctx, "p", "here", offer.Token, telephone(key).code(w.now.Add(-before)), "")
	must(w.t, err)
	return key, codes
}

func code(err error) problem.Code {
	if err == nil {
		return ""
	}
	return problem.From(err).Code
}

// TestTOTPWindow is RFC 6238 section 5.2, to the second: a code is accepted in its own
// step, the one before and the one after.
func TestTOTPWindow(t *testing.T) {
	for _, tc := range []struct {
		after time.Duration // from the beginning of the step of the code
		want  problem.Code
	}{
		{-31 * time.Second, problem.Unauthenticated}, {-30 * time.Second, ""}, {-time.Second, ""}, {0, ""}, {29 * time.Second, ""},
		{30 * time.Second, ""}, {59 * time.Second, ""}, {60 * time.Second, problem.Unauthenticated},
	} {
		w := newWorld(t, teststores.Embedded)
		phone, _ := w.bind(0)
		of := begun.Add(10 * time.Minute)
		w.now = of.Add(tc.after)
		if got := code(w.VerifyTOTP(w.ctx, "p", phone.code(of))); got != tc.want {
			t.Errorf("%s after its step began: %q, want %q", tc.after, got, tc.want)
		}
	}
}

// TestTOTPOnce: no code is accepted twice, nor an older one after it, wherever it comes
// in; the one that bound the application is used up, too.
func TestTOTPOnce(t *testing.T) { onBoth(t, testTOTPOnce) }

func testTOTPOnce(t *testing.T, w *world) {
	phone, _ := w.bind(0)
	if got := code(w.other.VerifyTOTP(w.ctx, "p", phone.code(begun))); got != problem.Unauthenticated {
		t.Errorf("the code that bound it: %q", got)
	}
	w.now = begun.Add(time.Minute)
	must(t, w.VerifyTOTP(w.ctx, "p", phone.code(w.now)))
	for name, at := range map[string]time.Time{"the same": w.now, "an older one": w.now.Add(-30 * time.Second)} {
		if got := code(w.other.VerifyTOTP(w.ctx, "p", phone.code(at))); got != problem.Unauthenticated {
			t.Errorf("%s, on another replica: %q", name, got)
		}
	}
	w.now = begun.Add(10 * time.Minute)
	wins, others := w.atOnce(8, func(s *factor.Service) error { return s.VerifyTOTP(w.ctx, "p", phone.code(w.now)) })
	if wins != 1 {
		t.Errorf("one code at once on two replicas was accepted %d times: %v", wins, others)
	}
}

// atOnce does something many times at once on two replicas, and returns how often it
// worked and why it did not.
func (w *world) atOnce(times int, do func(*factor.Service) error) (wins int, others []problem.Code) {
	w.t.Helper()
	var (
		mu   sync.Mutex // guards wins and others
		wait sync.WaitGroup
	)
	for i := range times {
		s := []*factor.Service{w.Service, w.other}[i%2]
		wait.Go(func() {
			err := do(s)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				wins++
				return
			}
			others = append(others, problem.From(err).Code)
		})
	}
	wait.Wait()
	if slices.ContainsFunc(others, func(c problem.Code) bool {
		return c != problem.Unauthenticated && c != problem.Limited && c != problem.Conflict
	}) {
		w.t.Errorf("it failed in another way: %v", others)
	}
	return wins, others
}

// TestRecoveryCodeOnce: of many who have one code, one gets in.
func TestRecoveryCodeOnce(t *testing.T) { onBoth(t, testRecoveryCodeOnce) }

func testRecoveryCodeOnce(t *testing.T, w *world) {
	_, codes := w.bind(0)
	if len(codes) != 10 {
		t.Fatalf("%d codes", len(codes))
	}
	if wins, others := w.atOnce(8, func(s *factor.Service) error { return s.VerifyRecovery(w.ctx, "p", codes[0]) }); wins != 1 {
		t.Errorf("one code at once was accepted %d times: %v", wins, others)
	}
	w.now = begun.Add(time.Hour)
	fresh := w.replaceCodes()
	if got := code(w.VerifyRecovery(w.ctx, "p", codes[1])); got != problem.Unauthenticated {
		t.Errorf("one of the old set: %q", got)
	}
	w.now = w.now.Add(time.Hour) // past the waits, of which there are as many as counted at once
	must(t, w.other.VerifyRecovery(w.ctx, "p", strings.ToLower(fresh[3])))
	if bound, err := w.Bound(w.ctx, "p"); err != nil || bound != (factor.Bound{TOTP: 1, Codes: 9}) {
		t.Errorf("%+v, %v", bound, err)
	}
	if !slices.Contains(w.told, factor.CodesReplaced) {
		t.Errorf("the person was told of %v", w.told)
	}
}

// TestSetsAtOnce: two windows that draw new codes leave one whole set, and it works.
func TestSetsAtOnce(t *testing.T) { onBoth(t, testSetsAtOnce) }

func testSetsAtOnce(t *testing.T, w *world) {
	w.bind(0)
	w.Changed = nil
	var (
		mu   sync.Mutex // guards sets
		sets [][]string
	)
	w.atOnce(6, func(s *factor.Service) error {
		token, err := s.OfferCodes("p", "here")
		if err != nil {
			return err
		}
		codes, err := s.TakeCodes(w.ctx, "p", "here", token, nil)
		mu.Lock()
		defer mu.Unlock()
		sets = append(sets, codes)
		return err
	})
	if bound, err := w.Bound(w.ctx, "p"); err != nil || bound.Codes != 10 {
		t.Errorf("%+v, %v", bound, err)
	}
	live := 0
	for _, set := range sets {
		if len(set) > 0 && w.VerifyRecovery(w.ctx, "p", set[0]) == nil {
			live++
		}
		w.now = w.now.Add(time.Hour) // past every wait
	}
	if live != 1 {
		t.Errorf("of %d sets %d work", len(sets), live)
	}
}

// TestResetWhileOneIsBound: whoever sits at the account and binds something while the
// help desk removes everything is left with nothing, or comes too late.
func TestResetWhileOneIsBound(t *testing.T) { onBoth(t, testResetWhileOneIsBound) }

func testResetWhileOneIsBound(t *testing.T, w *world) {
	w.Changed = nil
	w.bind(0)
	offer, err := w.OfferTOTP("p", "here", "jsmith")
	must(t, err)
	key, err := base32.StdEncoding.DecodeString(strings.ReplaceAll(offer.Text, " ", ""))
	must(t, err)
	var (
		wait        sync.WaitGroup
		bound, lost error
		removed     int
	)
	wait.Go(func() {
		_, bound = w.BindTOTP(w.ctx, "p", "here", offer.Token, telephone(key).code(w.now), "")
	})
	wait.Go(func() {
		removed, lost = w.other.ResetByOperator(w.ctx, factor.LostFactor{PersonID: "p", Proof: "in_person", Note: "license", By: audit.Actor{Type: "operator"}})
	})
	wait.Wait()
	must(t, lost)
	has, err := w.Bound(w.ctx, "p")
	must(t, err)
	// What was bound before is among what was removed; what comes after is a change
	// of its own, that is told and logged, or is refused.
	if bound != nil && (code(bound) != problem.Conflict || has.Any()) || bound == nil && has.TOTP+removed != 2 {
		t.Errorf("bound: %v; %d removed, and %+v is left", bound, removed, has)
	}
}

// TestRemovingAtOnce: policy asks for one, there are two, and each of two windows
// removes another one: one stays.
func TestRemovingAtOnce(t *testing.T) { onBoth(t, testRemovingAtOnce) }

func testRemovingAtOnce(t *testing.T, w *world) {
	for _, s := range []*factor.Service{w.Service, w.other} {
		s.Changed = nil
		s.Demand = func(context.Context, storage.Tx, string) (factor.Demand, error) { return factor.DemandAny, nil }
	}
	w.bind(0)
	w.bind(0)
	all, err := w.Own(w.ctx, "p")
	must(t, err)
	if len(all.Held) != 2 || all.Held[0].Kept || all.Held[1].Kept {
		t.Fatalf("%+v", all.Held)
	}
	var wait sync.WaitGroup
	for i, s := range []*factor.Service{w.Service, w.other} {
		wait.Go(func() {
			if err := s.Remove(w.ctx, "p", all.Held[i].ID, nil); err != nil && code(err) != problem.Conflict {
				t.Errorf("removing: %v", err)
			}
		})
	}
	wait.Wait()
	if left, err := w.Own(w.ctx, "p"); err != nil || len(left.Held) != 1 || !left.Held[0].Kept || left.Codes == 0 {
		t.Errorf("left: %+v, %v", left, err)
	}
}

// TestOfferIsForOneOccasion: it is bound once, by whom it was shown to, where it was
// shown, while it lasts.
func TestOfferIsForOneOccasion(t *testing.T) {
	w := newWorld(t, teststores.Embedded)
	offer, err := w.OfferTOTP("p", "here", "jsmith")
	must(t, err)
	key, err := base32.StdEncoding.DecodeString(strings.ReplaceAll(offer.Text, " ", ""))
	must(t, err)
	bind := func(personID, occasion, token string) problem.Code {
		_, err := w.BindTOTP(w.ctx, personID, occasion, token, telephone(key).code(w.now), "")
		return code(err)
	}
	for name, got := range map[string]problem.Code{
		"somebody else": bind("q", "here", offer.Token), "somewhere else": bind("p", "there", offer.Token),
		"altered": bind("p", "here", offer.Token[:len(offer.Token)-2]+"AA"), "nothing": bind("p", "here", ""), "too much": bind("p", "here", strings.Repeat("A", 201)),
	} {
		if got != problem.Conflict {
			t.Errorf("%s: %q", name, got)
		}
	}
	w.now = begun.Add(30 * time.Minute)
	if got := bind("p", "here", offer.Token); got != problem.Conflict {
		t.Errorf("when its time is over: %q", got)
	}
	w.now = begun.Add(30*time.Minute - time.Second)
	if got := bind("p", "here", offer.Token); got != "" {
		t.Errorf("a second before: %q", got)
	}
	if got := bind("p", "here", offer.Token); got != problem.Conflict {
		t.Errorf("twice: %q", got)
	}
	if bound, err := w.Bound(w.ctx, "p"); err != nil || bound.TOTP != 1 {
		t.Errorf("%+v, %v", bound, err)
	}
}

// TestGuessesEnd: after fifty wrong codes in a row no code works any more, also the
// right one, until the help desk has proven who it is (NIST SP 800-63B-4 section
// 3.2.2).
func TestGuessesEnd(t *testing.T) {
	w := newWorld(t, teststores.Embedded)
	phone, codes := w.bind(0)
	for n := range 50 {
		w.now = w.now.Add(time.Hour) // past every wait
		wrong := w.VerifyTOTP
		if n%2 == 1 {
			wrong = w.VerifyRecovery // they share the count
		}
		if got := code(wrong(w.ctx, "p", "000000")); got != problem.Unauthenticated {
			t.Fatalf("guess %d: %q", n+1, got)
		}
	}
	w.now = w.now.Add(time.Hour)
	if got := code(w.VerifyTOTP(w.ctx, "p", phone.code(w.now))); got != problem.Denied {
		t.Errorf("the right code after fifty wrong ones: %q", got)
	}
	w.now = w.now.Add(time.Hour)
	if got := code(w.VerifyRecovery(w.ctx, "p", codes[0])); got != problem.Denied {
		t.Errorf("a recovery code: %q", got)
	}
	removed, err := w.ResetByOperator(w.ctx, factor.LostFactor{PersonID: "p", Proof: credential.Proof("in_person"), Note: "license", By: audit.Actor{Type: "operator"}})
	if err != nil || removed != 1 {
		t.Fatalf("%d removed, %v", removed, err)
	}
	phone, _ = w.bind(0)
	w.now = w.now.Add(time.Minute)
	if got := code(w.VerifyTOTP(w.ctx, "p", phone.code(w.now))); got != "" {
		t.Errorf("after the help desk: %q", got)
	}
}

// TestGuessesWait: the fourth wrong code has to wait, however right the next one is,
// and a right one clears that.
func TestGuessesWait(t *testing.T) {
	w := newWorld(t, teststores.Embedded)
	phone, _ := w.bind(0)
	w.now = begun.Add(time.Minute)
	for range 4 {
		if got := code(w.VerifyTOTP(w.ctx, "p", "000000")); got != problem.Unauthenticated {
			t.Fatalf("%q", got)
		}
	}
	err := w.other.VerifyTOTP(w.ctx, "p", phone.code(w.now))
	if code(err) != problem.Limited {
		t.Fatalf("the right one at once, on another replica: %v", err)
	}
	w.now = w.now.Add(problem.From(err).RetryAfter)
	if got := code(w.VerifyTOTP(w.ctx, "p", phone.code(w.now))); got != "" {
		t.Errorf("after the wait: %q", got)
	}
	w.now = w.now.Add(time.Minute)
	if got := code(w.VerifyTOTP(w.ctx, "p", "000000")); got != problem.Unauthenticated {
		t.Errorf("%q", got)
	}
	if got := code(w.VerifyTOTP(w.ctx, "p", phone.code(w.now))); got != "" {
		t.Errorf("a success does not clear the count: %q", got)
	}
}

// count is how many events of a kind are in the log.
func (w *world) count(kind audit.Kind) (n int) {
	w.t.Helper()
	must(w.t, w.Store.View(w.ctx, func(tx storage.Tx) error {
		all, err := tx.Audit().Pending(w.ctx, 1000)
		for _, e := range all {
			if e.Kind == string(kind) {
				n++
			}
		}
		return err
	}))
	return n
}

// replaceCodes draws another set of recovery codes.
func (w *world) replaceCodes() []string {
	w.t.Helper()
	token, err := w.OfferCodes("p", "here")
	must(w.t, err)
	codes, err := w.TakeCodes(w.ctx, "p", "here", token, nil)
	must(w.t, err)
	return codes
}

// TestCodesTakenAgain: who takes the same set once more, at whichever replica, gets
// the same codes, and nothing changes; what was used or replaced does not come back.
func TestCodesTakenAgain(t *testing.T) { onBoth(t, testCodesTakenAgain) }

func testCodesTakenAgain(t *testing.T, w *world) {
	w.bind(0)
	w.told = nil
	w.other.Changed = w.Changed
	issued := w.count(audit.FactorCodesIssued)
	offer := func() string {
		t.Helper()
		token, err := w.OfferCodes("p", "here")
		must(t, err)
		return token
	}
	token := offer()
	var (
		mu   sync.Mutex // guards sets
		sets [][]string
	)
	if wins, others := w.atOnce(4, func(s *factor.Service) error {
		codes, err := s.TakeCodes(w.ctx, "p", "here", token, nil)
		mu.Lock()
		defer mu.Unlock()
		sets = append(sets, codes)
		return err
	}); wins != 4 {
		t.Errorf("of four presses of one button, %d got the codes: %v", wins, others)
	}
	for _, set := range sets {
		if len(set) != 10 || !slices.Equal(set, sets[0]) {
			t.Fatalf("one set, taken several times, is %v", sets)
		}
	}
	must(t, w.VerifyRecovery(w.ctx, "p", sets[0][2]))
	again, err := w.other.TakeCodes(w.ctx, "p", "here", token, nil)
	must(t, err)
	if want := slices.Delete(slices.Clone(sets[0]), 2, 3); !slices.Equal(again, want) {
		t.Errorf("after one was used: %v, want %v", again, want)
	}
	if n := w.count(audit.FactorCodesIssued); n != issued+1 {
		t.Errorf("%d sets were drawn, want 1", n-issued)
	}
	if want := []factor.Change{factor.CodesReplaced, factor.CodeUsed}; !slices.Equal(w.told, want) {
		t.Errorf("told %v, want %v", w.told, want)
	}

	refused := func(doing, personID, occasion, token string) {
		t.Helper()
		if codes, err := w.TakeCodes(w.ctx, personID, occasion, token, nil); code(err) != problem.Conflict {
			t.Errorf("%s: %d codes, %v", doing, len(codes), err)
		}
	}
	refused("in another session", "p", "there", token)
	refused("nothing", "p", "here", "")
	refused("much", "p", "here", strings.Repeat("A", 5000))
	replaced := w.replaceCodes()
	refused("a set that was replaced", "p", "here", token)
	for _, c := range replaced[1:] {
		must(t, w.VerifyRecovery(w.ctx, "p", c))
	}
	late := offer()
	w.now = w.now.Add(30 * time.Minute)
	refused("half an hour later", "p", "here", late)

	// Every code of a set is used up.
	token = offer()
	set, err := w.TakeCodes(w.ctx, "p", "here", token, nil)
	must(t, err)
	for _, c := range set {
		must(t, w.VerifyRecovery(w.ctx, "p", c))
	}
	refused("a set that is used up", "p", "here", token)
}
