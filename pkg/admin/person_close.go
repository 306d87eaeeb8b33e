package admin

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/enroll"
)

func (a *API) closePerson() {
	a.decide(huma.Operation{
		OperationID: "close-person", Method: http.MethodPost, Path: "/v1/people/{id}/close",
		Summary: "Close an account for good", Description: "Ends every session and grant. The User ID is never given to anybody else.",
	}, enroll.Close)
}
