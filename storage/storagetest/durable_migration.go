package storagetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlstore"
)

// Migrating is a durable store whose schema changes in steps.
type Migrating interface {
	storage.Store
	Pending(ctx context.Context) ([]sqlstore.Migration, error)
	Migrate(ctx context.Context) error
}

// Database is an empty database of one test.
type Database struct {
	// ByteType is its name for byte strings.
	ByteType string
	// Script runs statements while no store has the database.
	Script func(t *testing.T, sql string)
	// Open opens it as a store with the options of these names.
	Open func(migrate, unmigrated bool) (Migrating, error)
}

// Migrations runs the suite of schema changes on databases that fresh makes.
func Migrations(t *testing.T, fresh func(t *testing.T) Database) {
	for name, test := range map[string]func(*testing.T, Database){
		"empty": testMigrateEmpty,
		"older": testMigrateOlder,
		"newer": testMigrateNewer,
	} {
		t.Run(name, func(t *testing.T) { test(t, fresh(t)) })
	}
}

func testMigrateEmpty(t *testing.T, d Database) {
	_, err := d.Open(false, false)
	want(t, "Open without asking", err, storage.ErrTooOld)
	for range 2 {
		s, err := d.Open(true, false)
		must(t, err)
		steps, err := s.Pending(t.Context())
		if err != nil || len(steps) > 0 {
			t.Errorf("pending after Migrate: %v, %v", steps, err)
		}
		must(t, s.Close())
	}
	s, err := d.Open(false, false)
	must(t, err)
	must(t, s.Close())
}

// seed is what an older program wrote: a person with everything that hangs on
// one, at the first step of the schema.
const seed = `
INSERT INTO person (id, subject, user_id_index, npi_index, email_index, state, profile, created_at, updated_at, version)
VALUES ('p', 's', %[1]s, NULL, NULL, 'active', %[1]s, 1000000, 2000000, 3);
INSERT INTO password (person_id, kind, verifier, scheme, set_at, expires_at, failures, last_failure_at, version)
VALUES ('p', 'personal', %[1]s, 'argon2id', 1000000, 0, 2, 3000000, 2);
INSERT INTO client (id, metadata, created_at, updated_at, version) VALUES ('c', '{"client_name":"C"}', 1000000, 1000000, 1);
INSERT INTO grants (id, client_id, person_id, session_id, scopes, audience, auth_time, acr, amr, generation, rotated_at, created_at, expires_at, ended_at, end_reason)
VALUES ('live', 'c', 'p', 'x', 'openid profile', 'c', 1000000, '', 'pwd', 4, 1000000, 1000000, 9000000, 0, ''),
       ('over', 'c', 'p', 'x', '', '', 1000000, '', '', 0, 0, 1000000, 2000000, 0, ''),
       ('ended', 'c', 'p', 'x', '', '', 1000000, '', '', 0, 0, 1000000, 9000000, 1500000, 'logout');
INSERT INTO audit_event (id, at, kind, subject, body, place) VALUES ('e0', 1000000, 'k', 'p', %[1]s, 0), ('e1', 1000000, 'k', '', %[1]s, -1);
UPDATE audit_tree SET size = 1;
INSERT INTO audit_hash (id, hash) VALUES (0, %[1]s);`

func testMigrateOlder(t *testing.T, d Database) {
	all, err := sqlstore.Migrations(d.ByteType)
	must(t, err)
	if len(all) < 2 {
		t.Fatal("no older schema to begin with")
	}
	value := "X'01ff'"
	if d.ByteType == "BYTEA" {
		value = `'\x01ff'`
	}
	d.Script(t, sqlstore.VersionTable)
	d.Script(t, all[0].SQL)
	d.Script(t, fmt.Sprintf(seed, value))
	d.Script(t, `INSERT INTO schema_version (number, name, applied_at) VALUES (1, 'core', 1000000)`)

	_, err = d.Open(false, false)
	want(t, "Open without asking", err, storage.ErrTooOld)
	s, err := d.Open(false, true)
	must(t, err)
	defer func() { must(t, s.Close()) }()
	steps, err := s.Pending(t.Context())
	must(t, err)
	same(t, "pending steps", steps, all[1:])
	must(t, s.Migrate(t.Context()))
	steps, err = s.Pending(t.Context())
	must(t, err)
	same(t, "pending steps after Migrate", len(steps), 0)

	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		p, err := tx.People().ByUserID(ctx, []byte{1, 255})
		same(t, "person", p.ID+p.Subject+string(p.State), "ps"+"active")
		w, err2 := tx.Passwords().Get(ctx, "p")
		same(t, "password", []any{w.Verifier, w.Version, w.ExpiresAt.IsZero(), w.ForcedAt.IsZero()}, []any{[]byte{1, 255}, int64(2), true, true})
		guess, err7 := tx.Guesses().Get(ctx, "p")
		same(t, "guesses", []int64{guess.Failures, guess.Against}, []int64{2, 2})
		c, err3 := tx.Clients().Get(ctx, "c")
		same(t, "client", c.Name, "C")
		g, err4 := tx.Grants().Rotate(ctx, "live", 4, p.UpdatedAt)
		same(t, "scopes", strings.Join(g.Scopes, ","), "openid,profile")
		n, err5 := tx.Grants().Purge(ctx, guess.LastAt, 10)
		same(t, "purged", n, int64(2))
		size, err6 := tx.Audit().Size(ctx)
		same(t, "tree size", size, int64(1))
		return errors.Join(err, err2, err3, err4, err5, err6, err7, tx.Audit().Place(ctx, 1, placed("e1"), []storage.TreeHash{{Index: 1, Hash: []byte{1}}}))
	})
}

func testMigrateNewer(t *testing.T, d Database) {
	s, err := d.Open(true, false)
	must(t, err)
	must(t, s.Close())
	d.Script(t, `INSERT INTO schema_version (number, name, applied_at) VALUES (999, 'future', 0)`)
	for _, mode := range [][2]bool{{false, false}, {true, false}, {false, true}} {
		s, err := d.Open(mode[0], mode[1])
		want(t, fmt.Sprint("Open ", mode), err, storage.ErrTooNew)
		if err == nil {
			must(t, s.Close())
		}
	}
}
