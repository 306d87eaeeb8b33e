package admin

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/enroll"
)

func (a *API) reinstatePerson() {
	a.decide(huma.Operation{
		OperationID: "reinstate-person", Method: http.MethodPost, Path: "/v1/people/{id}/reinstate",
		Summary: "End a suspension", Description: "The account becomes what its password makes of it.",
	}, enroll.Reinstate)
}
