package sqlstore

import (
	"context"

	"github.com/claviger-id/claviger/storage"
)

type operators struct{ c Conn }

var _ storage.Operators = operators{}

func (s operators) Appoint(ctx context.Context, o storage.Operator) error {
	return write(ctx, s.c, storage.ErrConflict,
		`INSERT INTO operator (kind, id, role, appointed_at, appointed_by) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		string(o.Kind), o.ID, o.Role, micros(o.AppointedAt), o.AppointedBy)
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

func (s operators) Remove(ctx context.Context, kind storage.OperatorKind, id, role string) error {
	return write(ctx, s.c, storage.ErrNotFound, `DELETE FROM operator WHERE kind = $1 AND id = $2 AND role = $3`, string(kind), id, role)
}

func (s operators) List(ctx context.Context) ([]storage.Operator, error) {
	var all []storage.Operator
	_, err := s.c.Do(ctx, `SELECT kind, id, role, appointed_at, appointed_by FROM operator ORDER BY kind, id, role`, nil, func(r Row) error {
		var o storage.Operator
		var at int64
		err := r.Scan((*string)(&o.Kind), &o.ID, &o.Role, &at, &o.AppointedBy)
		o.AppointedAt = moment(at)
		all = append(all, o)
		return err
	})
	return all, err
}

func (s operators) Dismiss(ctx context.Context, kind storage.OperatorKind, id string) (int64, error) {
	return s.c.Do(ctx, `DELETE FROM operator WHERE kind = $1 AND id = $2`, []any{string(kind), id}, nil)
}
