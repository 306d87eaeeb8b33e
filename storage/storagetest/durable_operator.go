package storagetest

import (
	"context"
	"errors"
	"testing"

	"github.com/claviger-id/claviger/storage"
)

func testOperators(t *testing.T, s storage.Store) {
	of := func(kind storage.OperatorKind, role string) storage.Operator {
		return storage.Operator{Kind: kind, ID: "a", Role: role, AppointedAt: moment, AppointedBy: "test"}
	}
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		for _, o := range []storage.Operator{
			of(storage.OperatorPerson, "operator"), of(storage.OperatorPerson, "auditor"), of(storage.OperatorClient, "help_desk"),
		} {
			if o.Kind == storage.OperatorClient {
				o.OrganizationID = "o"
			}
			if err := tx.Operators().Appoint(ctx, o); err != nil {
				return err
			}
		}
		want(t, "second Appoint", tx.Operators().Appoint(ctx, of(storage.OperatorPerson, "auditor")), storage.ErrConflict)
		roles, err := tx.Operators().Roles(ctx, storage.OperatorPerson, "a")
		same(t, "Roles", roles, []string{"auditor", "operator"})
		return err
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		desk := of(storage.OperatorClient, "help_desk")
		desk.OrganizationID = "o"
		got, err := tx.Operators().Get(ctx, storage.OperatorClient, "a", "help_desk")
		must(t, err)
		same(t, "Get", got, desk)
		_, err = tx.Operators().Get(ctx, storage.OperatorClient, "a", "auditor")
		want(t, "Get of another role", err, storage.ErrNotFound)
		all, err := tx.Operators().List(ctx)
		same(t, "List", all, []storage.Operator{
			desk, of(storage.OperatorPerson, "auditor"), of(storage.OperatorPerson, "operator"),
		})
		want(t, "Remove of another role", tx.Operators().Remove(ctx, storage.OperatorPerson, "a", "help_desk"), storage.ErrNotFound)
		want(t, "Remove", tx.Operators().Remove(ctx, storage.OperatorPerson, "a", "auditor"), nil)
		want(t, "second Remove", tx.Operators().Remove(ctx, storage.OperatorPerson, "a", "auditor"), storage.ErrNotFound)
		return errors.Join(err, tx.Operators().Appoint(ctx, of(storage.OperatorPerson, "auditor")))
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		n, err := tx.Operators().Dismiss(ctx, storage.OperatorPerson, "a")
		if err != nil {
			return err
		}
		same(t, "Dismiss", n, int64(2))
		person, err := tx.Operators().Roles(ctx, storage.OperatorPerson, "a")
		if err != nil {
			return err
		}
		same(t, "Roles of the dismissed", len(person), 0)
		client, err := tx.Operators().Roles(ctx, storage.OperatorClient, "a")
		same(t, "Roles of the other", client, []string{"help_desk"})
		return err
	})
}

func testPeopleList(t *testing.T, s storage.Store) {
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		for i, id := range []string{"a", "b", "c", "d", "e"} {
			p := somebody(id)
			if i%2 == 1 {
				p.State = storage.PersonSuspended
			}
			if err := tx.People().Insert(ctx, p); err != nil {
				return err
			}
		}
		return nil
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		for _, c := range []struct {
			after string
			state storage.PersonState
			limit int
			want  string
		}{
			{"", "", 2, "ab"}, {"b", "", 2, "cd"}, {"d", "", 2, "e"}, {"e", "", 2, ""}, {"bb", "", 9, "cde"},
			{"", storage.PersonSuspended, 9, "bd"}, {"b", storage.PersonSuspended, 9, "d"}, {"", storage.PersonClosed, 9, ""},
		} {
			found, err := tx.People().List(ctx, c.after, c.state, c.limit)
			if err != nil {
				return err
			}
			ids := ""
			for _, p := range found {
				ids += p.ID
			}
			same(t, "List after "+c.after+" of "+string(c.state), ids, c.want)
		}
		return nil
	})
}
