package operator_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/operator"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/teststores"
)

// Nobody gives a role to themselves, whatever they have, and that they tried is in
// the log.
func TestNobodyAppointsThemselves(t *testing.T) {
	store, _ := teststores.Embedded(t, time.Now)
	s := &operator.Service{Store: store, Roles: []string{"operator", "auditor"}}
	ctx := t.Context()
	if err := store.Tx(ctx, func(tx storage.Tx) error {
		return tx.People().Insert(ctx, storage.Person{ID: "a", Subject: "a", UserIDIndex: []byte("a"), NPIIndex: []byte("a"), State: storage.PersonActive, Profile: []byte{1}})
	}); err != nil {
		t.Fatal(err)
	}
	a, other := operator.Holder{Kind: storage.OperatorPerson, ID: "a"}, audit.Actor{Type: "client", ID: "a"}
	var told *problem.Error
	if err := s.Grant(ctx, a, "operator", "new_duty", audit.Actor{Type: "person", ID: "a"}); !errors.As(err, &told) || told.Code != problem.Denied {
		t.Fatalf("a role for oneself: %v", err)
	}
	if all, err := s.List(ctx, other); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
	if err := s.Grant(ctx, a, "operator", "new_duty", other); err != nil {
		t.Errorf("a client of the same ID is somebody else: %v", err)
	}
	var events []storage.AuditEvent
	if err := store.View(ctx, func(tx storage.Tx) (err error) {
		events, err = tx.Audit().Pending(ctx, 10)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	denied := 0
	for _, e := range events {
		if e.Kind == string(audit.OperatorAppointed) && strings.Contains(string(e.Body), `"outcome":"deny"`) {
			denied++
		}
	}
	if denied != 1 {
		t.Errorf("%d refusals in the log", denied)
	}
}
