package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/storage"
)

type listAgreementsOutput struct {
	Body struct {
		Items []Agreement `json:"items" nullable:"false"`
	}
}

func (a *API) listAgreements() {
	handle(a, huma.Operation{
		OperationID: "list-agreements", Method: http.MethodGet, Path: "/v1/agreements", Tags: []string{"Agreements"},
		Summary: "List what was published of the Use Agreement", Description: "By audience, time of effect and language, without the texts.",
	}, func(ctx context.Context, _ Caller, _ *struct{}) (*listAgreementsOutput, error) {
		out := &listAgreementsOutput{}
		out.Body.Items = []Agreement{}
		return out, a.Store.View(ctx, func(tx storage.Tx) error {
			all, err := tx.Agreements().Published(ctx)
			for _, one := range all {
				out.Body.Items = append(out.Body.Items, shownAgreement(one))
			}
			return err
		})
	})
}
