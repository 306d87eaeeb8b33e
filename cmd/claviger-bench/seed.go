package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/embedded"
	"github.com/claviger-id/claviger/storage/postgres"
	"github.com/claviger-id/claviger/storage/redis"
	"github.com/claviger-id/claviger/storage/sqlite"
)

// population is who an installation is filled with.
type population struct{ people, sessions int }

// filled is what there is to work with afterwards.
type filled struct {
	users   []string // User IDs of those who sign in, spread over all
	cookies []string // of sessions, spread over all
}

const (
	// wordOfAll is the password of all who sign in.
	wordOfAll = "seven quiet herons drift"
	// samples is how many people and sessions are worked with; with fewer, all
	// would be in every cache.
	samples   = 2000
	seedBatch = 2000
)

// fill puts people and sessions into the stores, through the same packages
// that the program uses, while the server does not run.
func (in *installation) fill(ctx context.Context, p population) (out filled, err error) {
	err = in.withStores(ctx, func(s opened) error {
		out, err = in.seed(ctx, s.root, s.durable, s.ephemeral, p)
		return err
	})
	if err != nil {
		return out, err
	}
	return out, in.tidy(ctx)
}

// opened are the stores of an installation whose server does not run.
type opened struct {
	root      secret.Root
	durable   storage.Store
	ephemeral storage.Ephemeral
}

// withStores opens the stores, and closes them again.
func (in *installation) withStores(ctx context.Context, do func(opened) error) error {
	text, err := os.ReadFile(in.root)
	if err != nil {
		return err
	}
	s := opened{}
	if s.root, err = secret.ParseRoot(string(text)); err != nil {
		return err
	}
	if s.durable, s.ephemeral, err = in.openStores(ctx, s.root); err != nil {
		return err
	}
	return errors.Join(do(s), s.durable.Close(), s.ephemeral.Close())
}

// tidy has PostgreSQL do now what it would otherwise do in the middle of the
// measurement, because so much was written at once.
func (in *installation) tidy(ctx context.Context) error {
	if in.backend != backendServers {
		return nil
	}
	for _, sql := range []string{"VACUUM ANALYZE", "CHECKPOINT"} {
		if err := execute(ctx, in.pgURL, sql); err != nil {
			return err
		}
	}
	return nil
}

func (in *installation) openStores(ctx context.Context, root secret.Root) (storage.Store, storage.Ephemeral, error) {
	now := func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
	if in.backend == backendServers {
		store, err := postgres.Open(ctx, postgres.Options{URL: in.pgURL, Now: now, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			return nil, nil, err
		}
		ephemeral, err := redis.Open(ctx, redis.Options{URL: in.redis})
		if err != nil {
			return nil, nil, errors.Join(err, store.Close())
		}
		return store, ephemeral, nil
	}
	path := func(name string) string { return filepath.Join(in.dir, "data", name) }
	store, err := sqlite.Open(ctx, sqlite.Options{Path: path("claviger.db"), Key: root.FileKey("claviger.db"), Now: now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, nil, err
	}
	ephemeral, err := embedded.Open(ctx, embedded.Options{Path: path("ephemeral.db"), Key: root.FileKey("ephemeral.db")})
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	return store, ephemeral, nil
}

func (in *installation) seed(ctx context.Context, root secret.Root, store storage.Store, ephemeral storage.Ephemeral, p population) (filled, error) {
	var out filled
	keyring, err := openKeyring(ctx, store, root)
	if err != nil {
		return out, err
	}
	hasher, err := password.NewHasher(password.Params{
		MemoryKiB: in.hash.memoryMiB << 10, Iterations: in.hash.iterations, Parallelism: in.hash.lanes,
	}, 512, 1)
	if err != nil {
		return out, err
	}
	// One hash serves all who sign in: what matters is that each is computed
	// again, not that each is another.
	phc, err := hasher.Hash(ctx, wordOfAll)
	if err != nil {
		return out, err
	}
	s := &seeder{
		people: person.Directory{Keys: keyring}, keyring: keyring, phc: phc, scheme: hasher.Scheme(),
		reachable: in.reachable, every: max(1, p.people/samples), now: time.Now().UTC().Truncate(time.Microsecond),
	}
	users := s.users(p.people)
	for from := 0; from < p.people; from += seedBatch {
		if err := store.Tx(ctx, func(tx storage.Tx) error {
			for i := from; i < min(from+seedBatch, p.people); i++ {
				if err := s.person(ctx, tx, i, users[i], &out); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return out, fmt.Errorf("seeding people: %w", err)
		}
	}
	cookies := make([]string, p.sessions)
	var work errgroup.Group
	work.SetLimit(8)
	for i := range cookies {
		work.Go(func() (err error) {
			cookies[i], err = s.session(ctx, ephemeral.Sessions(), i%p.people)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return out, fmt.Errorf("seeding sessions: %w", err)
	}
	for from := 0; from < p.sessions; from += seedBatch {
		if err := store.Tx(ctx, func(tx storage.Tx) error {
			for i := from; i < min(from+seedBatch, p.sessions); i++ {
				if err := s.grant(ctx, tx, i, p.people, cookies[i]); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return out, fmt.Errorf("seeding grants: %w", err)
		}
	}
	for i := 0; i < len(cookies); i += max(1, len(cookies)/samples) {
		out.cookies = append(out.cookies, cookies[i])
	}
	return out, nil
}

func openKeyring(ctx context.Context, store storage.Store, root secret.Root) (*secret.Keyring, error) {
	var wrapped []byte
	if err := store.View(ctx, func(tx storage.Tx) (err error) {
		wrapped, err = tx.Settings().Get(ctx, "keyring")
		return err
	}); err != nil {
		return nil, err
	}
	return root.OpenKeyring(wrapped)
}

// seeder makes the records.
type seeder struct {
	people  person.Directory
	keyring *secret.Keyring
	phc     string
	scheme  string
	every   int // so many people stand between two who sign in
	// reachable says that people have an NPI and an address for mail.
	reachable bool
	now       time.Time
}

// personID is one as secret.NewID draws them, in order.
func personID(i int) string { return numbered("", i) }

// users returns User IDs in the order of their blind indexes. People who come
// in the order of all indexes that a sign-in asks are stored in a tenth of the
// time; who signs in afterwards is spread over all of them all the same.
func (s *seeder) users(n int) []string {
	all, index := make([]string, n), make(map[string]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("clinician%d", i)
		index[all[i]] = string(s.people.UserIDIndex(all[i]))
	}
	slices.SortFunc(all, func(a, b string) int { return strings.Compare(index[a], index[b]) })
	return all
}

func (s *seeder) person(ctx context.Context, tx storage.Tx, i int, userID string, out *filled) error {
	id := personID(i)
	profile := person.Profile{
		UserID: userID, GivenName: "Jane", FamilyName: fmt.Sprint("Example", i), Credential: "MD",
	}
	if s.reachable {
		profile.NPI, profile.Email = npi(i), email(i)
	}
	record := storage.Person{ID: id, Subject: "s" + id[1:], State: storage.PersonActive, CreatedAt: s.now, UpdatedAt: s.now}
	if err := s.people.Seal(&record, profile); err != nil {
		return err
	}
	if err := tx.People().Insert(ctx, record); err != nil {
		return err
	}
	verifier := []byte("nobody signs in with this one")
	if i%s.every == 0 {
		out.users = append(out.users, profile.UserID)
		verifier = []byte(s.phc)
	}
	sealed, err := s.keyring.Seal(secret.Place{Table: "password", Column: "verifier", Row: id}, verifier)
	if err != nil {
		return err
	}
	return tx.Passwords().Insert(ctx, storage.Password{
		PersonID: id, Kind: storage.PasswordPersonal, Verifier: sealed, Scheme: s.scheme, SetAt: s.now,
	})
}

func (s *seeder) session(ctx context.Context, sessions storage.Sessions, of int) (cookie string, err error) {
	token, id := secret.NewToken(), personID(of)
	record := storage.Session{
		ID: secret.NewID(), SecretHash: secret.Hash(token), PersonID: id, Subject: "s" + id[1:],
		AuthTime: s.now, ACR: "urn:bench:seeded", AMR: []string{"pwd"}, IdleLimit: time.Hour,
		CreatedAt: s.now, LastActivity: s.now, Deadline: s.now.Add(2 * time.Hour), AbsoluteDeadline: s.now.Add(12 * time.Hour),
		Clients: []string{portalClient},
	}
	return record.ID + "." + token, sessions.Create(ctx, record)
}

// grant is what an application has of a session.
func (s *seeder) grant(ctx context.Context, tx storage.Tx, i, people int, cookie string) error {
	session, _, _ := strings.Cut(cookie, ".")
	return tx.Grants().Insert(ctx, storage.Grant{
		ID: secret.NewID(), ClientID: portalClient, PersonID: personID(i % people), SessionID: session, Scopes: []string{"openid", "profile"},
		Audience: []string{portalClient}, AuthTime: s.now, ACR: "urn:bench:seeded", AMR: []string{"pwd"}, Generation: 1,
		RotatedAt: s.now, CreatedAt: s.now, ExpiresAt: s.now.Add(24 * time.Hour),
	})
}

// verifier is a PKCE code verifier.
func verifier() string { return rand.Text() + rand.Text() }
