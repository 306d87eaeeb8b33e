package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// access is the service of organizations. sessions may be nil where nobody's
// access is ended.
func (in *installation) access(sessions *session.Service) *access.Service {
	c := in.config.Access
	return &access.Service{
		Store: in.store, Keys: in.keyring, People: &person.Directory{Keys: in.keyring}, Log: in.log,
		Rules: access.Rules{Roles: c.Roles, Longest: time.Duration(c.LongestDays) * 24 * time.Hour},
		Tell:  in.tellOfDelegation(),
		Submit: func(ctx context.Context, written person.Profile, by audit.Actor) (string, error) {
			applications, err := in.applications()
			if err != nil {
				return "", err
			}
			return applications.Submit(ctx, written, enroll.SourceAdministrator, by)
		},
		EndAccess: func(ctx context.Context, personID string) error {
			return sessions.EndAccess(ctx, personID, session.ReasonMembership)
		},
		EndFor: func(ctx context.Context, personID string, touched func(storage.Client) bool) error {
			return sessions.EndFor(ctx, personID, touched, session.ReasonMembership)
		},
	}
}

// noteUse notes that a person signed in with what they have in organizations.
func noteUse(ctx context.Context, tx storage.Tx, s storage.Session) error {
	return access.Used(ctx, tx, s.PersonID)
}

// organizationDocument is an organization as the commands print it.
type organizationDocument struct {
	ID        string                    `json:"organization"`
	Name      string                    `json:"name"`
	Kind      storage.OrganizationKind  `json:"kind"`
	State     storage.OrganizationState `json:"state"`
	Parent    string                    `json:"parent,omitempty"`
	Ceiling   []string                  `json:"ceiling"`
	CreatedAt time.Time                 `json:"created_at"`
	ClosedAt  time.Time                 `json:"closed_at,omitzero"`
}

func describeOrganization(o storage.Organization) organizationDocument {
	return organizationDocument{
		ID: o.ID, Name: o.Name, Kind: o.Kind, State: o.State, Parent: o.ParentID, Ceiling: append([]string{}, o.Ceiling...),
		CreatedAt: o.CreatedAt, ClosedAt: o.ClosedAt,
	}
}

// membershipDocument is a membership as the commands print it.
type membershipDocument struct {
	ID        string              `json:"membership"`
	UserID    string              `json:"user_id"`
	Name      string              `json:"name"`
	State     storage.PersonState `json:"state"`
	Role      string              `json:"role"`
	Need      string              `json:"need"`
	GrantedBy string              `json:"granted_by"`
	Since     time.Time           `json:"since"`
	EndsAt    time.Time           `json:"ends_at,omitzero"`
	UsedAt    time.Time           `json:"used_at,omitzero"`
	// SecondFactor says that the person has set one up.
	SecondFactor bool `json:"second_factor"`
}

func describeMemberships(all []access.Membership) []membershipDocument {
	list := []membershipDocument{}
	for _, m := range all {
		list = append(list, membershipDocument{
			ID: m.ID, UserID: m.UserID, Name: m.Name, State: m.Account, Role: m.Role, Need: m.Need,
			GrantedBy: m.GrantedBy, Since: m.Since, EndsAt: m.EndsAt, UsedAt: m.UsedAt, SecondFactor: m.SecondFactor,
		})
	}
	return list
}

// memberPage is how many memberships are read at once.
const memberPage = 200

// wholeRoster returns the whole roster of an organization.
func wholeRoster(ctx context.Context, s *access.Service, id string) (storage.Organization, []access.Membership, error) {
	var all []access.Membership
	for after := ""; ; {
		o, some, err := s.Roster(ctx, id, after, memberPage, operator())
		if err != nil {
			return o, nil, err
		}
		all = append(all, some...)
		if len(some) < memberPage {
			return o, all, nil
		}
		after = some[len(some)-1].ID
	}
}

// membership finds what a person has in an organization, by role.
func (in *installation) membership(ctx context.Context, organizationID, userID, role string) (string, error) {
	who, _, err := in.accounts(nil).Find(ctx, userID, operator())
	if err != nil {
		return "", err
	}
	var id string
	err = in.store.View(ctx, func(tx storage.Tx) error {
		all, err := tx.Memberships().ByPerson(ctx, who.ID, tx.Now())
		for _, m := range all {
			if m.OrganizationID == organizationID && m.Role == role {
				id = m.ID
			}
		}
		return err
	})
	if err == nil && id == "" {
		err = errors.New("this person does not have this role there")
	}
	return id, err
}

// lastDay reads the last day of something: it ends when the day does, in UTC.
func lastDay(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, usageError{fmt.Errorf("%q is not a day such as 2027-03-31", text)}
	}
	return day.AddDate(0, 0, 1), nil
}

// day is the last day of what ends at a moment.
func day(end time.Time) string {
	if end.IsZero() {
		return "-"
	}
	return end.Add(-time.Microsecond).Format(time.DateOnly)
}

// when is a moment in a table or a sentence, in UTC and to the second.
func when(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}
