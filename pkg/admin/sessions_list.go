package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/session"
)

type listSessionsInput struct {
	Person       string `query:"person" pattern:"^[a-z2-7]{26}$"`
	Organization string `query:"organization" pattern:"^[a-z2-7]{26}$" doc:"Of whoever has a role in it, or in a part of it."`
	Client       string `query:"client" maxLength:"200" doc:"Those in which this application took part."`
	Everyone     bool   `query:"everyone"`
	Limit        int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

// Session is where somebody is signed in.
type Session struct {
	ID           string    `json:"id"`
	ETag         string    `json:"etag" doc:"For If-Match: it changes when the person does something, or authenticates."`
	Person       string    `json:"person"`
	Since        time.Time `json:"since"`
	LastActivity time.Time `json:"last_activity"`
	EndsAt       time.Time `json:"ends_at" doc:"Unless somebody does something before."`
	EndsAtLatest time.Time `json:"ends_at_latest"`
	Address      string    `json:"address,omitempty"`
	UserAgent    string    `json:"user_agent,omitempty"`
	ACR          string    `json:"acr,omitempty"`
	AMR          []string  `json:"amr" nullable:"false"`
	Shared       bool      `json:"shared" doc:"Whether the person called it a shared computer."`
	Clients      []string  `json:"clients" nullable:"false" doc:"The applications that took part."`
}

type listSessionsOutput struct {
	Body struct {
		Items []Session `json:"items" nullable:"false"`
		More  bool      `json:"more" doc:"Whether there are others; these are any of them then."`
	}
}

func (a *API) listSessions() {
	handle(a, huma.Operation{
		OperationID: "list-sessions", Method: http.MethodGet, Path: "/v1/sessions", Tags: []string{"Sessions"},
		Summary: "List where people are signed in", Description: "The oldest first. Exactly one of person, organization, client and everyone says whose. The audit log records that they were read.",
	}, func(ctx context.Context, by Caller, in *listSessionsInput) (*listSessionsOutput, error) {
		found, more, err := a.Sessions.List(ctx, session.Listing{
			Scope: session.Scope{PersonID: in.Person, OrganizationID: in.Organization, ClientID: in.Client, Everyone: in.Everyone},
			Limit: in.Limit, By: by.Actor,
		})
		if err != nil {
			return nil, err
		}
		out := &listSessionsOutput{}
		out.Body.Items, out.Body.More = []Session{}, more
		for _, s := range found {
			out.Body.Items = append(out.Body.Items, Session{
				ID: s.ID, ETag: etag(session.Version(s)), Person: s.PersonID, Since: s.CreatedAt, LastActivity: s.LastActivity, EndsAt: s.Deadline, EndsAtLatest: s.AbsoluteDeadline,
				Address: s.Address, UserAgent: s.UserAgent, ACR: s.ACR, AMR: append([]string{}, s.AMR...), Shared: s.Shared,
				Clients: append([]string{}, s.Clients...),
			})
		}
		return out, nil
	})
}
