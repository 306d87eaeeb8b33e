package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type delegationsOutput struct {
	Body struct {
		ActingFor []Delegation `json:"acting_for_person" nullable:"false" doc:"Who may act for the person."`
		ActsFor   []Delegation `json:"person_acts_for" nullable:"false" doc:"For whom the person may act."`
	}
}

func (a *API) listDelegations() {
	handle(a, huma.Operation{
		OperationID: "list-delegations", Method: http.MethodGet, Path: "/v1/people/{id}/delegations", Tags: []string{"Delegations"},
		Summary: "List who may act for a person, and for whom the person may act", Description: "Fifty of each at most, which is as many as there can be. The audit log records that it was read.",
	}, func(ctx context.Context, by Caller, in *Named) (*delegationsOutput, error) {
		acting, acted, err := a.Access.DelegationsOf(ctx, in.ID, by.Actor)
		if err != nil {
			return nil, err
		}
		out := &delegationsOutput{}
		out.Body.ActingFor, out.Body.ActsFor = []Delegation{}, []Delegation{}
		for _, d := range acting {
			out.Body.ActingFor = append(out.Body.ActingFor, delegation(d))
		}
		for _, d := range acted {
			out.Body.ActsFor = append(out.Body.ActsFor, delegation(d))
		}
		return out, nil
	})
}
