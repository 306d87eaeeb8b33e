package sqlstore

import (
	"context"

	"github.com/claviger-id/claviger/storage"
)

type operators struct{ c Conn }

var _ storage.Operators = operators{}

const operatorColumns = `kind, id, role, appointed_at, appointed_by, organization_id`

func scanOperator(o *storage.Operator) func(Row) error {
	return func(r Row) error {
		var at int64
		err := r.Scan((*string)(&o.Kind), &o.ID, &o.Role, &at, &o.AppointedBy, &o.OrganizationID)
		o.AppointedAt = moment(at)
		return err
	}
}

func (s operators) Appoint(ctx context.Context, o storage.Operator) error {
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO operator (`+operatorColumns+`) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
		string(o.Kind), o.ID, o.Role, micros(o.AppointedAt), o.AppointedBy, o.OrganizationID)
}

func (s operators) Roles(ctx context.Context, kind storage.OperatorKind, id string) ([]string, error) {
	var roles []string
	_, err := s.c.Do(ctx, `SELECT role FROM operator WHERE kind = $1 AND id = $2 ORDER BY role`, []any{string(kind), id}, func(r Row) error {
		var role string
		err := r.Scan(&role)
		roles = append(roles, role)
		return err
	})
	return roles, err
}

func (s operators) Get(ctx context.Context, kind storage.OperatorKind, id, role string) (storage.Operator, error) {
	var o storage.Operator
	err := find(ctx, s.c, `SELECT `+operatorColumns+` FROM operator WHERE kind = $1 AND id = $2 AND role = $3`, []any{string(kind), id, role}, scanOperator(&o))
	return o, err
}

func (s operators) Remove(ctx context.Context, kind storage.OperatorKind, id, role string) error {
	return write(ctx, s.c, storage.ErrNotFound, `DELETE FROM operator WHERE kind = $1 AND id = $2 AND role = $3`, string(kind), id, role)
}

func (s operators) List(ctx context.Context) ([]storage.Operator, error) {
	var all []storage.Operator
	_, err := s.c.Do(ctx, `SELECT `+operatorColumns+` FROM operator ORDER BY kind, id, role`, nil, func(r Row) error {
		var o storage.Operator
		err := scanOperator(&o)(r)
		all = append(all, o)
		return err
	})
	return all, err
}

func (s operators) Dismiss(ctx context.Context, kind storage.OperatorKind, id string) (int64, error) {
	return s.c.Do(ctx, `DELETE FROM operator WHERE kind = $1 AND id = $2`, []any{string(kind), id}, nil)
}
