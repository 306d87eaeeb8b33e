package admin

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/agreement"
)

// Unaccepted is somebody who has not accepted a version that binds them.
type Unaccepted struct {
	Person   string `json:"person"`
	UserID   string `json:"user_id"`
	State    string `json:"state" enum:"approved,credential_issued,active,suspended"`
	Audience string `json:"audience"`
	Version  string `json:"version"`
}

type listUnacceptedInput struct {
	Cursor string `query:"cursor" maxLength:"600" doc:"The next of the page before; none for the first page."`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

func (a *API) listUnaccepted() {
	handle(a, huma.Operation{
		OperationID: "list-unaccepted", Method: http.MethodGet, Path: "/v1/agreements/unaccepted", Tags: []string{"Agreements"},
		Summary:     "List who has not accepted what is in force",
		Description: "Closed accounts are left out. A page may have fewer people than the limit, or none, while there is a next one. That it was read is recorded.",
	}, func(ctx context.Context, by Caller, in *listUnacceptedInput) (*page[Unaccepted], error) {
		place, err := opened(in.Cursor)
		if err != nil {
			return nil, err
		}
		var from agreement.Place
		if place != "" {
			if err := json.Unmarshal([]byte(place), &from); err != nil || from.PersonID != "" && !idForm.MatchString(from.PersonID) {
				return nil, errCursor
			}
		}
		if err := a.Agreements.Open(ctx); err != nil { // others publish, too
			return nil, err
		}
		found, next, more, err := a.Agreements.ReportPage(ctx, from, in.Limit, by.Actor)
		if err != nil {
			return nil, err
		}
		out := &page[Unaccepted]{}
		out.Body.Items = []Unaccepted{}
		for _, m := range found {
			out.Body.Items = append(out.Body.Items, Unaccepted{Person: m.PersonID, UserID: m.UserID, State: string(m.State), Audience: m.Audience, Version: m.Version})
		}
		if more {
			text, err := json.Marshal(next)
			if err != nil {
				return nil, err
			}
			out.Body.Next = cursor(string(text))
		}
		return out, nil
	})
}
