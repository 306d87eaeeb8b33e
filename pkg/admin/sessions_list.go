package admin

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

type listSessionsInput struct {
	PageInput
	Person       string `query:"person" pattern:"^[a-z2-7]{26}$"`
	Organization string `query:"organization" pattern:"^[a-z2-7]{26}$" doc:"Of whoever has a role in it, or in a part of it."`
	Client       string `query:"client" maxLength:"200" doc:"Those in which this application took part."`
	Everyone     bool   `query:"everyone"`
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

// placeForm is a place in a list of sessions: where the page before ended in it, by
// organization and membership in a list of an organization, and after which session.
var placeForm = regexp.MustCompile(`^(?:([a-z2-7]{26}):([a-z2-7]{26})?:)?(?:([0-9]{1,16}):([a-z2-7]{26}))?$`)

// sessionPlace is the place that a cursor stands for.
func sessionPlace(cursor string) (session.Place, error) {
	text, err := opened(cursor)
	if err != nil || text == "" {
		return session.Place{}, err
	}
	part := placeForm.FindStringSubmatch(text)
	if part == nil {
		return session.Place{}, errCursor
	}
	place := session.Place{OrganizationID: part[1], MembershipID: part[2]}
	if part[4] != "" {
		micros, err := strconv.ParseInt(part[3], 10, 64)
		if err != nil {
			return session.Place{}, errCursor
		}
		place.After = storage.SessionPlace{CreatedAt: time.UnixMicro(micros).UTC(), ID: part[4]}
	}
	return place, nil
}

// afterSessions is the cursor of a place.
func afterSessions(p session.Place) string {
	if p.IsZero() {
		return ""
	}
	text := ""
	if p.OrganizationID != "" {
		text = p.OrganizationID + ":" + p.MembershipID + ":"
	}
	if !p.After.IsZero() {
		text += strconv.FormatInt(p.After.CreatedAt.UnixMicro(), 10) + ":" + p.After.ID
	}
	return cursor(text)
}

func (a *API) listSessions() {
	handle(a, huma.Operation{
		OperationID: "list-sessions", Method: http.MethodGet, Path: "/v1/sessions", Tags: []string{"Sessions"},
		Summary: "List where people are signed in",
		Description: "Exactly one of person, organization, client and everyone says whose. The oldest first; those of an organization by who has a role there, and who has several may come on several pages. " +
			"A page may have fewer than the limit, or none, while there is a next one. The audit log records that they were read.",
	}, func(ctx context.Context, by Caller, in *listSessionsInput) (*page[Session], error) {
		from, err := sessionPlace(in.Cursor)
		if err != nil {
			return nil, err
		}
		found, next, err := a.Sessions.List(ctx, session.Listing{
			Scope: session.Scope{PersonID: in.Person, OrganizationID: in.Organization, ClientID: in.Client, Everyone: in.Everyone},
			After: from, Limit: in.Limit, By: by.Actor,
		})
		if err != nil {
			return nil, err
		}
		out := &page[Session]{}
		out.Body.Items, out.Body.Next = []Session{}, afterSessions(next)
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
