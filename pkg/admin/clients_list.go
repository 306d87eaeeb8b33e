package admin

import (
	"context"
	"net/http"
	"regexp"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/storage"
)

var clientForm = regexp.MustCompile(`^[A-Za-z0-9._~-]{1,128}$`)

func (a *API) listClients() {
	handle(a, huma.Operation{
		OperationID: "list-clients", Method: http.MethodGet, Path: "/v1/clients", Tags: []string{"Applications"},
		Summary: "List applications", Description: "In the order of their ids.",
	}, func(ctx context.Context, _ Caller, in *PageInput) (*page[Client], error) {
		from, err := opened(in.Cursor)
		if err == nil && from != "" && !clientForm.MatchString(from) {
			err = errCursor
		}
		if err != nil {
			return nil, err
		}
		found, err := a.Registry.List(ctx, from, in.Limit)
		if err != nil {
			return nil, err
		}
		return paged(found, in.Limit, shownClient, func(c storage.Client) string { return cursor(c.ID) }), nil
	})
}
