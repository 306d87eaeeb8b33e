package sqlstore

import (
	"context"
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

func (s provisioning) Remove(ctx context.Context, clientID, personID string) error {
	return s.c.Later(ctx, `DELETE FROM provisioned WHERE client_id = $1 AND person_id = $2`, clientID, personID)
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

// List leafs through the accounts first, and then through what waits.
func (s provisioning) List(ctx context.Context, scope storage.ProvisioningScope, at time.Time, offset, limit int) ([]string, error) {
	if scope.OrganizationID != "" {
		return s.ids(ctx, seen+` ORDER BY 1 LIMIT $4 OFFSET $5`,
			scope.ClientID, scope.OrganizationID, micros(at), int64(limit), int64(offset))
	}
	all, err := s.ids(ctx, `SELECT id FROM person WHERE state <> 'closed' ORDER BY id LIMIT $1 OFFSET $2`, int64(limit), int64(offset))
	if err != nil || len(all) == limit {
		return all, err
	}
	accounts, err := s.accounts(ctx)
	if err != nil {
		return nil, err
	}
	waiting, err := s.ids(ctx, `SELECT person_id FROM provisioned WHERE client_id = $1 AND waiting = 1 ORDER BY person_id LIMIT $2 OFFSET $3`,
		scope.ClientID, int64(limit-len(all)), max(int64(offset)-accounts, 0))
	return append(all, waiting...), err
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

// accounts counts those that are not closed.
func (s provisioning) accounts(ctx context.Context) (n int64, err error) {
	counts, err := people(s).Count(ctx)
	for state, some := range counts {
		if state != storage.PersonClosed {
			n += some
		}
	}
	return n, err
}

func (s provisioning) Count(ctx context.Context, scope storage.ProvisioningScope, at time.Time) (int64, error) {
	if scope.OrganizationID == "" {
		accounts, err := s.accounts(ctx)
		if err != nil {
			return 0, err
		}
		waiting, err := s.number(ctx, `SELECT count(*) FROM provisioned WHERE client_id = $1 AND waiting = 1`, scope.ClientID)
		return accounts + waiting, err
	}
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
