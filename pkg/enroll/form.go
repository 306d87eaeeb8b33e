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
	key := "application:" + limit.Block(request.From(ctx).Address).String()
	now := f.Now()
	before, err := f.Attempts.Get(ctx, now, key)
	if err != nil {
		return "", fmt.Errorf("enroll: %w", err)
	}
	if err := tooMany(before[0], now); err != nil {
		return "", err
	}
	after, err := f.Attempts.Add(ctx, key, now, limit.ApplicationForget)
	if err != nil {
		return "", fmt.Errorf("enroll: %w", err)
	}
	// This one counts already: of many that come at once none is one too many.
	after.Count--
	if err := tooMany(after, now); err != nil {
		return "", err
	}
	return f.Applications.Submit(ctx, written, SourceForm, audit.Actor{Type: "applicant"})
}

func tooMany(a storage.Attempt, now time.Time) error {
	wait := limit.Wait(limit.ApplicationDelay(a.Count), a.Last, now)
	if wait == 0 {
		return nil
	}
	return &problem.Error{Code: problem.Limited, Message: "Too many applications came from here.", RetryAfter: wait}
}
