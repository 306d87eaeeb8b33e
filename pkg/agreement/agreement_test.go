package agreement_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/claviger-id/claviger/pkg/agreement"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/teststores"
)

var (
	begun    = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	operator = audit.Actor{Type: "operator", ID: "x"}
)

// world is the service with two people: ada, and a pharmacist.
type world struct {
	*agreement.Service
	t               *testing.T
	now             time.Time
	ada, pharmacist string
	key             note.Verifier
	roles           map[string][]string // by person
}

func newWorld(t *testing.T, stores func(testing.TB, func() time.Time) (storage.Store, storage.Ephemeral)) *world {
	t.Helper()
	w := &world{t: t, now: begun}
	clock, log := func() time.Time { return w.now }, slog.New(slog.DiscardHandler)
	durable, ephemeral := stores(t, clock)
	ring, _, err := secret.NewRoot().NewKeyring()
	must(t, err)
	signer, key := newKey(t, "claviger/audit/x")
	w.key = key
	w.Service = &agreement.Service{
		Store: durable, People: &person.Directory{Keys: ring}, Signer: signer, Now: clock, Log: log,
		Sessions: &session.Service{Store: durable, Ephemeral: ephemeral, Now: clock, Log: log, TombstoneFor: time.Minute},
	}
	w.roles = map[string][]string{}
	w.Roles = func(_ context.Context, _ storage.Tx, personID string) ([]string, error) {
		return w.roles[personID], nil
	}
	w.ada, w.pharmacist = w.somebody("ada"), w.somebody("grace", "pharmacist")
	must(t, w.Open(t.Context()))
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newKey(t testing.TB, name string) (note.Signer, note.Verifier) {
	t.Helper()
	private, public, err := note.GenerateKey(nil, name)
	must(t, err)
	signer, err := note.NewSigner(private)
	must(t, err)
	verifier, err := note.NewVerifier(public)
	must(t, err)
	return signer, verifier
}

func (w *world) somebody(userID string, roles ...string) string {
	w.t.Helper()
	p := storage.Person{ID: secret.NewID(), Subject: secret.NewID(), State: storage.PersonActive, CreatedAt: w.now, UpdatedAt: w.now, Version: 1}
	w.roles[p.ID] = roles
	must(w.t, w.People.Seal(&p, person.Profile{UserID: userID, GivenName: "Ada", FamilyName: userID}))
	must(w.t, w.Store.Tx(w.t.Context(), func(tx storage.Tx) error { return tx.People().Insert(w.t.Context(), p) }))
	return p.ID
}

func document(audience, version string, effective time.Time, grace time.Duration) agreement.Document {
	return agreement.Document{Audience: audience, Version: version, Language: "en", EffectiveAt: effective, Grace: grace, Text: []byte("# " + version)}
}

func (w *world) publish(documents ...agreement.Document) {
	w.t.Helper()
	_, err := w.Publish(w.t.Context(), documents, operator)
	must(w.t, err)
}

func (w *world) accept(personID, audience, version string) {
	w.t.Helper()
	must(w.t, w.Accept(w.t.Context(), agreement.Answer{PersonID: personID, Audience: audience, Version: version, Language: "en"}))
}

// stands says in a word how a person stands: "", or for each version that is due its
// name, with a mark where it cannot be put off.
func (w *world) stands(personID string) string {
	w.t.Helper()
	due, err := w.Due(w.t.Context(), personID)
	must(w.t, err)
	var words []string
	for _, d := range due {
		word := d.Version
		if d.Must {
			word += "!"
		}
		words = append(words, word)
	}
	refuses := false
	must(w.t, w.Store.View(w.t.Context(), func(tx storage.Tx) (err error) {
		refuses, err = w.Refuses(w.t.Context(), tx, personID)
		return err
	}))
	if refuses != (len(due) > 0 && due[0].Must) {
		w.t.Errorf("a refresh is refused: %v, where %v is due", refuses, words)
	}
	return strings.Join(words, " ")
}

// TestGrace: nobody is asked before a version is in effect, everybody may put it off
// until its grace is over, and nobody afterwards.
func TestGrace(t *testing.T) {
	w := newWorld(t, teststores.Embedded)
	effective := begun.Add(time.Hour)
	w.publish(document("everyone", "1", effective, 2*time.Hour), document("everyone", "2", effective.Add(24*time.Hour), 0))
	at := func(moment time.Time, want string) {
		t.Helper()
		w.now = moment
		if got := w.stands(w.ada); got != want {
			t.Errorf("at %s: %q, want %q", moment.Format(time.DateTime), got, want)
		}
	}
	at(effective.Add(-time.Second), "")
	at(effective, "1")
	at(effective.Add(2*time.Hour-time.Second), "1")
	at(effective.Add(2*time.Hour), "1!")
	at(effective.Add(2*time.Hour+time.Second), "1!")
	w.accept(w.ada, "everyone", "1")
	at(effective.Add(24*time.Hour-time.Second), "")
	at(effective.Add(24*time.Hour), "2!") // without grace, and the older one does not do
	w.accept(w.ada, "everyone", "2")
	at(effective.Add(24*time.Hour+time.Second), "")
	must(t, w.Withdraw(t.Context(), w.ada, operator))
	at(effective.Add(24*time.Hour+time.Second), "2!")
}

// TestTakenBackCannotBePutOff: who took a yes back has read it, whatever the grace.
func TestTakenBackCannotBePutOff(t *testing.T) {
	w := newWorld(t, teststores.Embedded)
	w.publish(document("everyone", "1", begun.Add(-time.Hour), 48*time.Hour))
	w.accept(w.ada, "everyone", "1")
	must(t, w.Withdraw(t.Context(), w.ada, operator))
	if got := w.stands(w.ada); got != "1!" {
		t.Errorf("%q", got)
	}
	w.now = begun.Add(time.Second)
	w.accept(w.ada, "everyone", "1")
	if got := w.stands(w.ada); got != "" {
		t.Errorf("accepted again: %q", got)
	}
	if all, err := w.Own(t.Context(), w.ada); err != nil || len(all) != 2 || all[0].WithdrawnAt.IsZero() || !all[1].WithdrawnAt.IsZero() {
		t.Errorf("what stands in the database: %+v, %v", all, err)
	}
}

// away is an ephemeral store that takes no marks for a moment, as Redis in a failover.
type away struct {
	storage.Ephemeral
	is bool
}

type awayMarks struct {
	storage.Marks
	a *away
}

func (a *away) Marks() storage.Marks { return awayMarks{a.Ephemeral.Marks(), a} }

func (m awayMarks) SetAll(ctx context.Context, at time.Time, all ...storage.Mark) error {
	if m.a.is {
		return storage.ErrUnavailable
	}
	return m.Marks.SetAll(ctx, at, all...)
}

// TestWithdrawnByAnOperator: who accepted nothing stays signed in; a withdrawal that broke
// off is brought to its end by doing it again, and what began since goes on.
func TestWithdrawnByAnOperator(t *testing.T) {
	w := newWorld(t, teststores.Embedded)
	a := &away{Ephemeral: w.Sessions.Ephemeral}
	w.Sessions.Ephemeral = a
	w.publish(document("everyone", "1", begun.Add(-time.Hour), 48*time.Hour))
	begin := func() string {
		t.Helper()
		id := secret.NewID()
		must(t, a.Sessions().Create(t.Context(), storage.Session{
			ID: id, SecretHash: secret.Hash("x"), PersonID: w.ada, Subject: secret.NewID(), AuthTime: w.now, CreatedAt: w.now, LastActivity: w.now,
			IdleLimit: time.Hour, Deadline: w.now.Add(time.Hour), AbsoluteDeadline: w.now.Add(2 * time.Hour),
		}))
		return id
	}
	lives := func(id string) bool {
		t.Helper()
		_, err := w.Sessions.Alive(t.Context(), id)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			t.Fatal(err)
		}
		return err == nil
	}
	events := func() (n int) {
		t.Helper()
		must(t, w.Store.View(t.Context(), func(tx storage.Tx) error {
			all, err := tx.Audit().Pending(t.Context(), 1000)
			for _, e := range all {
				if e.Kind == string(audit.AgreementWithdrawn) {
					n++
				}
			}
			return err
		}))
		return n
	}
	one, two := begin(), begin()
	if _, err := w.WithdrawFor(t.Context(), w.ada, "new_contract", operator); !errors.Is(err, agreement.ErrNothing) || problem.From(err).Code != problem.Conflict {
		t.Errorf("nothing was accepted: %v", err)
	}
	if !lives(one) || !lives(two) || events() != 0 {
		t.Error("something ended, or was recorded, although nothing was accepted")
	}

	w.accept(w.ada, "everyone", "1")
	a.is = true
	if _, err := w.WithdrawFor(t.Context(), w.ada, "new_contract", operator); !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("without the ephemeral store: %v", err)
	}
	a.is = false
	if !lives(one) || events() != 1 {
		t.Fatal("the withdrawal did not break off where it was to")
	}
	taken := w.now
	w.now = begun.Add(2 * time.Second)
	since := begin()
	done, err := w.WithdrawFor(t.Context(), w.ada, "new_contract", operator)
	if err != nil || done != (agreement.Withdrawn{Sessions: 2, Before: taken}) {
		t.Errorf("done again: %+v, %v", done, err)
	}
	if lives(one) || lives(two) || !lives(since) || events() != 1 {
		t.Error("doing it again did not end what was left, or more than that")
	}

	w.accept(w.ada, "everyone", "1")
	if done, err = w.WithdrawFor(t.Context(), w.ada, "new_contract", operator); err != nil || done != (agreement.Withdrawn{Acceptances: 1, Sessions: 1}) {
		t.Errorf("accepted anew, and withdrawn: %+v, %v", done, err)
	}
	if lives(since) || events() != 2 {
		t.Error("the second withdrawal")
	}
}

// TestAudiences: the agreement of a role binds those who have it, besides the one of
// everybody, and what cannot be put off comes first.
func TestAudiences(t *testing.T) {
	w := newWorld(t, teststores.Embedded)
	w.publish(document("everyone", "a", begun.Add(-time.Hour), 48*time.Hour), document("pharmacist", "p", begun.Add(-time.Minute), 0))
	if got := w.stands(w.ada); got != "a" {
		t.Errorf("ada: %q", got)
	}
	if got := w.stands(w.pharmacist); got != "p! a" {
		t.Errorf("a pharmacist: %q", got)
	}
	w.accept(w.pharmacist, "pharmacist", "p")
	if got := w.stands(w.pharmacist); got != "a" {
		t.Errorf("a pharmacist who accepted one: %q", got)
	}
	missing := map[string]int{}
	must(t, w.Report(t.Context(), operator, func(m agreement.Missing) error {
		missing[m.UserID+" "+m.Version]++
		return nil
	}))
	if len(missing) != 2 || missing["ada a"] != 1 || missing["grace a"] != 1 {
		t.Errorf("the report has %v", missing)
	}
}

// TestPublishRefuses: nothing of a version changes, and of two in effect from one
// moment nobody could say which is the newer.
func TestPublishRefuses(t *testing.T) {
	w := newWorld(t, teststores.Embedded)
	first := document("everyone", "1", begun, time.Hour)
	w.publish(first)
	for name, change := range map[string]func(*agreement.Document){
		"another text":      func(d *agreement.Document) { d.Text = []byte("# other") },
		"another time":      func(d *agreement.Document) { d.EffectiveAt = begun.Add(time.Second) },
		"another grace":     func(d *agreement.Document) { d.Grace++ },
		"the same moment":   func(d *agreement.Document) { d.Version = "2" },
		"no time":           func(d *agreement.Document) { d.Version, d.EffectiveAt = "2", time.Time{} },
		"a grace of ages":   func(d *agreement.Document) { d.Version, d.Grace = "2", 366*24*time.Hour+1 },
		"a negative grace":  func(d *agreement.Document) { d.Version, d.Grace = "2", -1 },
		"no audience":       func(d *agreement.Document) { d.Audience = "" },
		"a path as version": func(d *agreement.Document) { d.Version = "../2" },
		"no language":       func(d *agreement.Document) { d.Version, d.Language = "2", "english!" },
	} {
		bad := first
		change(&bad)
		// All of it or nothing: what comes with it is not published either.
		n, err := w.Publish(t.Context(), []agreement.Document{document("nurse", "n", begun, 0), bad}, operator)
		if code := problem.From(err).Code; err == nil || n != 0 || code != problem.Conflict && code != problem.Invalid {
			t.Errorf("%s: %d published, %v", name, n, err)
		}
	}
	if n, err := w.Publish(t.Context(), []agreement.Document{first}, operator); n != 0 || err != nil {
		t.Errorf("the same once more: %d, %v", n, err)
	}
	if _, err := w.Text(t.Context(), "nurse", "n", "en"); problem.From(err).Code != problem.NotFound {
		t.Errorf("half of a refused publication was done: %v", err)
	}
}

// TestSayingYesAtOnce: two presses of a button, on two replicas, are one acceptance.
func TestSayingYesAtOnce(t *testing.T) {
	for name, stores := range map[string]func(testing.TB, func() time.Time) (storage.Store, storage.Ephemeral){
		"embedded": teststores.Embedded, "servers": teststores.Servers,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, stores)
			w.publish(document("everyone", "1", begun.Add(-time.Hour), 0))
			var wait sync.WaitGroup
			for range 6 {
				wait.Go(func() {
					err := w.Accept(context.Background(), agreement.Answer{PersonID: w.ada, Audience: "everyone", Version: "1", Language: "en"})
					if err != nil && problem.From(err).Code != problem.Conflict {
						t.Errorf("accepting: %v", err)
					}
				})
			}
			wait.Wait()
			if all, err := w.Own(t.Context(), w.ada); err != nil || len(all) != 1 {
				t.Errorf("%d acceptances, %v", len(all), err)
			}
		})
	}
}

// TestReceipt: it says what was accepted to whoever has the key, and to nobody who was
// given something else.
func TestReceipt(t *testing.T) {
	w := newWorld(t, teststores.Embedded)
	w.publish(document("everyone", "1", begun.Add(-time.Hour), 0))
	w.accept(w.ada, "everyone", "1")
	all, err := w.Own(t.Context(), w.ada)
	must(t, err)
	w.now = begun.Add(time.Minute)
	receipt, err := w.Receipt(t.Context(), w.ada, all[0].ID)
	must(t, err)
	says, err := agreement.Verify(receipt, w.key)
	if err != nil || says.UserID != "ada" || says.Version != "1" || says.Audience != "everyone" || says.Receipt != all[0].ID ||
		!says.AcceptedAt.Equal(begun) || !says.IssuedAt.Equal(w.now) || !says.WithdrawnAt.IsZero() || len(says.SHA256) != 64 {
		t.Errorf("%+v, %v", says, err)
	}
	if _, err := w.Receipt(t.Context(), w.pharmacist, all[0].ID); problem.From(err).Code != problem.NotFound {
		t.Errorf("somebody else's: %v", err)
	}
	must(t, w.Withdraw(t.Context(), w.ada, operator))
	later, err := w.Receipt(t.Context(), w.ada, all[0].ID)
	must(t, err)
	if says, err := agreement.Verify(later, w.key); err != nil || !says.WithdrawnAt.Equal(w.now) {
		t.Errorf("taken back: %+v, %v", says, err)
	}

	foreign, _ := newKey(t, "claviger/audit/x") // of the same name
	sign := func(by note.Signer, text string) []byte {
		t.Helper()
		signed, err := note.Sign(&note.Note{Text: text}, by)
		must(t, err)
		return signed
	}
	text, _, _ := strings.Cut(string(receipt), "\n\n")
	text += "\n"
	for name, tc := range map[string]struct {
		receipt string
		want    error
	}{
		"another name in it":     {strings.Replace(string(receipt), "user-id: ada", "user-id: eve", 1), agreement.ErrAltered},
		"another time in it":     {strings.Replace(string(receipt), "accepted-at: 2026", "accepted-at: 2025", 1), agreement.ErrAltered},
		"no longer taken back":   {strings.Replace(string(later), "withdrawn-at: 2026-05-01T08:01:00Z\n", "", 1), agreement.ErrAltered},
		"another signature":      {string(sign(foreign, text)), agreement.ErrForeign},
		"no signature":           {text, agreement.ErrNoReceipt},
		"nothing":                {"", agreement.ErrNoReceipt},
		"a checkpoint":           {string(sign(w.Signer, "claviger/audit/x\n12\nAAAA\n")), agreement.ErrNoReceipt},
		"another log":            {string(sign(w.Signer, strings.Replace(text, "log: claviger/audit/x", "log: claviger/audit/y", 1))), agreement.ErrNoReceipt},
		"a fact twice":           {string(sign(w.Signer, strings.Replace(text, "version: 1\n", "version: 1\nversion: 2\n", 1))), agreement.ErrNoReceipt},
		"a fact more":            {string(sign(w.Signer, text+"valid-for: ever\n")), agreement.ErrNoReceipt},
		"a fact less":            {string(sign(w.Signer, strings.Replace(text, "version: 1\n", "", 1))), agreement.ErrNoReceipt},
		"another order":          {string(sign(w.Signer, strings.Replace(text, "audience: everyone\nversion: 1\n", "version: 1\naudience: everyone\n", 1))), agreement.ErrNoReceipt},
		"a time of another form": {string(sign(w.Signer, strings.Replace(text, "accepted-at: 2026-05-01T08:00:00Z", "accepted-at: 2026-05-01T08:00:00+00:00", 1))), agreement.ErrNoReceipt},
		"more than there is":     {string(receipt) + strings.Repeat("x", agreement.MaxReceipt), agreement.ErrNoReceipt},
	} {
		if says, err := agreement.Verify([]byte(tc.receipt), w.key); !errors.Is(err, tc.want) || says != (agreement.Statement{}) {
			t.Errorf("%s: %v and %+v, want %v", name, err, says, tc.want)
		}
	}
}
