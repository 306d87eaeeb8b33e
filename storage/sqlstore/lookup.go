package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/claviger-id/claviger/storage"
)

type lookups struct{ c Conn }

var _ storage.Lookups = lookups{}

// lookedUpAtOnce is how many rows one statement asks for by their keys.
const lookedUpAtOnce = 128

// each runs a statement for parts of keys. sql says what is asked for, given the list of
// parameters that stand for keys; these come after args.
func each[T any](ctx context.Context, c Conn, args []any, keys []T, sql func(list string) string, scan func(Row) error) error {
	keys = slices.DeleteFunc(slices.Clone(keys), func(k T) bool { // as find does
		text, ok := any(k).(string)
		return ok && (!utf8.ValidString(text) || strings.ContainsRune(text, 0))
	})
	for part := range slices.Chunk(keys, lookedUpAtOnce) {
		all := slices.Clone(args)
		for _, k := range filled(part) {
			all = append(all, k)
		}
		if _, err := c.Do(ctx, sql(parameters(len(args)+1, len(all)-len(args))), all, scan); err != nil {
			return err
		}
	}
	return nil
}

func (s lookups) People(ctx context.Context, ids ...string) (map[string]storage.Person, error) {
	all := map[string]storage.Person{}
	return all, each(ctx, s.c, nil, ids, func(list string) string { return `SELECT ` + personColumns + ` FROM person WHERE id IN (` + list + `)` }, func(r Row) error {
		var p storage.Person
		err := scanPerson(&p)(r)
		all[p.ID] = p
		return err
	})
}

func (s lookups) ByNPI(ctx context.Context, indexes ...[]byte) (map[string]storage.Person, error) {
	all := map[string]storage.Person{}
	return all, each(ctx, s.c, nil, indexes, func(list string) string {
		return `SELECT ` + personColumns + ` FROM person WHERE npi_index IN (` + list + `)`
	}, func(r Row) error {
		var p storage.Person
		err := scanPerson(&p)(r)
		all[string(p.NPIIndex)] = p
		return err
	})
}

func (s lookups) Applications(ctx context.Context, ids ...string) (map[string]storage.Application, error) {
	var found []storage.Application
	if err := each(ctx, s.c, nil, ids, func(list string) string {
		return `SELECT ` + applicationColumns + ` FROM application WHERE id IN (` + list + `)`
	}, scanApplications(&found)); err != nil {
		return nil, err
	}
	all := map[string]storage.Application{}
	for _, a := range found {
		all[a.ID] = a
	}
	return all, nil
}

func (s lookups) Factors(ctx context.Context, personIDs ...string) (map[string][]storage.AuthenticatorKind, error) {
	all := map[string][]storage.AuthenticatorKind{}
	return all, each(ctx, s.c, nil, personIDs, func(list string) string {
		return `SELECT person_id, kind FROM authenticator WHERE person_id IN (` + list + `)`
	}, func(r Row) error {
		var id, kind string
		err := r.Scan(&id, &kind)
		all[id] = append(all[id], storage.AuthenticatorKind(kind))
		return err
	})
}

func (s lookups) Memberships(ctx context.Context, at time.Time, personIDs ...string) (map[string][]storage.Membership, error) {
	var found []storage.Membership
	if err := each(ctx, s.c, []any{micros(at)}, personIDs, func(list string) string {
		return `SELECT ` + membershipColumns + ` FROM membership WHERE ended_at = 0 AND (ends_at = 0 OR ends_at > $1) AND person_id IN (` + list + `)`
	}, scanMemberships(&found)); err != nil {
		return nil, err
	}
	all := map[string][]storage.Membership{}
	for _, m := range found {
		all[m.PersonID] = append(all[m.PersonID], m)
	}
	for _, some := range all {
		slices.SortFunc(some, func(a, b storage.Membership) int {
			return cmp.Or(strings.Compare(a.OrganizationID, b.OrganizationID), strings.Compare(a.Role, b.Role))
		})
	}
	return all, nil
}

func (s lookups) Organizations(ctx context.Context, ids ...string) (map[string]storage.Organization, error) {
	var found []storage.Organization
	if err := each(ctx, s.c, nil, ids, func(list string) string {
		return `SELECT ` + organizationColumns + ` FROM organization WHERE id IN (` + list + `)`
	}, scanOrganizations(&found)); err != nil {
		return nil, err
	}
	all := map[string]storage.Organization{}
	for _, o := range found {
		all[o.ID] = o
	}
	return all, nil
}

func (s lookups) Provisioned(ctx context.Context, clientID string, personIDs ...string) (map[string]storage.Provisioned, error) {
	all := map[string]storage.Provisioned{}
	return all, each(ctx, s.c, []any{clientID}, personIDs, func(list string) string {
		return `SELECT ` + provisionedColumns + ` FROM provisioned WHERE client_id = $1 AND person_id IN (` + list + `)`
	}, func(r Row) error {
		var p storage.Provisioned
		err := scanProvisioned(&p)(r)
		all[p.PersonID] = p
		return err
	})
}
