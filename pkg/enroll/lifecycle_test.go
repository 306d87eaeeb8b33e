package enroll_test

import (
	"slices"
	"testing"

	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/storage"
)

func TestLifeCycle(t *testing.T) {
	states := []enroll.State{
		enroll.Submitted, enroll.Rejected, enroll.Approved, enroll.CredentialIssued, enroll.Active, enroll.Suspended, enroll.Closed,
	}
	allowed := map[enroll.Act]struct {
		from []enroll.State
		to   enroll.State
	}{
		enroll.Approve:   {[]enroll.State{enroll.Submitted}, enroll.Approved},
		enroll.Reject:    {[]enroll.State{enroll.Submitted}, enroll.Rejected},
		enroll.Issue:     {[]enroll.State{enroll.Approved, enroll.CredentialIssued, enroll.Active}, enroll.CredentialIssued},
		enroll.Activate:  {[]enroll.State{enroll.CredentialIssued, enroll.Active}, enroll.Active},
		enroll.Suspend:   {[]enroll.State{enroll.Approved, enroll.CredentialIssued, enroll.Active}, enroll.Suspended},
		enroll.Reinstate: {[]enroll.State{enroll.Suspended}, enroll.Approved},
		enroll.Close:     {[]enroll.State{enroll.Approved, enroll.CredentialIssued, enroll.Active, enroll.Suspended}, enroll.Closed},
	}
	for act, c := range allowed {
		for _, from := range states {
			to, ok := enroll.Next(from, act)
			if want := slices.Contains(c.from, from); ok != want {
				t.Errorf("%s while %s: %v, want %v", act, from, ok, want)
			} else if ok && to != c.to {
				t.Errorf("%s while %s leads to %s, want %s", act, from, to, c.to)
			}
		}
	}
	if _, ok := enroll.Next(enroll.Submitted, "delete"); ok {
		t.Error("an unknown act was allowed")
	}
	for kind, want := range map[storage.PasswordKind]enroll.State{
		"": enroll.Approved, storage.PasswordTemporary: enroll.CredentialIssued, storage.PasswordPersonal: enroll.Active,
	} {
		if got := enroll.Rest(kind); got != want {
			t.Errorf("an account with a %q password rests %s, want %s", kind, got, want)
		}
	}
}
