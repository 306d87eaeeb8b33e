package main

import (
	"github.com/claviger-id/claviger/pkg/admin"
	"github.com/claviger-id/claviger/pkg/approval"
)

// approvals is the service that asks a second person.
func (in *installation) approvals() *approval.Service {
	s := &approval.Service{Store: in.store, Keys: in.keyring, Within: in.config.Admin.SecondPersonWithin.Duration, May: admin.MayApprove, Log: in.log}
	for _, class := range in.config.Admin.SecondPerson {
		s.Classes = append(s.Classes, approval.Class(class))
	}
	return s
}
