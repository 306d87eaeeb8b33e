package credential_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/pkg/rotation"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/embedded"
	"github.com/claviger-id/claviger/storage/postgres"
	"github.com/claviger-id/claviger/storage/sqlite"
	"github.com/claviger-id/claviger/storage/teststores"
)

// fastHasher costs nothing: the model test is about what is done with hashes.
type fastHasher struct{}

func (fastHasher) Ready() error { return nil }

func (fastHasher) Hash(_ context.Context, pw string) (string, error) {
	sum := sha256.Sum256([]byte(pw))
	return "fast$" + base64.StdEncoding.EncodeToString(sum[:]), nil
}

func (h fastHasher) Verify(ctx context.Context, phc, pw string) (match, rehash bool, err error) {
	got, err := h.Hash(ctx, pw)
	return got == phc, false, err
}

func (fastHasher) VerifyNothing(context.Context, string) error { return nil }

func (h fastHasher) Turn(ctx context.Context, do func(context.Context, password.Computing) error) error {
	return do(ctx, h)
}

func (fastHasher) Scheme() string { return "fast" }

// leaks is a screen that knows a few passwords.
type leaks map[string]bool

func (l leaks) Compromised(_ context.Context, pw string) (bool, error) { return l[pw], nil }

// stage is a pair of stores with a clock, on which sequences run one after the
// other, each with a person of its own.
type stage struct {
	now       time.Time
	durable   storage.Store
	ephemeral storage.Ephemeral
	keys      *secret.Keyring
	people    *person.Directory
}

const stageStart = 1_790_000_000

func (s *stage) clock() time.Time { return s.now }

// sequences is how many sequences a test runs: CLAVIGER_MODEL_SEQUENCES, else few
// or many.
func sequences(t *testing.T, usual int) int {
	t.Helper()
	text := os.Getenv("CLAVIGER_MODEL_SEQUENCES")
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestModelOnSQLite and TestModelOnPostgreSQL play random sequences of what people,
// operators and guessers do, legal or not, and compare what they learn, and what
// the store keeps, with the model.
func TestModelOnSQLite(t *testing.T) {
	runModel(t, sequences(t, usualSequences), func(t *testing.T, s *stage) {
		// The data live as long as the test does: in memory where there is such a
		// file system.
		dir, err := os.MkdirTemp("/dev/shm", "claviger-model-")
		if err != nil {
			dir = t.TempDir()
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		key := bytes.Repeat([]byte{1}, 32)
		durable, err := sqlite.Open(t.Context(), sqlite.Options{
			Path: filepath.Join(dir, "d.db"), Key: key, Now: s.clock, Log: slog.New(slog.DiscardHandler), Migrate: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = durable.Close() })
		ephemeral, err := embedded.Open(t.Context(), embedded.Options{Path: filepath.Join(dir, "e.db"), Key: key})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = ephemeral.Close() })
		s.durable, s.ephemeral = durable, ephemeral
	})
}

func TestModelOnPostgreSQL(t *testing.T) {
	runModel(t, sequences(t, usualSequences/10), func(t *testing.T, s *stage) {
		durable, err := postgres.Open(t.Context(), postgres.Options{
			URL: teststores.Database(t), Now: s.clock, Log: slog.New(slog.DiscardHandler), Migrate: true, MaxConns: 2,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = durable.Close() })
		s.durable, s.ephemeral = durable, teststores.Prefix(t)
	})
}

// runModel plays the sequences on two stages at once.
func runModel(t *testing.T, n int, open func(*testing.T, *stage)) {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("CLAVIGER_MODEL_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d sequences with CLAVIGER_MODEL_SEED=%d", n, seed)
	const stages = 2
	var wg sync.WaitGroup
	var mu sync.Mutex
	outcomes := map[string]int{}
	for worker := range stages {
		s := &stage{now: time.Unix(stageStart, 0).UTC()}
		open(t, s)
		keys, _, err := secret.NewRoot().NewKeyring()
		if err != nil {
			t.Fatal(err)
		}
		s.keys, s.people = keys, &person.Directory{Keys: keys}
		wg.Go(func() {
			mine := map[string]int{}
			for i := worker; i < n && !t.Failed(); i += stages {
				s.play(t, seed, uint64(i), mine)
			}
			mu.Lock()
			defer mu.Unlock()
			for k, v := range mine {
				outcomes[k] += v
			}
		})
	}
	wg.Wait()
	var lines []string
	for k, v := range outcomes {
		lines = append(lines, fmt.Sprintf("%7d %s", v, k))
	}
	slices.Sort(lines)
	t.Logf("what happened:\n%s", strings.Join(lines, "\n"))
}

// phrases are what people choose from: few, so that they choose again what they
// had, and more than the history remembers.
func phrases() []string {
	var all []string
	for _, w := range []string{"amber", "birch", "cedar", "dahlia", "elder", "fern", "gorse", "hazel", "iris", "juniper", "kelp", "larch", "maple", "nettle"} {
		all = append(all, "one quiet "+w+" in the rain")
	}
	return all
}

// player is one sequence under way.
type player struct {
	*stage
	t       *testing.T
	r       *rand.Rand
	serial  uint64
	service *credential.Service
	model   *model
	id      string
	userID  string
	tokens  map[string]string // what the browsers keep, by the model's names
	issued  []string          // temporary passwords of the past
	leaked  leaks             // what others know by now
	signed  time.Time
	log     []string
}

func (s *stage) play(t *testing.T, seed, serial uint64, outcomes map[string]int) {
	p := &player{
		stage: s, t: t, r: rand.New(rand.NewPCG(seed, serial)), serial: serial, id: secret.NewID(), userID: fmt.Sprint("u", serial), tokens: map[string]string{},
		leaked: leaks{phrases()[0]: true},
	}
	s.now = s.now.Add(time.Hour)
	if err := p.begin(); err != nil {
		t.Error(err)
		return
	}
	for range 12 + p.r.IntN(20) {
		s.now = s.now.Add(time.Millisecond)
		p.model.now = s.now
		name, act := p.pick()
		var got, want outcome
		act(&got, &want)
		p.log = append(p.log, fmt.Sprintf("%s %s: %+v", s.now.Format("2006-01-02 15:04:05.000000"), name, got))
		outcomes[happened(name, got)]++
		if d := cmp.Diff(want, got); d != "" {
			p.fail("%s (-model +service):\n%s", name, d)
			return
		}
		stored, err := p.stored()
		if err != nil {
			p.fail("%v", err)
			return
		}
		if d := cmp.Diff(p.model.summary(), stored); d != "" {
			p.fail("the store after %s (-model +store):\n%s", name, d)
			return
		}
	}
}

// happened is one line of what the test prints.
func happened(name string, o outcome) string {
	words := []string{name}
	for _, w := range []string{string(o.Code), o.Must, o.Refused} {
		if w != "" {
			words = append(words, w)
		}
	}
	if o.May {
		words = append(words, "may be changed")
	}
	return strings.Join(words, ", ")
}

func (p *player) fail(format string, args ...any) {
	p.t.Errorf("sequence %d, mode %s: %s\n%s", p.serial, p.model.policy.Mode, fmt.Sprintf(format, args...), strings.Join(p.log, "\n"))
}

func (p *player) begin() error {
	const day = 24 * time.Hour
	policy := rotation.Policy{Mode: rotation.Enforced, MaxAge: 90 * day, Warning: 14 * day, MinAge: day, History: 10}
	switch p.r.IntN(8) {
	case 0:
		policy.Mode = rotation.Advisory
	case 1:
		policy.Mode = rotation.OnCompromise
	case 2, 3:
		policy.Jitter = 7 * day
	case 4:
		policy.History = 1 + p.r.IntN(4)
	}
	p.service = &credential.Service{
		Store: p.durable, Attempts: p.ephemeral.Attempts(), Keys: p.keys, People: p.people, Hasher: fastHasher{}, Screen: p.leaked,
		Policy: password.Policy{MinLength: 15}, Rotation: rotation.Policies{Default: policy}, SessionLife: 12 * time.Hour,
		Now: p.clock, Log: slog.New(slog.DiscardHandler),
	}
	p.model = &model{
		now: p.now, policy: policy, leaked: p.leaked, state: storage.PersonApproved, addresses: map[int]*counter{},
		place: binary.BigEndian.Uint32(p.keys.MAC("rotation", []byte(p.id))),
	}
	record := storage.Person{ID: p.id, Subject: secret.NewID(), State: storage.PersonApproved, CreatedAt: p.now, UpdatedAt: p.now}
	if err := p.people.Seal(&record, person.Profile{UserID: p.userID, GivenName: "Zoe", FamilyName: "Quartz"}); err != nil {
		return err
	}
	if err := p.durable.Tx(p.t.Context(), func(tx storage.Tx) error { return tx.People().Insert(p.t.Context(), record) }); err != nil {
		return err
	}
	// Most sequences begin with an account that is in use.
	if p.r.IntN(4) > 0 {
		var got, want outcome
		p.issue(false)(&got, &want)
		p.now = p.now.Add(time.Minute)
		p.model.now = p.now
		p.choose(p.model.version, p.phrase())(&got, &want)
	}
	return nil
}

func (p *player) ctx(address int) context.Context {
	a := netip.AddrFrom4([4]byte{10, byte(p.serial >> 8), byte(p.serial), byte(address)})
	return request.With(p.t.Context(), request.Info{ID: "r", Address: a})
}

func (p *player) phrase() string { return phrases()[p.r.IntN(len(phrases()))] }

// entered is what somebody enters: often the right password, else one of the
// past, of others, or of nobody.
func (p *player) entered() string {
	switch n := p.r.IntN(10); {
	case n < 5 && p.model.secret != "":
		return p.model.secret
	case n == 5 && len(p.model.former) > 0:
		return p.model.former[0]
	case n == 6 && len(p.issued) > 0:
		return p.issued[p.r.IntN(len(p.issued))]
	case n == 7:
		return p.phrase()
	}
	return "not it at all"
}

// browser is one of seven; four of them have been used before, most of the time.
func (p *player) browser() string {
	return fmt.Sprint("b", min(p.r.IntN(7), p.r.IntN(7)))
}

func (p *player) pick() (string, func(got, want *outcome)) {
	if p.model.failures >= 50 && len(p.model.devices) > 0 && p.r.IntN(2) == 0 {
		return p.signIn(p.model.secret, p.model.devices[0].name)
	}
	switch n := p.r.IntN(100); {
	case n < 30:
		return p.signIn(p.entered(), p.browser())
	case n < 38:
		return "guess in a row", p.guess
	case n < 50:
		return "choose", p.choose(p.model.version-int64(p.r.IntN(8)/7), p.chosen())
	case n < 60:
		return "change", p.change()
	case n < 64:
		return "recover", p.recover()
	case n < 68:
		return "issue", p.issue(false)
	case n < 72:
		return "reset", p.issue(true)
	case n < 74:
		return "force", p.force
	case n < 77:
		return "postpone", p.postpone
	case n < 79:
		return "suspend", p.move(storage.PersonSuspended)
	case n < 82:
		return "reinstate", p.move("")
	case n < 86:
		return "renew", p.renew
	case n < 88:
		return "leak", p.leak
	}
	return "wait", p.wait
}

func (p *player) chosen() string {
	if p.r.IntN(12) == 0 {
		return "too short"
	}
	return p.phrase()
}

func (p *player) signIn(pw, browser string) (string, func(got, want *outcome)) {
	remember, address := p.r.IntN(2) == 0, p.r.IntN(3)
	return "sign-in", func(got, want *outcome) {
		v, err := p.service.Verify(p.ctx(address), credential.SignIn{UserID: p.userID, Password: pw, Device: p.tokens[browser], Remember: remember})
		p.learn(err, got)
		*want = p.model.signIn(pw, browser, remember, address)
		got.Kind, got.Version, got.Must, got.May, got.Expires, got.Remember = v.Kind, v.Version, v.Must, v.May, v.ExpiresAt, v.Device != ""
		if v.Device != "" {
			p.tokens[browser] = v.Device
		}
		if err == nil {
			p.signed = p.now
		}
	}
}

// guess is a number of wrong attempts, each as early as it may be.
func (p *player) guess(got, want *outcome) {
	browser, address := "", p.r.IntN(3)
	if p.r.IntN(3) == 0 {
		browser = p.browser()
	}
	times := 3 + p.r.IntN(25)
	if p.r.IntN(4) == 0 {
		times = 65
	}
	for range times {
		_, err := p.service.Verify(p.ctx(address), credential.SignIn{UserID: p.userID, Password: "not it at all", Device: p.tokens[browser]})
		p.learn(err, got)
		*want = p.model.signIn("not it at all", browser, false, address)
		if *got != *want {
			return
		}
		p.now = p.now.Add(got.Wait)
		p.model.now = p.now
	}
}

func (p *player) choose(version int64, chosen string) func(got, want *outcome) {
	return func(got, want *outcome) {
		p.learn(p.service.ChoosePersonal(p.ctx(0), p.id, version, chosen), got)
		*want = p.model.choose(version, chosen)
	}
}

func (p *player) change() func(got, want *outcome) {
	current, chosen, browser, address := p.entered(), p.chosen(), p.browser(), p.r.IntN(3)
	return func(got, want *outcome) {
		p.learn(p.service.Change(p.ctx(address), credential.OwnChange{PersonID: p.id, Current: current, Chosen: chosen, Device: p.tokens[browser]}), got)
		*want = p.model.change(current, chosen, browser, address)
	}
}

func (p *player) recover() func(got, want *outcome) {
	chosen, redeemed := p.chosen(), p.r.IntN(3) > 0
	return func(got, want *outcome) {
		p.learn(p.service.Recover(p.ctx(0), p.id, chosen, func(context.Context, storage.Tx) error {
			if redeemed {
				return nil
			}
			return problem.New(problem.NotFound, "The link is over.")
		}), got)
		*want = p.model.recover(chosen, redeemed)
	}
}

func (p *player) issue(proven bool) func(got, want *outcome) {
	validFor := []time.Duration{24 * time.Hour, 72 * time.Hour, 21 * 24 * time.Hour}[p.r.IntN(3)]
	return func(got, want *outcome) {
		var temporary string
		by := audit.Actor{Type: "operator", ID: "o"}
		err := p.durable.Tx(p.ctx(0), func(tx storage.Tx) (err error) {
			if proven {
				temporary, err = p.service.ResetByOperator(p.ctx(0), tx, credential.Reset{
					PersonID: p.id, Proof: "called_back", Note: "at the number on file", ValidFor: validFor, By: by,
				})
				return err
			}
			temporary, err = p.service.IssueTemporary(p.ctx(0), tx, p.id, validFor, by)
			return err
		})
		if err == nil && proven {
			err = p.service.Rebound(p.ctx(0), p.id)
		}
		p.learn(err, got)
		*want = p.model.issue(func() string { return temporary }, validFor, proven)
		if temporary != "" {
			p.issued = append(p.issued, temporary)
		}
	}
}

func (p *player) force(got, want *outcome) {
	_, err := p.service.ExpireOne(p.ctx(0), p.id, credential.Expiry{Note: "a drill", By: audit.Actor{Type: "operator", ID: "o"}})
	p.learn(err, got)
	*want = p.model.force()
}

func (p *player) postpone(got, want *outcome) {
	version := p.model.version - int64(p.r.IntN(6)/5)
	err := p.service.Postpone(p.ctx(0), p.id, version)
	if err != nil && !errors.Is(err, storage.ErrStale) {
		p.fail("postponing: %v", err)
	}
	p.learn(err, got)
	*want = p.model.postpone(version)
}

// move changes the state of the account, as package enroll does.
func (p *player) move(to storage.PersonState) func(got, want *outcome) {
	return func(got, _ *outcome) {
		if to == "" {
			if p.model.state != storage.PersonSuspended {
				return
			}
			to = map[storage.PasswordKind]storage.PersonState{
				"": storage.PersonApproved, storage.PasswordTemporary: storage.PersonCredentialIssued, storage.PasswordPersonal: storage.PersonActive,
			}[p.model.kind]
		}
		p.learn(p.durable.Tx(p.ctx(0), func(tx storage.Tx) error {
			who, err := tx.People().Get(p.ctx(0), p.id)
			if err != nil {
				return err
			}
			who.State = to
			return tx.People().Update(p.ctx(0), who)
		}), got)
		p.model.state = to
	}
}

// renew asks whether tokens of the last sign-in may still be renewed.
func (p *player) renew(got, want *outcome) {
	refused := ""
	p.learn(p.durable.View(p.ctx(0), func(tx storage.Tx) error {
		who, err := tx.People().Get(p.ctx(0), p.id)
		if err != nil {
			return err
		}
		refused, err = p.service.RefuseRenewal(p.ctx(0), tx, who, p.signed)
		return err
	}), got)
	got.Refused = refused
	*want = p.model.refuse(p.signed)
}

// leak has the password that stands, or another one, become known.
func (p *player) leak(_, _ *outcome) {
	leaked := p.phrase()
	if p.model.kind == storage.PasswordPersonal && p.r.IntN(2) == 0 {
		leaked = p.model.secret
	}
	p.leaked[leaked] = true
}

// wait lets time pass: to a moment at which something changes, or a second
// beside it, or for some time.
func (p *player) wait(_, _ *outcome) {
	to := p.now.Add([]time.Duration{time.Second, time.Minute, 16 * time.Minute, time.Hour, 25 * time.Hour, 20 * 24 * time.Hour}[p.r.IntN(6)])
	all := p.model.boundaries()
	if at := all[p.r.IntN(len(all))].Add([]time.Duration{-time.Second, 0, time.Second}[p.r.IntN(3)]); at.After(p.now) && p.r.IntN(4) > 0 {
		to = at.Add(-time.Millisecond) // the next step begins a millisecond later
		if !to.After(p.now) {
			to = p.now
		}
	}
	p.now = to
	p.model.now = to
}

func (p *player) learn(err error, got *outcome) {
	*got = outcome{}
	if err == nil {
		return
	}
	found := problem.From(err)
	got.Code, got.Wait = found.Code, found.RetryAfter
}

// stored is what the store says of the account.
func (p *player) stored() (s summary, err error) {
	err = p.durable.View(p.t.Context(), func(tx storage.Tx) error {
		who, err := tx.People().Get(p.t.Context(), p.id)
		if err != nil {
			return err
		}
		s.State = who.State
		w, err := tx.Passwords().Get(p.t.Context(), p.id)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		s.Kind, s.Version, s.SetAt, s.ExpiresAt, s.Forced, s.RemindAt = w.Kind, w.Version, w.SetAt, w.ExpiresAt, w.ForcedReason, w.RemindAt
		former, err := tx.FormerPasswords().List(p.t.Context(), p.id)
		if err != nil {
			return err
		}
		s.Former = len(former)
		g, err := tx.Guesses().Get(p.t.Context(), p.id)
		if err != nil {
			return err
		}
		s.Failures, s.Against = g.Failures, g.Against
		for name, token := range p.tokens {
			d, err := tx.KnownDevices().Get(p.t.Context(), secret.Hash(token), p.id)
			if errors.Is(err, storage.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			s.Devices = append(s.Devices, fmt.Sprint(name, " ", d.Failures))
		}
		return nil
	})
	slices.Sort(s.Devices)
	return s, err
}
