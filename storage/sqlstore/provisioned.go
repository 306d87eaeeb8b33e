package sqlstore

import (
	"context"
	"slices"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type provisioning struct{ c Conn }

var _ storage.Provisioning = provisioning{}

const provisionedColumns = `client_id, person_id, names, name_index, external_index, owned, waiting, suspended, inactive, updated_at, version`

func (s provisioning) Put(ctx context.Context, p storage.Provisioned) error {
	if p.Version > 0 {
		if err := write(ctx, s.c, storage.ErrStale, `DELETE FROM provisioned WHERE client_id = $1 AND person_id = $2 AND version = $3`,
			p.ClientID, p.PersonID, p.Version); err != nil {
			return err
		}
	}
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO provisioned (`+provisionedColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING`,
		p.ClientID, p.PersonID, p.Names, p.NameIndex, p.ExternalIndex, flag(p.Owned), flag(p.Waiting), flag(p.Suspended), flag(p.Inactive),
		micros(p.UpdatedAt), p.Version+1)
}

// flag is how a yes or no is stored.
func flag(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

func scanProvisioned(p *storage.Provisioned) func(Row) error {
	return func(r Row) error {
		var owned, waiting, suspended, inactive, updated int64
		err := r.Scan(&p.ClientID, &p.PersonID, &p.Names, &p.NameIndex, &p.ExternalIndex, &owned, &waiting, &suspended, &inactive, &updated, &p.Version)
		p.Owned, p.Waiting, p.Suspended, p.Inactive, p.UpdatedAt = owned == 1, waiting == 1, suspended == 1, inactive == 1, moment(updated)
		return err
	}
}

func (s provisioning) one(ctx context.Context, where string, args ...any) (storage.Provisioned, error) {
	var p storage.Provisioned
	err := find(ctx, s.c, `SELECT `+provisionedColumns+` FROM provisioned WHERE `+where, args, scanProvisioned(&p))
	return p, err
}

func (s provisioning) Get(ctx context.Context, clientID, personID string) (storage.Provisioned, error) {
	return s.one(ctx, `client_id = $1 AND person_id = $2`, clientID, personID)
}

func (s provisioning) ByName(ctx context.Context, clientID string, index []byte) (storage.Provisioned, error) {
	return s.one(ctx, `client_id = $1 AND name_index = $2`, clientID, index)
}

func (s provisioning) ByExternal(ctx context.Context, clientID string, index []byte) (storage.Provisioned, error) {
	return s.one(ctx, `client_id = $1 AND external_index = $2`, clientID, index)
}

func (s provisioning) Remove(ctx context.Context, clientID, personID string, version int64) error {
	return s.c.Later(ctx, `DELETE FROM provisioned WHERE client_id = $1 AND person_id = $2 AND version = $3
		AND owned = 0 AND inactive = 1 AND name_index IS NULL AND external_index IS NULL`, clientID, personID, version)
}

func (s provisioning) Forget(ctx context.Context, clientID string) error {
	return s.c.Later(ctx, `DELETE FROM provisioned WHERE client_id = $1`, clientID)
}

func (s provisioning) Decided(ctx context.Context, id string, approved bool) error {
	if !approved {
		return s.c.Later(ctx, `DELETE FROM provisioned WHERE person_id = $1 AND waiting = 1`, id)
	}
	return s.c.Later(ctx, `UPDATE provisioned SET waiting = 0, version = version + 1 WHERE person_id = $1 AND waiting = 1`, id)
}

func (s provisioning) Release(ctx context.Context, personID string) error {
	return s.c.Later(ctx, `UPDATE provisioned SET suspended = 0 WHERE person_id = $1 AND suspended = 1`, personID)
}

// seen are the people whom the client of an organization sees: whom it knows, and
// who has a role there.
const seen = `SELECT r.person_id FROM provisioned r LEFT JOIN person p ON p.id = r.person_id
	WHERE r.client_id = $1 AND (p.state IS NULL OR p.state <> 'closed')
	UNION SELECT m.person_id FROM membership m JOIN person p ON p.id = m.person_id
	WHERE m.organization_id = $2 AND m.ended_at = 0 AND (m.ends_at = 0 OR m.ends_at > $3) AND p.state <> 'closed'`

// After merges two orders, each of which an index has.
func (s provisioning) After(ctx context.Context, scope storage.ProvisioningScope, at time.Time, after string, limit int) ([]string, error) {
	people, args := `SELECT id FROM person WHERE state <> 'closed' AND id > $1 ORDER BY id LIMIT $2`, []any{after, int64(limit)}
	known := `SELECT person_id FROM provisioned WHERE client_id = $1 AND person_id > $2 AND waiting = 1 ORDER BY person_id LIMIT $3`
	if scope.OrganizationID != "" {
		people = `SELECT DISTINCT person_id FROM membership
			WHERE organization_id = $1 AND person_id > $2 AND ended_at = 0 AND (ends_at = 0 OR ends_at > $3) ORDER BY person_id LIMIT $4`
		args = []any{scope.OrganizationID, after, micros(at), int64(limit)}
		known = `SELECT person_id FROM provisioned WHERE client_id = $1 AND person_id > $2 ORDER BY person_id LIMIT $3`
	}
	all, err := s.ids(ctx, people, args...)
	if err != nil {
		return nil, err
	}
	some, err := s.ids(ctx, known, scope.ClientID, after, int64(limit))
	all = append(all, some...)
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(limit, len(all))], err
}

// Page leafs through the accounts first, and then through what waits.
func (s provisioning) Page(ctx context.Context, scope storage.ProvisioningScope, at time.Time, offset, limit int) ([]string, int64, error) {
	if scope.OrganizationID != "" {
		total, err := s.countSeen(ctx, scope, at)
		if err != nil {
			return nil, 0, err
		}
		all, err := s.part(ctx, total, int64(offset), int64(limit), func(order string) string { return seen + ` ORDER BY 1 ` + order + ` LIMIT $4 OFFSET $5` },
			scope.ClientID, scope.OrganizationID, micros(at))
		return all, total, err
	}
	accounts, err := s.number(ctx, `SELECT (SELECT count(*) FROM person) - (SELECT count(*) FROM person WHERE state = 'closed')`)
	if err != nil {
		return nil, 0, err
	}
	waiting, err := s.number(ctx, `SELECT count(*) FROM provisioned WHERE client_id = $1 AND waiting = 1`, scope.ClientID)
	if err != nil {
		return nil, 0, err
	}
	all, err := s.part(ctx, accounts, int64(offset), int64(limit), func(order string) string {
		return `SELECT id FROM person WHERE state <> 'closed' ORDER BY id ` + order + ` LIMIT $1 OFFSET $2`
	})
	if err != nil {
		return nil, 0, err
	}
	some, err := s.part(ctx, waiting, max(int64(offset)-accounts, 0), int64(limit-len(all)), func(order string) string {
		return `SELECT person_id FROM provisioned WHERE client_id = $1 AND waiting = 1 ORDER BY person_id ` + order + ` LIMIT $2 OFFSET $3`
	}, scope.ClientID)
	return append(all, some...), accounts + waiting, err
}

// part reads a part of what a statement orders, given how many there are in all. What is
// passed over has to be counted, so it begins at the end that is nearer. The last two
// parameters of the statement are how many are wanted, and after how many.
func (s provisioning) part(ctx context.Context, total, offset, limit int64, sql func(order string) string, args ...any) ([]string, error) {
	limit = min(limit, total-offset)
	if limit <= 0 {
		return nil, nil
	}
	if offset <= total/2 {
		return s.ids(ctx, sql(`ASC`), append(args, limit, offset)...)
	}
	all, err := s.ids(ctx, sql(`DESC`), append(args, limit, total-offset-limit)...)
	slices.Reverse(all)
	return all, err
}

func (s provisioning) ids(ctx context.Context, sql string, args ...any) ([]string, error) {
	var all []string
	_, err := s.c.Do(ctx, sql, args, func(r Row) error {
		var id string
		err := r.Scan(&id)
		all = append(all, id)
		return err
	})
	return all, err
}

func (s provisioning) number(ctx context.Context, sql string, args ...any) (int64, error) {
	var n int64
	err := one(ctx, s.c, sql, args, func(r Row) error { return r.Scan(&n) })
	return n, err
}

// countSeen counts those whom the client of an organization sees.
func (s provisioning) countSeen(ctx context.Context, scope storage.ProvisioningScope, at time.Time) (int64, error) {
	known, err := s.number(ctx, `SELECT count(*) FROM provisioned r LEFT JOIN person p ON p.id = r.person_id
		WHERE r.client_id = $1 AND (p.state IS NULL OR p.state <> 'closed')`, scope.ClientID)
	if err != nil {
		return 0, err
	}
	// Of several roles of a person the first counts. That it comes first is written so that no
	// index over the order of a roster is taken for it, which is half of the roster for each.
	others, err := s.number(ctx, `SELECT count(*) FROM membership m JOIN person p ON p.id = m.person_id
		WHERE m.organization_id = $1 AND m.ended_at = 0 AND (m.ends_at = 0 OR m.ends_at > $2) AND p.state <> 'closed'
		AND NOT EXISTS (SELECT 1 FROM provisioned r WHERE r.client_id = $3 AND r.person_id = m.person_id)
		AND NOT EXISTS (SELECT 1 FROM membership n WHERE n.organization_id = m.organization_id AND n.person_id = m.person_id
			AND n.id || '' < m.id AND n.ended_at = 0 AND (n.ends_at = 0 OR n.ends_at > $2))`,
		scope.OrganizationID, micros(at), scope.ClientID)
	return known + others, err
}
