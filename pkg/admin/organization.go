package admin

import (
	"time"

	"github.com/claviger-id/claviger/storage"
)

// Organization is an organization as operators see it.
type Organization struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Kind      string    `json:"kind" enum:"practice,facility,department"`
	State     string    `json:"state" enum:"active,closed"`
	Parent    string    `json:"parent,omitempty" doc:"The organization that it is part of."`
	Ceiling   []string  `json:"ceiling" nullable:"false" doc:"The roles that its own administrators may give."`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	ClosedAt  time.Time `json:"closed_at,omitzero"`
}

func organization(o storage.Organization) Organization {
	return Organization{
		ID: o.ID, Name: o.Name, Kind: string(o.Kind), State: string(o.State), Parent: o.ParentID, Ceiling: append([]string{}, o.Ceiling...),
		CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt, ClosedAt: o.ClosedAt,
	}
}

type organizationOutput struct {
	ETag string `header:"ETag"`
	Body Organization
}

func organizationAnswer(o storage.Organization) *organizationOutput {
	return &organizationOutput{ETag: etag(o.Version), Body: organization(o)}
}
