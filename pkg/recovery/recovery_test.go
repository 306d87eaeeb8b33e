package recovery_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/mail"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/recovery"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/teststores"
)

const (
	issuer = "https://id.harbor.example"
	phrase = "nineteen green camels"
	chosen = "seven quiet herons drift"
)

// mailbag keeps what would have been mailed or called.
type mailbag struct {
	mu  sync.Mutex // guards got
	got []outbox.Opened
}

func (m *mailbag) Deliver(_ context.Context, p outbox.Opened) outbox.Outcome {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.got = append(m.got, p)
	return outbox.Outcome{State: storage.ParcelSent}
}

func (m *mailbag) Settled(context.Context, storage.Tx, outbox.Opened) error { return nil }

// world has jsmith with a personal password and an address, tnew with a temporary
// password, and noaddr with a personal password and no address.
type world struct {
	*recovery.Service
	t      *testing.T
	now    time.Time
	creds  *credential.Service
	worker *outbox.Worker
	bag    *mailbag
	ended  []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), bag: &mailbag{}}
	clock, log := func() time.Time { return w.now }, slog.New(slog.DiscardHandler)
	durable, ephemeral := teststores.Embedded(t, clock)
	keys, _, err := secret.NewRoot().NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	hasher, err := password.NewHasher(password.Params{MemoryKiB: 19 << 10, Iterations: 2, Parallelism: 1}, 64, 2)
	if err != nil {
		t.Fatal(err)
	}
	people, box := &person.Directory{Keys: keys}, outbox.Box{Keys: keys}
	w.creds = &credential.Service{
		Store: durable, Attempts: ephemeral.Attempts(), Keys: keys, People: people, Now: clock, Log: log, Hasher: hasher,
		Policy: password.Policy{MinLength: 15}, Validity: credential.Validity{Letter: time.Hour, Mail: time.Hour},
	}
	w.Service = &recovery.Service{
		Store: durable, Attempts: ephemeral.Attempts(), Keys: keys, People: people, Credentials: w.creds, Box: box,
		Post: &mail.Post{Box: box}, Issuer: issuer, Now: clock,
		Log:         log,
		EndSessions: func(_ context.Context, id string, _ time.Time) error { w.ended = append(w.ended, id); return nil },
	}
	w.worker = &outbox.Worker{Box: box, Store: durable, Now: clock, Log: log, Carriers: map[string]outbox.Carrier{
		recovery.Carrier: w.Service, mail.Carrier: w.bag, "webhook": w.bag,
	}}
	for _, id := range []string{"jsmith", "tnew", "noaddr"} {
		record := storage.Person{ID: id, Subject: "sub-" + id, State: storage.PersonApproved, CreatedAt: w.now, UpdatedAt: w.now}
		profile := person.Profile{UserID: id, GivenName: "Jane", FamilyName: "Smith", Email: id + "@example.org"}
		if id == "noaddr" {
			profile.Email = ""
		}
		if err := people.Seal(&record, profile); err != nil {
			t.Fatal(err)
		}
		var temporary string
		w.tx(func(ctx context.Context, tx storage.Tx) (err error) {
			if err := tx.People().Insert(ctx, record); err != nil {
				return err
			}
			temporary, err = w.creds.IssueTemporary(ctx, tx, id, 72*time.Hour, audit.Actor{Type: "operator"})
			return err
		})
		if id != "tnew" {
			v, err := w.creds.Verify(w.ctx("192.0.2.1"), credential.SignIn{UserID: id, Password: temporary})
			if err != nil {
				t.Fatal(err)
			}
			if err := w.creds.ChoosePersonal(w.ctx("192.0.2.1"), id, v.Version, phrase); err != nil {
				t.Fatal(err)
			}
		}
	}
	return w
}

func (w *world) ctx(address string) context.Context {
	return request.With(w.t.Context(), request.Info{ID: "r", Address: netip.MustParseAddr(address)})
}

func (w *world) tx(do func(ctx context.Context, tx storage.Tx) error) {
	w.t.Helper()
	if err := w.Store.Tx(w.t.Context(), func(tx storage.Tx) error { return do(w.t.Context(), tx) }); err != nil {
		w.t.Fatal(err)
	}
}

// mails is what left since the last call.
func (w *world) mails() []outbox.Opened {
	w.t.Helper()
	for range 2 { // the answer to a question is a parcel too
		if err := w.worker.Deliver(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
	got := w.bag.got
	w.bag.got = nil
	return got
}

// link asks for one and reads it from the mail.
func (w *world) link(userID string) string {
	w.t.Helper()
	if err := w.AskPassword(w.ctx("192.0.2.9"), userID); err != nil {
		w.t.Fatal(err)
	}
	got := w.mails()
	if len(got) != 1 || got[0].Kind != "recovery-link" {
		w.t.Fatalf("mails %+v", got)
	}
	return token(w.t, got[0], recovery.RecoverPath)
}

func token(t *testing.T, p outbox.Opened, path string) string {
	t.Helper()
	var c struct {
		Variables struct{ Link string }
		Link      string
	}
	if err := json.Unmarshal(p.Body, &c); err != nil {
		t.Fatal(err)
	}
	_, secret, ok := strings.Cut(c.Variables.Link+c.Link, issuer+path+"?link=")
	if !ok || len(secret) != 43 {
		t.Fatalf("the link is %q", c.Variables.Link+c.Link)
	}
	return secret
}

func code(err error) problem.Code {
	if err == nil {
		return ""
	}
	return problem.From(err).Code
}

func (w *world) signsIn(pw string) bool {
	_, err := w.creds.Verify(w.ctx("192.0.2.77"), credential.SignIn{UserID: "jsmith", Password: pw})
	return err == nil
}

// TestAForgottenPassword: the link works once, on another device too, ends all
// sessions, and looking at it changes nothing.
func TestAForgottenPassword(t *testing.T) {
	w := newWorld(t)
	link := w.link(" JSmith ")
	w.tx(func(ctx context.Context, tx storage.Tx) error {
		_, err := tx.AccessLinks().Get(ctx, []byte(link), storage.LinkRecover, w.now)
		if err == nil {
			t.Error("the store has the link itself")
		}
		return nil
	})
	for range 3 { // programs that look at mails
		if _, err := w.Look(w.ctx("198.51.100.1"), link, storage.LinkRecover); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Redeem(w.ctx("203.0.113.5"), link, "short"); code(err) != problem.Invalid {
		t.Errorf("a choice that the policy refuses: %v", err)
	}
	if !w.signsIn(phrase) || len(w.ended) > 0 {
		t.Error("something changed before a password was chosen")
	}
	if err := w.Redeem(w.ctx("203.0.113.5"), link, chosen); err != nil {
		t.Fatal(err)
	}
	if w.signsIn(phrase) || !w.signsIn(chosen) {
		t.Error("the new password is not the password")
	}
	if !slices.Equal(w.ended, []string{"jsmith"}) {
		t.Errorf("ended %v", w.ended)
	}
	if err := w.Redeem(w.ctx("203.0.113.5"), link, "another phrase of many words"); code(err) != problem.NotFound {
		t.Errorf("a second use: %v", err)
	}
}

// TestLinksThatDoNotWork walks their ends.
func TestLinksThatDoNotWork(t *testing.T) {
	for name, spoil := range map[string]func(w *world, link string) string{
		"garbage":        func(*world, string) string { return "x" },
		"unknown":        func(*world, string) string { return secret.NewToken() },
		"at its end":     func(w *world, link string) string { w.now = w.now.Add(recovery.LinkLife); return link },
		"newer one sent": func(w *world, link string) string { w.now = w.now.Add(time.Minute); w.link("jsmith"); return link },
		"password changed": func(w *world, link string) string {
			if err := w.creds.Change(w.ctx("192.0.2.1"), credential.OwnChange{PersonID: "jsmith", Current: phrase, Chosen: "other words that nobody knows"}); err != nil {
				w.t.Fatal(err)
			}
			return link
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			link := spoil(w, w.link("jsmith"))
			if _, err := w.Look(w.ctx("192.0.2.5"), link, storage.LinkRecover); code(err) != problem.NotFound {
				t.Errorf("looking: %v", err)
			}
			if err := w.Redeem(w.ctx("192.0.2.5"), link, chosen); code(err) != problem.NotFound {
				t.Errorf("using: %v", err)
			}
			if _, _, err := w.Reveal(w.ctx("192.0.2.5"), link); code(err) != problem.NotFound {
				t.Errorf("using for something else: %v", err)
			}
		})
	}
	t.Run("a second before its end", func(t *testing.T) {
		w := newWorld(t)
		link := w.link("jsmith")
		w.now = w.now.Add(recovery.LinkLife - time.Second)
		if err := w.Redeem(w.ctx("192.0.2.5"), link, chosen); err != nil {
			t.Error(err)
		}
	})
}

// TestSessionsEndWhateverFails: the new password stands and the person is told so,
// and the sessions of before end as soon as their store can be reached. What began
// since goes on, because the time of the change is told.
func TestSessionsEndWhateverFails(t *testing.T) {
	w := newWorld(t)
	link := w.link("jsmith")
	changed, asked := w.now, 0
	w.EndSessions = func(_ context.Context, id string, upTo time.Time) error {
		if asked++; asked <= 2 { // at once, and at the first try of the worker
			return storage.ErrUnavailable
		}
		if !upTo.Equal(changed) {
			t.Errorf("sessions up to %v end, not up to %v", upTo, changed)
		}
		w.ended = append(w.ended, id)
		return nil
	}
	if err := w.Redeem(w.ctx("192.0.2.5"), link, chosen); err != nil {
		t.Fatalf("the password is changed, and the answer is %v", err)
	}
	if !w.signsIn(chosen) {
		t.Error("the new password is not the password")
	}
	for range 3 {
		w.mails()
		w.now = w.now.Add(time.Minute)
	}
	if !slices.Equal(w.ended, []string{"jsmith"}) {
		t.Errorf("ended %v", w.ended)
	}
}

// TestARefusedRecoveryEndsNothing: what is noted goes with the change, or not at all.
func TestARefusedRecoveryEndsNothing(t *testing.T) {
	w := newWorld(t)
	w.SecondFactor = func(context.Context, storage.Tx, string) (bool, error) { return true, nil }
	if err := w.Redeem(w.ctx("192.0.2.5"), w.link("jsmith"), chosen); code(err) != problem.Denied {
		t.Fatal(err)
	}
	w.mails()
	if len(w.ended) > 0 {
		t.Errorf("ended %v", w.ended)
	}
}

// TestManyUseALinkAtOnce: one of them succeeds.
func TestManyUseALinkAtOnce(t *testing.T) {
	w := newWorld(t)
	link := w.link("jsmith")
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := 0
	w.EndSessions = func(context.Context, string, time.Time) error { mu.Lock(); defer mu.Unlock(); done++; return nil }
	for i := range 4 {
		wg.Go(func() {
			_ = w.Redeem(w.ctx("192.0.2.5"), link, fmt.Sprintf("phrase number %d of several words", i))
		})
	}
	wg.Wait()
	if done != 1 {
		t.Errorf("%d succeeded", done)
	}
}

// TestASecondFactor: a link alone is not enough then, and works again when it is.
func TestASecondFactor(t *testing.T) {
	w := newWorld(t)
	has := true
	w.SecondFactor = func(context.Context, storage.Tx, string) (bool, error) { return has, nil }
	link := w.link("jsmith")
	if err := w.Redeem(w.ctx("192.0.2.5"), link, chosen); code(err) != problem.Denied || !w.signsIn(phrase) {
		t.Errorf("with a second factor: %v", err)
	}
	has = false
	if err := w.Redeem(w.ctx("192.0.2.5"), link, chosen); err != nil {
		t.Error(err)
	}
}

// TestALinkThatIsNotEnoughTellsNothing: who reads somebody's mails, and has no
// second factor, does not learn which password it is by trying them at the link,
// where guesses are not counted as at the sign-in.
func TestALinkThatIsNotEnoughTellsNothing(t *testing.T) {
	w := newWorld(t)
	w.SecondFactor = func(context.Context, storage.Tx, string) (bool, error) { return true, nil }
	link := w.link("jsmith")
	for name, tried := range map[string]string{"the password": phrase, "another one": chosen, "one that the policy refuses": "short"} {
		if err := w.Redeem(w.ctx("192.0.2.5"), link, tried); code(err) != problem.Denied || problem.From(err).Reason != problem.LinkNotEnough {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWhoGetsNoMail: the answer is the same, and nothing leaves.
func TestWhoGetsNoMail(t *testing.T) {
	w := newWorld(t)
	w.tx(func(ctx context.Context, tx storage.Tx) error {
		who, err := tx.People().Get(ctx, "jsmith")
		if err != nil {
			return err
		}
		who.State = storage.PersonSuspended
		return tx.People().Update(ctx, who)
	})
	for i, userID := range []string{"jsmith", "tnew", "noaddr", "nobody", strings.Repeat("x", 254), "jsmith@example.org"} {
		if err := w.AskPassword(w.ctx(fmt.Sprintf("192.0.2.%d", i+1)), userID); err != nil {
			t.Errorf("%s: %v", userID, err)
		}
	}
	if got := w.mails(); len(got) != 0 {
		t.Errorf("mails left: %+v", got)
	}
	for _, nothing := range []string{"", "  ", strings.Repeat("x", 255)} {
		if err := w.AskPassword(w.ctx("192.0.2.1"), nothing); code(err) != problem.Invalid {
			t.Errorf("%q: %v", nothing, err)
		}
	}
}

// TestAForgottenUserID goes to the address on file, and holds no secret.
func TestAForgottenUserID(t *testing.T) {
	w := newWorld(t)
	for _, address := range []string{"JSMITH@example.org", "stranger@example.org"} {
		if err := w.AskUserID(w.ctx("192.0.2.1"), address); err != nil {
			t.Fatal(err)
		}
	}
	got := w.mails()
	if len(got) != 1 || got[0].To != "jsmith@example.org" || got[0].Kind != "user-id-reminder" || bytes.Contains(got[0].Body, []byte("http")) {
		t.Errorf("mails %+v", got)
	}
}

// TestAskingTooOften: an address is told, an account is not; no count of guesses
// is touched, and the password goes on working.
func TestAskingTooOften(t *testing.T) {
	w := newWorld(t)
	if w.signsIn("wrong") {
		t.Fatal("a wrong password works")
	}
	guesses := func() (n int64) {
		w.tx(func(ctx context.Context, tx storage.Tx) error {
			g, err := tx.Guesses().Get(ctx, "jsmith")
			n = g.Failures
			return err
		})
		return n
	}
	before := guesses()
	for i := range 10 {
		if err := w.AskPassword(w.ctx(fmt.Sprintf("192.0.2.%d", i+1)), "jsmith"); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(w.mails()); n != 3 {
		t.Errorf("%d mails for ten questions, want 3", n)
	}
	if guesses() != before || before != 1 {
		t.Errorf("the count of guesses went from %d to %d", before, guesses())
	}
	if !w.signsIn(phrase) {
		t.Error("asking changed the password")
	}
	var limited error
	for i := range 40 {
		limited = w.AskPassword(w.ctx("198.51.100.1"), fmt.Sprintf("user%d", i))
	}
	if code(limited) != problem.Limited || problem.From(limited).RetryAfter <= 0 {
		t.Errorf("forty questions from one address: %v", limited)
	}
}

// TestTheLogTellsNoSecret looks at every event.
func TestTheLogTellsNoSecret(t *testing.T) {
	w := newWorld(t)
	link := w.link("jsmith")
	if err := w.AskPassword(w.ctx("192.0.2.1"), "hunter2 typed into the wrong field"); err != nil {
		t.Fatal(err)
	}
	w.mails()
	if err := w.Redeem(w.ctx("192.0.2.1"), link, chosen); err != nil {
		t.Fatal(err)
	}
	w.tx(func(ctx context.Context, tx storage.Tx) error {
		all, err := tx.Audit().Pending(ctx, 1000)
		kinds := map[string]bool{}
		for _, e := range all {
			kinds[e.Kind] = true
			for _, word := range []string{link, "hunter2", "jsmith@", chosen} {
				if bytes.Contains(e.Body, []byte(word)) {
					t.Errorf("%s holds %q", e.Kind, word)
				}
			}
		}
		for _, kind := range []audit.Kind{audit.RecoveryRequested, audit.RecoveryAnswered, audit.RecoveryRefused, audit.LinkUsed, audit.CredentialPersonalChosen} {
			if !kinds[string(kind)] {
				t.Errorf("there is no %s", kind)
			}
		}
		return err
	})
}

// TestHandingOut: two messages, of which none has what the other has; the link
// shows a temporary password once, and that signs in.
func TestHandingOut(t *testing.T) {
	for _, channel := range []recovery.Channel{recovery.ByMail, recovery.ByWebhook} {
		t.Run(string(channel), func(t *testing.T) {
			w := newWorld(t)
			h := recovery.Handout{PersonID: "tnew", Channel: channel, ValidFor: 24 * time.Hour, By: audit.Actor{Type: "operator"}}
			w.tx(func(ctx context.Context, tx storage.Tx) error { return w.HandOut(ctx, tx, h) })
			got := w.mails()
			if len(got) != 2 {
				t.Fatalf("%d messages", len(got))
			}
			slices.SortFunc(got, func(a, b outbox.Opened) int { return len(a.Body) - len(b.Body) })
			slices.SortFunc(got, func(a, b outbox.Opened) int { return strings.Compare(a.Kind, b.Kind) })
			for i, p := range got {
				withoutAddress := bytes.ReplaceAll(p.Body, []byte("tnew@example.org"), nil)
				withoutAddress = bytes.ReplaceAll(withoutAddress, []byte("sub-tnew"), nil)
				if id, link := bytes.Contains(withoutAddress, []byte("tnew")), bytes.Contains(p.Body, []byte("?link=")); id == link {
					t.Errorf("message %d: User ID %v, link %v", i, id, link)
				}
			}
			var link string
			for _, p := range got {
				if bytes.Contains(p.Body, []byte("?link=")) {
					link = token(t, p, recovery.TemporaryPath)
				}
			}
			if _, err := w.Look(w.ctx("192.0.2.5"), link, storage.LinkTemporary); err != nil {
				t.Fatal(err)
			}
			w.now = w.now.Add(23 * time.Hour)
			temporary, until, err := w.Reveal(w.ctx("192.0.2.5"), link)
			if err != nil || !until.Equal(w.now.Add(time.Hour)) {
				t.Fatalf("%v until %v", err, until)
			}
			v, err := w.creds.Verify(w.ctx("192.0.2.6"), credential.SignIn{UserID: "tnew", Password: temporary})
			if err != nil || v.Must != credential.MustTemporary {
				t.Errorf("signing in with it: %+v, %v", v, err)
			}
			if _, _, err := w.Reveal(w.ctx("192.0.2.5"), link); code(err) != problem.NotFound {
				t.Errorf("shown twice: %v", err)
			}
		})
	}
	t.Run("issued again", func(t *testing.T) {
		w := newWorld(t)
		h := recovery.Handout{PersonID: "tnew", Channel: recovery.ByMail, Known: true, ValidFor: 24 * time.Hour}
		w.tx(func(ctx context.Context, tx storage.Tx) error { return w.HandOut(ctx, tx, h) })
		first := token(t, w.mails()[0], recovery.TemporaryPath)
		w.tx(func(ctx context.Context, tx storage.Tx) error {
			_, err := w.creds.IssueTemporary(ctx, tx, "tnew", time.Hour, audit.Actor{Type: "operator"})
			return err
		})
		if _, _, err := w.Reveal(w.ctx("192.0.2.5"), first); code(err) != problem.NotFound {
			t.Errorf("the link of a former password: %v", err)
		}
	})
	for _, channel := range []recovery.Channel{recovery.ByMail, recovery.ByWebhook} {
		t.Run("a password of another system, by "+string(channel), func(t *testing.T) {
			w := newWorld(t)
			hash, err := password.Import("bcrypt", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")
			if err != nil {
				t.Fatal(err)
			}
			w.tx(func(ctx context.Context, tx storage.Tx) error {
				who := storage.Person{ID: "own", Subject: "sub-own", State: storage.PersonApproved, CreatedAt: w.now, UpdatedAt: w.now, Version: 1}
				if err := w.People.Seal(&who, person.Profile{UserID: "own", GivenName: "Jane", FamilyName: "Smith", Email: "own@example.org"}); err != nil {
					return err
				}
				if err := tx.People().Insert(ctx, who); err != nil {
					return err
				}
				if _, err := w.creds.ImportPersonal(ctx, tx, who, hash, audit.Actor{Type: "operator"}); err != nil {
					return err
				}
				return w.HandOut(ctx, tx, recovery.Handout{PersonID: "own", Channel: channel, ValidFor: 24 * time.Hour})
			})
			got := w.mails()
			if len(got) != 1 || !bytes.Contains(got[0].Body, []byte(`"own"`)) || bytes.Contains(got[0].Body, []byte("link=")) {
				t.Fatalf("%d messages: %+v", len(got), got)
			}
			// Once: then it is as any personal password.
			err = w.Store.Tx(t.Context(), func(tx storage.Tx) error {
				return w.HandOut(t.Context(), tx, recovery.Handout{PersonID: "own", Channel: channel, ValidFor: time.Hour})
			})
			if code(err) != problem.Conflict {
				t.Errorf("again: %v", err)
			}
		})
	}
	t.Run("no address", func(t *testing.T) {
		w := newWorld(t)
		err := w.Store.Tx(t.Context(), func(tx storage.Tx) error {
			return w.HandOut(t.Context(), tx, recovery.Handout{PersonID: "noaddr", Channel: recovery.ByMail, ValidFor: time.Hour})
		})
		if code(err) != problem.Conflict {
			t.Errorf("error %v", err)
		}
	})
}

// TestAHospitalBeginsToWork: links that work use up nothing, however many come from
// one address; those that do not come to an end.
func TestAHospitalBeginsToWork(t *testing.T) {
	w := newWorld(t)
	var links []string
	for i := range 60 {
		id := fmt.Sprintf("new%d", i)
		record := storage.Person{ID: id, Subject: "sub-" + id, State: storage.PersonApproved, CreatedAt: w.now, UpdatedAt: w.now}
		if err := w.People.Seal(&record, person.Profile{UserID: id, GivenName: "Ann", FamilyName: "Lee", Email: id + "@example.org"}); err != nil {
			t.Fatal(err)
		}
		w.tx(func(ctx context.Context, tx storage.Tx) error {
			return errors.Join(tx.People().Insert(ctx, record), w.HandOut(ctx, tx, recovery.Handout{
				PersonID: id, Channel: recovery.ByMail, Known: true, ValidFor: 24 * time.Hour, By: audit.Actor{Type: "operator"},
			}))
		})
		links = append(links, token(t, w.mails()[0], recovery.TemporaryPath))
	}
	for i, link := range append(links, w.link("jsmith")) {
		var err error
		if i < len(links) {
			_, _, err = w.Reveal(w.ctx("192.0.2.5"), link)
		} else {
			err = w.Redeem(w.ctx("192.0.2.5"), link, chosen)
		}
		if err != nil {
			t.Fatalf("person %d: %v", i+1, err)
		}
	}
	var err error
	for range 51 {
		_, _, err = w.Reveal(w.ctx("192.0.2.5"), secret.NewToken())
	}
	if code(err) != problem.Limited {
		t.Errorf("the 51st link that does not work: %v", err)
	}
}

// TestTimeTellsNothing prints how long the answers for User IDs that there are and
// that there are not take, and compares the distributions (Kolmogorov-Smirnov).
func TestTimeTellsNothing(t *testing.T) {
	w := newWorld(t)
	const n = 300
	took := map[string][]float64{}
	for i := range 2*n + 40 {
		name, userID := "known", "jsmith"
		if i%2 == 1 {
			name, userID = "unknown", "nobody"
		}
		w.now = w.now.Add(2 * time.Hour)
		ctx := w.ctx(fmt.Sprintf("10.0.%d.%d", i/200, i%200+1))
		began := time.Now()
		if err := w.AskPassword(ctx, userID); err != nil {
			t.Fatal(err)
		}
		if i >= 40 {
			took[name] = append(took[name], float64(time.Since(began).Microseconds()))
		}
	}
	for name, all := range took {
		slices.Sort(all)
		t.Logf("%-7s  p10 %5.0f  p50 %5.0f  p90 %5.0f µs", name, all[n/10], all[n/2], all[9*n/10])
	}
	d := distance(took["known"], took["unknown"])
	// The bound for two samples of one distribution, exceeded once in 100,000.
	bound := math.Sqrt(-math.Log(1e-5/2)/2) * math.Sqrt(2.0/n)
	t.Logf("distance %.3f, bound %.3f", d, bound)
	if d > bound {
		t.Errorf("the distributions differ: distance %.3f, bound %.3f", d, bound)
	}
}

// distance is the largest between two distributions of sorted samples.
func distance(a, b []float64) float64 {
	largest := 0.0
	for _, x := range append(slices.Clone(a), b...) {
		below := func(all []float64) float64 {
			i, _ := slices.BinarySearch(all, math.Nextafter(x, math.Inf(1)))
			return float64(i) / float64(len(all))
		}
		largest = max(largest, math.Abs(below(a)-below(b)))
	}
	return largest
}
