package admin

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// Ledger is the logout ledger: which applications were told of the end of sessions.
type Ledger interface {
	Ledger(ctx context.Context, of storage.LogoutFilter, after storage.LogoutPlace, limit int, by audit.Actor) ([]storage.Logout, error)
	Redeliver(ctx context.Context, clientID, id string, by audit.Actor) (storage.Logout, error)
	RedeliverUnheard(ctx context.Context, clientID string, by audit.Actor) (int, error)
}

// Logout is a line of the ledger.
type Logout struct {
	ID        string    `json:"id"`
	Client    string    `json:"client"`
	Session   string    `json:"session"`
	Person    string    `json:"person"`
	Reason    string    `json:"reason" doc:"Why the session ended."`
	State     string    `json:"state" enum:"pending,delivered,refused,gave_up"`
	Attempts  int64     `json:"attempts"`
	Status    int64     `json:"last_status,omitempty" doc:"The status of the newest answer; absent when there was none."`
	Answer    string    `json:"last_answer,omitempty"`
	EndedAt   time.Time `json:"ended_at"`
	AskedAt   time.Time `json:"asked_at,omitzero" doc:"When somebody asked to tell it again."`
	NextAt    time.Time `json:"next_at,omitzero" doc:"When the next try is due, of pending ones."`
	SettledAt time.Time `json:"settled_at,omitzero"`
}

func shownLogout(l storage.Logout) Logout {
	out := Logout{
		ID: l.ID, Client: l.ClientID, Session: l.SessionID, Person: l.PersonID, Reason: l.Reason, State: string(l.State), Attempts: l.Attempts,
		Status: l.LastStatus, Answer: l.LastAnswer, EndedAt: l.CreatedAt, AskedAt: l.AskedAt, SettledAt: l.SettledAt,
	}
	if l.State == storage.LogoutPending {
		out.NextAt = l.NextAt
	}
	return out
}

type listLogoutsInput struct {
	Client string `query:"client" maxLength:"128"`
	Person string `query:"person" pattern:"^[a-z2-7]{26}$" doc:"Whose sessions ended."`
	State  string `query:"state" enum:"pending,delivered,refused,gave_up"`
	Cursor string `query:"cursor" maxLength:"300" doc:"The next of the page before; none for the first page."`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

var lineForm = regexp.MustCompile(`^[a-z2-7]{26}\.[A-Za-z0-9._~-]{1,128}$`)

func (a *API) listLogouts() {
	handle(a, huma.Operation{
		OperationID: "list-logouts", Method: http.MethodGet, Path: "/v1/logouts", Tags: []string{"Logout ledger"},
		Summary:     "List which applications were told of the end of sessions",
		Description: "The newest first. Lines are kept for thirty days after they are settled. That they were read is recorded.",
	}, func(ctx context.Context, by Caller, in *listLogoutsInput) (*page[Logout], error) {
		place, err := opened(in.Cursor)
		if err != nil {
			return nil, err
		}
		var after storage.LogoutPlace
		if place != "" {
			micros, id, _ := strings.Cut(place, ":")
			n, err := strconv.ParseInt(micros, 10, 64)
			if err != nil || n < 1 || !lineForm.MatchString(id) {
				return nil, errCursor
			}
			after = storage.LogoutPlace{At: time.UnixMicro(n).UTC(), ID: id}
		}
		if in.Client != "" {
			if err := a.knownClient(ctx, in.Client); err != nil {
				return nil, err
			}
		}
		if in.Person != "" {
			if err := a.known(ctx, in.Person); err != nil {
				return nil, err
			}
		}
		found, err := a.Logouts.Ledger(ctx, storage.LogoutFilter{PersonID: in.Person, ClientID: in.Client, State: storage.LogoutState(in.State)}, after, in.Limit, by.Actor)
		if err != nil {
			return nil, err
		}
		return paged(found, in.Limit, shownLogout, func(l storage.Logout) string { return moment(l.CreatedAt, l.ID) }), nil
	})
}
