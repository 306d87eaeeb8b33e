package admin

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/enroll"
)

func (a *API) suspendPerson() {
	a.decide(huma.Operation{
		OperationID: "suspend-person", Method: http.MethodPost, Path: "/v1/people/{id}/suspend",
		Summary: "Suspend an account", Description: "Refuses sign-in until somebody decides, and ends every session and grant.",
	}, enroll.Suspend)
}
