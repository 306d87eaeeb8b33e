package enroll

import (
	"context"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/limit"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/storage"
)

// Form takes the applications of people who write them themselves, on the
// hosted page. Nobody has proven anything there: what is written is a claim
// until an operator approves it.
type Form struct {
	Applications *Applications
	Attempts     storage.Attempts
	Now          func() time.Time
}

// Submit hands in an application and returns its reference. Problems: Invalid
// with an Invalid as the cause; Limited and Unavailable with a time to wait.
func (f *Form) Submit(ctx context.Context, written person.Profile) (reference string, err error) {
	if _, err := Check(written); err != nil {
		return "", err // who mistypes uses up nothing
	}
	budget := limit.Application()
	wait, err := f.Attempts.Reserve(ctx, f.Now(), storage.Claim{
		Key:  "application:" + limit.Block(request.From(ctx).Address).String(),
		Free: budget.Free, Waits: budget.Waits, Forget: budget.Forget,
	})
	if err != nil {
		return "", fmt.Errorf("enroll: %w", err)
	}
	if wait > 0 {
		return "", &problem.Error{Code: problem.Limited, Message: "Too many applications came from here.", RetryAfter: wait}
	}
	return f.Applications.Submit(ctx, written, SourceForm, audit.Actor{Type: "applicant"})
}
