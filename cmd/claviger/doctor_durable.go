package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/claviger-id/claviger/storage/postgres"
	"github.com/claviger-id/claviger/storage/sqlstore"
)

// durable checks the database, and what is in it.
func (d *doctor) durable(ctx context.Context) {
	const check = "database"
	err := d.in.openDirectory(false)
	if err == nil {
		d.in.root, err = d.in.findRoot(false)
	}
	if err == nil {
		err = d.in.openStore(ctx, false)
	}
	if err != nil {
		d.found(check, findingFailed, explain(err), "claviger serve makes what is missing; an existing installation needs its root key")
		return
	}
	defer func() { _ = d.in.close() }()
	switch s := d.in.store.(type) {
	case *postgres.Store:
		d.role(ctx, s)
	default:
		d.found(check, findingOK, "the embedded database opens", "")
	}
	if !d.migrations(ctx) {
		return // what is in an older schema is for the server of its time
	}
	if err := d.in.openKeyring(ctx, false); err != nil {
		d.found(check, findingFailed, explain(err), "")
		return
	}
	d.pastClock(ctx)
	d.keys(ctx)
	d.told(ctx)
	d.subscriptions(ctx)
	d.second(ctx)
}

// role checks what the role may do in PostgreSQL: enough, and not too much.
func (d *doctor) role(ctx context.Context, s *postgres.Store) {
	const check = "database"
	r, err := s.Inspect(ctx)
	if err != nil {
		d.found(check, findingFailed, explain(err), "see whether PostgreSQL answers, and whom it lets in")
		return
	}
	sound := true
	tell := func(status, found, remedy string) {
		sound = false
		d.found(check, status, found, remedy)
	}
	if r.Superuser {
		tell(findingWarning, fmt.Sprintf("the role %s is a superuser", r.Name), "give the server a role that owns its own database and nothing else")
	}
	if len(r.Lacking) > 0 {
		tell(findingFailed, fmt.Sprintf("the role %s cannot read and write %s", r.Name, strings.Join(r.Lacking, ", ")),
			"as the owner: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA … TO "+r.Name)
	}
	if !r.MayMigrate {
		tell(findingWarning, fmt.Sprintf("the role %s cannot make tables", r.Name), "the next migration needs a role that can: GRANT CREATE ON SCHEMA … TO "+r.Name)
	}
	if !r.Encrypted && d.in.config.Data.InsecurePlaintext {
		tell(findingWarning, "the connection to PostgreSQL is not encrypted", "add sslmode=verify-full to the URL, and take data.insecure_plaintext away")
	}
	if sound {
		d.found(check, findingOK, fmt.Sprintf("PostgreSQL %s, role %s", r.Version, r.Name), "")
	}
	d.compareClock("PostgreSQL", r.Now)
}

// migrations says which steps of the schema are pending, and whether there are none.
func (d *doctor) migrations(ctx context.Context) bool {
	const check = "migrations"
	store, ok := d.in.store.(interface {
		Pending(context.Context) ([]sqlstore.Migration, error)
	})
	if !ok {
		return true
	}
	pending, err := store.Pending(ctx)
	switch {
	case err != nil:
		d.found(check, findingFailed, explain(explainOpen("the database", err)), "")
		return false
	case len(pending) > 0:
		d.found(check, findingFailed, plural(len(pending), "step of the schema is", "steps of the schema are")+" pending", "start the server of this version once, or run: claviger migrate up")
		return false
	}
	d.found(check, findingOK, "the schema is that of this version", "")
	return true
}
