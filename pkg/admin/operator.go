package admin

import (
	"time"

	"github.com/claviger-id/claviger/pkg/operator"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// Operator is a role that somebody has in this API.
type Operator struct {
	Person       string    `json:"person,omitempty" doc:"The account, where it is a person."`
	Client       string    `json:"client,omitempty" doc:"The application, where it is one."`
	Role         string    `json:"role"`
	Organization string    `json:"organization,omitempty" doc:"The one that the role is for; absent for all."`
	Since        time.Time `json:"since"`
	By           string    `json:"by" doc:"Who gave it."`
}

func shownOperator(o storage.Operator) Operator {
	out := Operator{Role: o.Role, Organization: o.OrganizationID, Since: o.AppointedAt, By: o.AppointedBy}
	if o.Kind == storage.OperatorPerson {
		out.Person = o.ID
	} else {
		out.Client = o.ID
	}
	return out
}

// Held names a role of somebody.
type Held struct {
	Person string `json:"person,omitempty" pattern:"^[a-z2-7]{26}$" doc:"The account of a person."`
	Client string `json:"client,omitempty" pattern:"^[A-Za-z0-9._~-]{1,128}$" doc:"Or the id of an application."`
	Role   string `json:"role" enum:"operator,help_desk,security_officer,auditor,application_owner,provisioner"`
}

// holder is whom it names.
func (h Held) holder() (operator.Holder, error) {
	switch {
	case (h.Person == "") == (h.Client == ""):
		return operator.Holder{}, problem.New(problem.Invalid, "Name a person or a client.")
	case h.Person != "":
		return operator.Holder{Kind: storage.OperatorPerson, ID: h.Person}, nil
	}
	return operator.Holder{Kind: storage.OperatorClient, ID: h.Client}, nil
}
