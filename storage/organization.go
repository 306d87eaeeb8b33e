package storage

import (
	"context"
	"time"
)

// OrganizationKind says what an organization is.
type OrganizationKind string

// The kinds.
const (
	OrganizationPractice   OrganizationKind = "practice"
	OrganizationFacility   OrganizationKind = "facility"
	OrganizationDepartment OrganizationKind = "department"
)

// OrganizationState is whether people may belong to an organization.
type OrganizationState string

// The states.
const (
	OrganizationActive OrganizationState = "active"
	// OrganizationClosed: nobody belongs to it any more, for good.
	OrganizationClosed OrganizationState = "closed"
)

// Organization is what people work for.
type Organization struct {
	ID string
	// ParentID is the organization that it is part of, or empty. It never
	// changes, so that there is no way to a cycle.
	ParentID string
	Kind     OrganizationKind
	State    OrganizationState
	Name     string
	// Ceiling is the roles that its own administrators may grant.
	Ceiling   []string
	CreatedAt time.Time
	UpdatedAt time.Time
	// ClosedAt is zero while it is active.
	ClosedAt time.Time
	// Version counts changes, from 1.
	Version int64
}

// Organizations keeps the organizations.
type Organizations interface {
	// Insert adds o with Version 1, or ErrConflict.
	Insert(ctx context.Context, o Organization) error
	Get(ctx context.Context, id string) (Organization, error)
	// Hold returns an active organization and has every other transaction that
	// holds or updates it wait for the end of this one. ErrEnded when it is
	// closed, ErrNotFound.
	Hold(ctx context.Context, id string) (Organization, error)
	// Update writes Name, Ceiling, State, UpdatedAt and ClosedAt where the
	// version is o.Version, or ErrStale.
	Update(ctx context.Context, o Organization) error
	// List returns up to limit organizations with an id greater than after, by
	// id.
	List(ctx context.Context, after string, limit int) ([]Organization, error)
	// Named returns up to limit active organizations of exactly that name, by id.
	Named(ctx context.Context, name string, limit int) ([]Organization, error)
	// Active returns up to limit organizations that are active, with an id greater
	// than after, by id, after the first offset of them.
	Active(ctx context.Context, after string, offset, limit int) ([]Organization, error)
	// CountActive returns how many organizations are active.
	CountActive(ctx context.Context) (int64, error)
	// Children returns up to limit organizations that are part of another one,
	// with an id greater than after, by id.
	Children(ctx context.Context, parentID, after string, limit int) ([]Organization, error)
}
