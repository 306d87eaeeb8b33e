package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/approval"
)

// Policies are the rules of the configuration in force. Times are in seconds.
type Policies struct {
	Session   SessionPolicy   `json:"session"`
	Roles     []RolePolicy    `json:"roles" nullable:"false" doc:"What holds for people with a role besides, by role."`
	Password  PasswordPolicy  `json:"password"`
	Tokens    TokenPolicy     `json:"tokens"`
	Enrolment EnrolmentPolicy `json:"enrolment"`
	Access    AccessPolicy    `json:"access"`
	Operators OperatorPolicy  `json:"operators"`
}

// SessionPolicy is how long people stay signed in.
type SessionPolicy struct {
	Idle       int64 `json:"idle"`
	SharedIdle int64 `json:"shared_idle" doc:"On a shared computer."`
	Absolute   int64 `json:"absolute"`
	Concurrent int   `json:"concurrent" doc:"How many sessions somebody may have at once; 0: any number."`
}

// RolePolicy is what holds for a role besides; what is 0 or empty it does not say.
type RolePolicy struct {
	Role       string `json:"role"`
	Idle       int64  `json:"idle,omitempty"`
	SharedIdle int64  `json:"shared_idle,omitempty"`
	Absolute   int64  `json:"absolute,omitempty"`
	Concurrent int    `json:"concurrent,omitempty"`
	Rotation   string `json:"rotation,omitempty"`
	MaxAgeDays int    `json:"max_age_days,omitempty"`
}

// PasswordPolicy is what holds for passwords.
type PasswordPolicy struct {
	Rotation          string `json:"rotation" enum:"enforced,advisory,on_compromise"`
	MaxAgeDays        int    `json:"max_age_days"`
	WarningDays       int    `json:"warning_days"`
	MinAgeDays        int    `json:"min_age_days"`
	History           int    `json:"history"`
	ExemptWithPasskey bool   `json:"exempt_with_passkey"`
	DisableAfter      int    `json:"disable_after" doc:"How many failures in a row disable one in browsers that are not known."`
	TemporaryPaper    int64  `json:"temporary_paper" doc:"How long a temporary password works that was handed over on paper."`
	TemporarySent     int64  `json:"temporary_sent" doc:"The same, by mail."`
	Reveal            string `json:"reveal" enum:"never,letter,screen" doc:"Where operators get temporary passwords to see at the command line."`
	StolenAreRefused  bool   `json:"stolen_are_refused" doc:"Whether it is looked up whether a password was stolen."`
}

// TokenPolicy is how long what is issued lives.
type TokenPolicy struct {
	Access int64 `json:"access"`
	Code   int64 `json:"code"`
	Grant  int64 `json:"grant"`
}

// EnrolmentPolicy is how accounts are made.
type EnrolmentPolicy struct {
	UserIDPattern string `json:"user_id_pattern"`
	SecondPerson  bool   `json:"second_person" doc:"Whether nobody approves what they handed in themselves."`
	Form          bool   `json:"form" doc:"Whether people may apply for an account on a page."`
}

// AccessPolicy is what people can be in organizations.
type AccessPolicy struct {
	Roles       []string `json:"roles" nullable:"false"`
	LongestDays int      `json:"longest_days" doc:"The most for which administrators of an organization give a role."`
}

// OperatorPolicy is what holds for those who use this API.
type OperatorPolicy struct {
	ACR   string `json:"acr,omitempty" doc:"The class in which people must have signed in; absent: any."`
	Fresh int64  `json:"fresh" doc:"How long ago they may have, for sensitive operations."`
	// SecondPerson are classes of acts.
	SecondPerson       []approval.Class `json:"second_person" nullable:"false" doc:"The classes of acts for which somebody else has to approve first."`
	SecondPersonWithin int64            `json:"second_person_within" doc:"How long that may take, and the act afterwards."`
}

type showPoliciesOutput struct {
	Body Policies
}

func (a *API) showPolicies() {
	handle(a, huma.Operation{
		OperationID: "show-policies", Method: http.MethodGet, Path: "/v1/policies", Tags: []string{"Installation"},
		Summary: "Show the rules in force", Description: "They are those of the configuration file, which nobody changes here.",
	}, func(context.Context, Caller, *struct{}) (*showPoliciesOutput, error) {
		out := &showPoliciesOutput{a.Policies}
		out.Body.Operators = OperatorPolicy{
			ACR: a.ACR, Fresh: int64(a.Fresh.Seconds()), SecondPerson: append([]approval.Class{}, a.Approvals.Classes...), SecondPersonWithin: int64(a.Approvals.Within.Seconds()),
		}
		return out, nil
	})
}
