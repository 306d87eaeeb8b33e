package access

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/limit"
	"github.com/claviger-id/claviger/storage"
)

// guess is an attempt of a person to let somebody act for them.
type guess struct {
	attempts storage.Attempts
	at       time.Time
	// name counts names that nobody has, and granted what was granted.
	name, granted string
}

// guess enters an attempt, or refuses it where there were too many. Operators have none.
func (s *Service) guess(ctx context.Context, by audit.Actor) (guess, error) {
	if s.Attempts == nil || by.Type != "person" || by.Role != "" {
		return guess{}, nil
	}
	g := guess{s.Attempts, s.Now(), "delegate:" + by.ID, "delegation:" + by.ID}
	claim := func(key string, b limit.Budget) storage.Claim {
		return storage.Claim{Key: key, Free: b.Free, Waits: b.Waits, Forget: b.Forget}
	}
	wait, err := g.attempts.Reserve(ctx, g.at, claim(g.name, limit.Delegate()), claim(g.granted, limit.Delegation()))
	if err == nil && wait > 0 {
		err = s.do(ctx, by, func(storage.Tx) error {
			return &denial{verdict: no(ReasonOften), act: Delegate, person: by.ID, delegation: true}
		})
	}
	return g, err
}

// over takes back what did not happen.
func (g guess) over(ctx context.Context, err error) error {
	if g.attempts == nil {
		return nil
	}
	var back []string
	if err == nil || Why(err) != ReasonPerson {
		back = append(back, g.name)
	}
	if err != nil {
		back = append(back, g.granted)
	}
	return g.attempts.Return(context.WithoutCancel(ctx), g.at, back...)
}

// refusal names the mark of a delegate who gave up acting for a principal.
func refusal(d storage.Delegation) string { return "refuses:" + d.DelegateID + ":" + d.PrincipalID }

// refuseFor keeps the principal of a delegation from granting its delegate another one,
// for as long as one may last.
func (s *Service) refuseFor(ctx context.Context, tx storage.Tx, d storage.Delegation) error {
	if s.Marks == nil {
		return nil
	}
	return s.Marks.SetAll(ctx, tx.Now(), storage.Mark{Key: refusal(d), Until: tx.Now().Add(s.Rules.Longest)})
}

// gaveUp says that the delegate gave up acting for the principal, lately.
func (s *Service) gaveUp(ctx context.Context, tx storage.Tx, d storage.Delegation) (bool, error) {
	if s.Marks == nil {
		return false, nil
	}
	return s.Marks.Any(ctx, tx.Now(), refusal(d))
}
