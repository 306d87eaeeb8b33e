package approval

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// Decision is what somebody decides of a request.
type Decision struct {
	ID string
	// Version is the one that was read; 0 is any.
	Version int64
	Approve bool
	// Reason is a code.
	Reason string
	By     audit.Actor
}

// Decide approves or rejects a request that waits. Nobody approves what they asked for
// themselves, or what is about their own account, and no application approves anything;
// who asked may reject it, which withdraws it, also when it was approved and not used. Refusals are recorded. Problems: Invalid,
// NotFound, Denied; Conflict when it does not wait any more.
func (s *Service) Decide(ctx context.Context, d Decision) (r Request, err error) {
	if !audit.IsReason(d.Reason) {
		return Request{}, problem.New(problem.Invalid, audit.ReasonWanted+"seen_ticket.")
	}
	kind, state := audit.ApprovalGiven, storage.ApprovalApproved
	if !d.Approve {
		kind, state = audit.ApprovalRejected, storage.ApprovalRejected
	}
	var refused error
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		if r, err = s.get(ctx, tx, d.ID); err != nil {
			return err
		}
		var no string
		if no, refused, err = s.refuses(ctx, tx, r, d); err != nil {
			return err
		}
		if refused != nil {
			e := event(kind, r, no, d.By)
			e.Outcome = audit.OutcomeDeny
			return audit.Record(ctx, tx, e)
		}
		if d.Version != 0 && d.Version != r.Version {
			return storage.ErrStale
		}
		was := r.State
		if was != storage.ApprovalPending && (d.Approve || was != storage.ApprovalApproved) || !r.ExpiresAt.After(tx.Now()) {
			return errOver
		}
		decider, err := json.Marshal(d.By)
		if err != nil {
			return err
		}
		r.State, r.Approval.Decider, r.Decider, r.DecidedReason, r.DecidedAt = state, string(decider), d.By, d.Reason, tx.Now()
		if !d.Approve {
			r.EndedAt = tx.Now()
		}
		if err := tx.Approvals().Move(ctx, r.Approval, was); errors.Is(err, storage.ErrStale) {
			return errOver
		} else if err != nil {
			return err
		}
		r.Version++
		return audit.Record(ctx, tx, event(kind, r, d.Reason, d.By))
	})
	if err = errors.Join(err, refused); err != nil {
		return Request{}, fmt.Errorf("approval: %w", err)
	}
	return r, nil
}

// refuses says why somebody may not decide: a code for the log, and what they are told.
func (s *Service) refuses(ctx context.Context, tx storage.Tx, r Request, d Decision) (code string, tell, err error) {
	if is(r.Asker, d.By) {
		if d.Approve {
			return "oneself", problem.New(problem.Denied, "Nobody approves what they asked for themselves."), nil
		}
		return "", nil, nil
	}
	if d.By.Type == "client" {
		return "application", problem.New(problem.Denied, "An application is no second person."), nil
	}
	if d.By.Type == "person" {
		about, err := s.about(ctx, tx, r, d.By.ID)
		if err != nil {
			return "", nil, err
		}
		if about {
			return "oneself", problem.New(problem.Denied, "Nobody decides over their own account."), nil
		}
	}
	may, err := s.May(ctx, tx, d.By, r)
	if err == nil && !may {
		return "role", problem.New(problem.Denied, "This is for who may do themselves what was asked for."), nil
	}
	return "", nil, err
}

// about says whether a request concerns an account: as the one that is in its address, or
// as another that it names, such as who is to act for somebody, or to be an operator. The
// ids of accounts are 26 drawn characters, which stand in nothing else; a User ID is the
// member user_id of a body.
func (s *Service) about(ctx context.Context, tx storage.Tx, r Request, personID string) (bool, error) {
	if personID == r.PersonID {
		return true, nil
	}
	shown, err := s.Keys.Open(place(r.ID), r.Approval.Shown)
	if err != nil {
		return false, err
	}
	if strings.Contains(string(shown), personID) {
		return true, nil
	}
	_, body, _ := strings.Cut(string(shown), "\n\n")
	var named struct {
		UserID string `json:"user_id"`
	}
	if json.Unmarshal([]byte(body), &named) != nil || named.UserID == "" {
		return false, nil
	}
	who, err := tx.People().Get(ctx, personID)
	return err == nil && bytes.Equal(who.UserIDIndex, s.UserIDIndex(named.UserID)), err
}
