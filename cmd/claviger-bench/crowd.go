package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// crowd says how much there is of everything that operators leaf through.
type crowd struct {
	population
	staff         int // of the large organization
	organizations int // that are part of it
	clients       int
	applications  int // that wait, and as many that were approved
	events        int // of the audit log, besides those that the rest makes
	mails         int
	lines         int // of the logout ledger
	jobs          int
}

const (
	// few is how many there are of what is looked for and stands at the far end.
	few       = 30
	rareActor = "rare-actor"
	// busyActor did half of everything in the log.
	busyActor  = "busy-actor"
	rareClient = "rare-client"
)

// numbered is an identifier as secret.NewID draws them, in the order of its number.
func numbered(prefix string, i int) string {
	digits := strings.Map(func(c rune) rune { return 'a' + c - '0' }, fmt.Sprintf("%010d", i))
	return prefix + digits + strings.Repeat("q", 26-len(prefix)-len(digits))
}

// The organizations.
func large() string      { return numbered("la", 0) }
func remote() string     { return numbered("re", 0) }
func part1(i int) string { return numbered("pa", i) }

// gather puts a crowd into the stores of an installation that has its people.
func (in *installation) gather(ctx context.Context, c crowd) error {
	return in.withStores(ctx, func(s opened) error {
		keyring, err := openKeyring(ctx, s.durable, s.root)
		if err != nil {
			return err
		}
		g := &gatherer{crowd: c, store: s.durable, keyring: keyring, people: person.Directory{Keys: keyring}, now: time.Now().UTC().Truncate(time.Microsecond)}
		for _, one := range []struct {
			what string
			n    int
			put  func(context.Context, storage.Tx, int) error
		}{
			{"organizations", c.organizations + 2, g.organization}, {"staff", c.staff, g.member}, {"clients", c.clients, g.client},
			{"applications", 2 * c.applications, g.application}, {"acceptances", c.people, g.acceptance}, {"mails", c.mails, g.mail},
			{"the logout ledger", c.lines, g.line}, {"jobs", c.jobs, g.job},
		} {
			if err := inBatches(ctx, s.durable, one.n, one.put); err != nil {
				return fmt.Errorf("seeding %s: %w", one.what, err)
			}
		}
		if err := g.joined(ctx, s.ephemeral.Sessions()); err != nil {
			return fmt.Errorf("seeding sessions: %w", err)
		}
		return g.log(ctx)
	})
}

// inBatches does something n times, many times in one transaction.
func inBatches(ctx context.Context, store storage.Store, n int, put func(context.Context, storage.Tx, int) error) error {
	for from := 0; from < n; from += seedBatch {
		if err := store.Tx(ctx, func(tx storage.Tx) error {
			for i := from; i < min(from+seedBatch, n); i++ {
				if err := put(ctx, tx, i); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// gatherer makes the records of a crowd.
type gatherer struct {
	crowd
	store   storage.Store
	keyring *secret.Keyring
	people  person.Directory
	now     time.Time
}

// at is the moment of the i-th of something: each has one of its own.
func (g *gatherer) at(i int) time.Time {
	return g.now.Add(-time.Hour).Add(time.Duration(i) * time.Millisecond)
}

// organization makes the large one, the one that few events are about, and the parts of
// the large one.
func (g *gatherer) organization(ctx context.Context, tx storage.Tx, i int) error {
	o := storage.Organization{
		Kind: storage.OrganizationPractice, State: storage.OrganizationActive, Name: fmt.Sprint("Practice ", i), Ceiling: []string{"biller"},
		CreatedAt: g.now, UpdatedAt: g.now,
	}
	switch i {
	case 0:
		o.ID = large()
	case 1:
		o.ID = remote()
	default:
		o.ID, o.ParentID = part1(i-2), large()
	}
	return tx.Organizations().Insert(ctx, o)
}

func (g *gatherer) member(ctx context.Context, tx storage.Tx, i int) error {
	id := numbered("me", i)
	need, err := g.keyring.Seal(secret.Place{Table: "membership", Column: "need", Row: id}, []byte("bills"))
	if err != nil {
		return err
	}
	return tx.Memberships().Insert(ctx, storage.Membership{
		ID: id, OrganizationID: large(), PersonID: personID(i), Role: "biller", Need: need, GrantedBy: "operator", Since: g.now,
	})
}

func (g *gatherer) client(ctx context.Context, tx storage.Tx, i int) error {
	id := fmt.Sprintf("app-%06d", i)
	if i == 0 {
		id = rareClient
	}
	return tx.Clients().Insert(ctx, storage.Client{
		ID: id, Name: id, AuthMethod: "none", GrantTypes: []string{"authorization_code"}, RedirectURIs: []string{redirectTo},
		Scopes: []string{"openid"}, CreatedAt: g.now, UpdatedAt: g.now,
	})
}

func (g *gatherer) application(ctx context.Context, tx storage.Tx, i int) error {
	a := storage.Application{
		ID: numbered("ap", i), State: storage.ApplicationSubmitted, Source: "operator", SubmittedBy: "operator", SubmittedAt: g.at(i),
	}
	if i%2 == 1 {
		a.State, a.DecidedBy, a.DecidedAt, a.PersonID = storage.ApplicationApproved, "operator", g.now, personID(i%g.crowd.people)
	}
	if err := g.people.SealApplication(&a, person.Profile{GivenName: "Jane", FamilyName: fmt.Sprint("Applicant", i), NPI: npi(50_000_000 + i)}); err != nil {
		return err
	}
	return tx.Applications().Insert(ctx, a)
}

// agreed is the version of the Use Agreement.
const agreed = "2026-01"

// acceptance is that of everybody but the few who come last.
func (g *gatherer) acceptance(ctx context.Context, tx storage.Tx, i int) error {
	text := []byte("# Use Agreement\n\nBe careful.\n")
	hash := sha256.Sum256(text)
	if i == 0 {
		if err := tx.Agreements().Publish(ctx, storage.Agreement{
			Audience: "everyone", Version: agreed, Language: "en", Text: text, Hash: hash[:], EffectiveAt: g.now.Add(-time.Hour), PublishedAt: g.now.Add(-time.Hour),
		}); err != nil {
			return err
		}
	}
	if i >= g.crowd.people-few {
		return nil
	}
	return tx.Agreements().Accept(ctx, storage.Acceptance{
		ID: numbered("ac", i), PersonID: personID(i), Audience: "everyone", Version: agreed, Language: "en", Hash: hash[:], AcceptedAt: g.now,
	})
}

// parcelID is as package outbox makes them: a time, and an identifier.
func (g *gatherer) parcelID(i int) string {
	var b [8]byte
	for k := range b {
		b[k] = byte(g.at(i).UnixMilli() >> (56 - 8*k)) //nolint:gosec // the byte that is meant
	}
	return hex.EncodeToString(b[2:]) + numbered("ma", i)
}

// mail is one that was sent; the oldest few bounced, or went by another carrier.
func (g *gatherer) mail(ctx context.Context, tx storage.Tx, i int) error {
	p := storage.Parcel{
		ID: g.parcelID(i), Carrier: "mail", Lane: "mail", Kind: "password_changed", PersonID: personID(i % g.crowd.people), State: storage.ParcelSent,
		Content: []byte{}, Attempts: 1, LastStatus: 250, LastAnswer: "OK", CreatedAt: g.at(i), NextAt: g.at(i), ExpiresAt: g.now.Add(time.Hour), SettledAt: g.at(i),
	}
	switch {
	case i < few:
		p.State = storage.ParcelBounced
	case i < 2*few:
		p.Carrier, p.Lane = "webhook", "webhook"
	}
	var err error
	if p.Address, err = g.keyring.Seal(secret.Place{Table: "outbox", Column: "address", Row: p.ID}, fmt.Appendf(nil, "jane%d@example.org", i)); err != nil {
		return err
	}
	return tx.Outbox().Insert(ctx, p)
}

// line is one of an application that was told; the oldest few are of one that never
// answered.
func (g *gatherer) line(ctx context.Context, tx storage.Tx, i int) error {
	l := storage.Logout{
		SessionID: numbered("se", i), ClientID: portalClient, PersonID: personID(i % g.crowd.people), Subject: "s" + personID(i % g.crowd.people)[1:],
		Reason: "idle", State: storage.LogoutDelivered, Attempts: 1, LastStatus: 200, CreatedAt: g.at(i), NextAt: g.at(i), SettledAt: g.now,
	}
	switch {
	case i < few:
		l.State = storage.LogoutGaveUp
	case i < 2*few:
		l.ClientID = rareClient
	}
	l.ID = l.SessionID + "." + l.ClientID
	return tx.Logouts().Enter(ctx, l)
}

func (g *gatherer) job(ctx context.Context, tx storage.Tx, i int) error {
	id := numbered("jo", i)
	if err := tx.Jobs().Insert(ctx, storage.Job{
		ID: id, Kind: "roster_import", State: storage.JobRunning, Digest: id, Options: "{}", Actor: `{"type":"operator"}`, Counts: "{}",
		Total: 1, CreatedAt: g.now, UpdatedAt: g.now,
	}); err != nil {
		return err
	}
	return tx.Jobs().Save(ctx, storage.Job{
		ID: id, State: storage.JobFinished, Counts: "{}", Done: 1, UpdatedAt: g.now, FinishedAt: g.now, Version: 1,
	})
}

// joined are a few sessions in which an application took part that nobody else uses.
func (g *gatherer) joined(ctx context.Context, sessions storage.Sessions) error {
	var work errgroup.Group
	for i := range min(few, g.crowd.people) {
		work.Go(func() error {
			id := personID(i)
			return sessions.Create(ctx, storage.Session{
				ID: secret.NewID(), SecretHash: secret.Hash(secret.NewToken()), PersonID: id, Subject: "s" + id[1:], AuthTime: g.now, ACR: "urn:bench:seeded",
				AMR: []string{"pwd"}, IdleLimit: time.Hour, CreatedAt: g.now, LastActivity: g.now, Deadline: g.now.Add(2 * time.Hour),
				AbsoluteDeadline: g.now.Add(12 * time.Hour), Clients: []string{rareClient},
			})
		})
	}
	return work.Wait()
}

// log fills the audit log, and has all events get their places. What is rare in it
// stands at its beginning.
func (g *gatherer) log(ctx context.Context) error {
	key, err := keys.OpenAuditKey(ctx, g.store, g.keyring)
	if err != nil {
		return err
	}
	if err := g.store.Tx(ctx, func(tx storage.Tx) error {
		for i := range few {
			if err := audit.Record(ctx, tx, audit.Event{
				Kind: audit.AccessDenied, Outcome: audit.OutcomeDeny, Reason: "stranger", Actor: audit.Actor{Type: "client", ID: rareActor},
				Subject: personID(i % g.crowd.people), ClientID: rareClient, Detail: map[string]string{"act": "read", "organization": remote()},
			}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for from := 0; from < g.events; from += seedBatch {
		var some []audit.Event
		for i := from; i < min(from+seedBatch, g.events); i++ {
			e := audit.Event{
				Kind: audit.GrantRefreshed, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: personID(i % g.crowd.people)},
				Subject: personID(i % g.crowd.people), ClientID: portalClient, Detail: map[string]string{"organization": large()},
			}
			if i%2 == 1 {
				e.Kind, e.Actor, e.Detail = audit.PersonRead, audit.Actor{Type: "client", ID: busyActor, Role: "operator"}, nil
			}
			some = append(some, e)
		}
		if err := g.store.Tx(ctx, func(tx storage.Tx) error { return audit.Record(ctx, tx, some...) }); err != nil {
			return err
		}
	}
	sequencer := &audit.Sequencer{Store: g.store, Signer: key.Signer, Log: slog.New(slog.DiscardHandler)}
	return sequencer.Finish(ctx)
}

// npi is one with a valid check digit.
func npi(i int) string {
	nine := fmt.Sprintf("1%08d", i)
	return nine + string(person.CheckDigit(nine))
}

func email(i int) string { return fmt.Sprintf("clinician%d@example.org", i) }
