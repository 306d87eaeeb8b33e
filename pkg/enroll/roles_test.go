package enroll_test

import (
	"testing"

	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/person"
)

func TestNobodyAppliesForARole(t *testing.T) {
	kept, err := enroll.Check(person.Profile{GivenName: "Jane", FamilyName: "Smith", Roles: []string{"admin"}})
	if err != nil || len(kept.Roles) > 0 {
		t.Errorf("roles %v, %v", kept.Roles, err)
	}
}
