package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type showAgreementInput struct {
	Audience string `path:"audience" maxLength:"240"`
	Version  string `path:"version" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"`
	Language string `path:"language" pattern:"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"`
}

func (a *API) showAgreement() {
	handle(a, huma.Operation{
		OperationID: "show-agreement", Method: http.MethodGet, Path: "/v1/agreements/{audience}/{version}/{language}", Tags: []string{"Agreements"},
		Summary: "Show a text of the Use Agreement",
	}, func(ctx context.Context, _ Caller, in *showAgreementInput) (*agreementOutput, error) {
		found, err := a.Agreements.Text(ctx, in.Audience, in.Version, in.Language)
		if err != nil {
			return nil, err
		}
		return &agreementOutput{shownAgreement(found)}, nil
	})
}
