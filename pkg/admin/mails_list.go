package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/mail"
	"github.com/claviger-id/claviger/storage"
)

// Mail is what was sent to somebody: everything but what it said.
type Mail struct {
	ID       string    `json:"id"`
	Template string    `json:"template"`
	State    string    `json:"state" enum:"pending,sent,bounced,gave_up"`
	To       string    `json:"to"`
	Person   string    `json:"person,omitempty"`
	Attempts int64     `json:"attempts"`
	Status   int64     `json:"last_status,omitempty"`
	Answer   string    `json:"last_answer,omitempty"`
	MadeAt   time.Time `json:"made_at"`
	NextAt   time.Time `json:"next_at,omitzero" doc:"When the next try is due, of pending ones."`
	EndedAt  time.Time `json:"ended_at,omitzero"`
}

func shownMail(m mail.Logged) Mail {
	out := Mail{
		ID: m.ID, Template: m.Kind, State: string(m.State), To: m.To, Person: m.PersonID, Attempts: m.Attempts, Status: m.LastStatus,
		Answer: m.LastAnswer, MadeAt: m.CreatedAt, EndedAt: m.SettledAt,
	}
	if m.State == storage.ParcelPending {
		out.NextAt = m.NextAt
	}
	return out
}

type listMailsInput struct {
	PageInput
	Person  string `query:"person" pattern:"^[a-z2-7]{26}$" doc:"Whom it is about."`
	State   string `query:"state" enum:"pending,sent,bounced,gave_up"`
	Carrier string `query:"carrier" enum:"mail,webhook" default:"mail"`
}

func (a *API) listMails() {
	handle(a, huma.Operation{
		OperationID: "list-mails", Method: http.MethodGet, Path: "/v1/mails", Tags: []string{"Mail"},
		Summary: "List what was mailed", Description: "Of the last 90 days, the newest first. What the mails said is not kept. That they were read is recorded.",
	}, func(ctx context.Context, by Caller, in *listMailsInput) (*page[Mail], error) {
		before, err := afterParcel(in.Cursor)
		if err != nil {
			return nil, err
		}
		if in.Person != "" {
			if err := a.known(ctx, in.Person); err != nil {
				return nil, err
			}
		}
		found, err := a.Mail.List(ctx, storage.ParcelFilter{Carrier: in.Carrier, PersonID: in.Person, State: storage.ParcelState(in.State)}, before, in.Limit, by.Actor)
		if err != nil {
			return nil, err
		}
		return paged(found, in.Limit, shownMail, func(m mail.Logged) string { return cursor(m.ID) }), nil
	})
}
