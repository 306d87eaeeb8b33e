package storage

import (
	"context"
	"time"
)

// OperatorKind says what an operator is.
type OperatorKind string

// The kinds of operator.
const (
	// OperatorPerson is a person with an account.
	OperatorPerson OperatorKind = "person"
	// OperatorClient is a program that acts on its own.
	OperatorClient OperatorKind = "client"
)

// Operator is one role that somebody has in the admin API.
type Operator struct {
	Kind OperatorKind
	// ID is that of the person or the client.
	ID string
	// Role is one of those that package admin knows.
	Role string
	// OrganizationID is the organization that the role is for, where it is one for
	// an organization; empty for everything.
	OrganizationID string
	AppointedAt    time.Time
	AppointedBy    string
}

// Operators keeps who may use the admin API.
type Operators interface {
	// Appoint gives a role, or ErrConflict when it was given before; the
	// transaction stays usable.
	Appoint(ctx context.Context, o Operator) error
	// Roles returns the roles that somebody has, sorted.
	Roles(ctx context.Context, kind OperatorKind, id string) ([]string, error)
	// Get returns one role that somebody has, or ErrNotFound.
	Get(ctx context.Context, kind OperatorKind, id, role string) (Operator, error)
	// Remove takes one role, or ErrNotFound.
	Remove(ctx context.Context, kind OperatorKind, id, role string) error
	// List returns every role that somebody has, by kind, ID and role.
	List(ctx context.Context) ([]Operator, error)
	// Dismiss takes every role from somebody and returns how many there were.
	Dismiss(ctx context.Context, kind OperatorKind, id string) (int64, error)
}
