package session

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// Order is what an operator wants ended.
type Order struct {
	Scope
	// SessionID is the only session of the person to end; empty means all of the
	// scope.
	SessionID string
	// Except is the only session of the person that goes on.
	Except string
	// Version is the one that the only session had when it was read; 0 is any.
	Version int64
	// Reason is a code, for the audit log.
	Reason string
	By     audit.Actor
}

// Version changes with each activity in a session, and with each authentication.
func Version(s storage.Session) int64 {
	return max(s.LastActivity.UnixMicro(), s.AuthTime.UnixMicro())
}

// errReason refuses a reason that is no code.
var errReason = problem.New(problem.Invalid, audit.ReasonWanted+"lost_laptop.")

// EndOrdered ends what an operator wants ended, and returns how many sessions that
// were. The order is in the audit log before the first of them ends. One that
// cannot be ended does not keep the others; its person is signed out all the same, and
// the reaper does the rest. storage.ErrStale where the only session is not as it was read.
func (s *Service) EndOrdered(ctx context.Context, o Order) (int, error) {
	if !audit.IsReason(o.Reason) {
		return 0, errReason
	}
	one := cmp.Or(o.SessionID, o.Except)
	switch {
	case one != "" && o.PersonID == "":
		return 0, problem.New(problem.Invalid, "One session is ended, or left, as the session of its person.")
	case o.SessionID != "" && o.Except != "":
		return 0, problem.New(problem.Invalid, "Either one session ends, or all but one.")
	}
	if err := s.check(ctx, o.Scope); err != nil {
		return 0, err
	}
	if one != "" {
		all, err := s.Own(ctx, o.PersonID)
		if err != nil {
			return 0, err
		}
		i := slices.IndexFunc(all, func(record storage.Session) bool { return record.ID == one })
		if i < 0 {
			return 0, problem.New(problem.NotFound, "This person has no such session.")
		}
		if o.Version != 0 && o.Version != Version(all[i]) {
			return 0, storage.ErrStale
		}
	}
	detail := o.detail()
	if o.Except != "" {
		detail["except"] = o.Except
	}
	if err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.SessionEndOrdered, Outcome: audit.OutcomeAllow, Reason: o.Reason, Actor: o.By, Subject: o.PersonID,
			ClientID: o.ClientID, SessionID: o.SessionID, Detail: detail,
		})
	}); err != nil {
		return 0, fmt.Errorf("session: %w", err)
	}
	if err := s.voidSignInsOf(ctx, o); err != nil {
		return 0, err
	}
	var (
		n, failed int
		first     error
		batch     []storage.Session
	)
	ending := o.ending()
	flush := func() error {
		ended, err := s.stopFor(context.WithoutCancel(ctx), batch, ending)
		n += ended
		failed += len(batch) - ended
		if first == nil {
			first = err
		}
		batch = batch[:0]
		return ctx.Err()
	}
	err := s.each(ctx, o.Scope, func(record storage.Session) error {
		if o.SessionID != "" && record.ID != o.SessionID || record.ID == o.Except {
			return nil
		}
		if batch = append(batch, record); len(batch) == reapBatch {
			return flush()
		}
		return nil
	})
	if len(batch) > 0 && err == nil {
		err = flush()
	}
	if failed > 0 {
		err = errors.Join(err, fmt.Errorf("session: %d could not be ended: %w", failed, first))
	}
	return n, err
}

// ordering is what a session that ends keeps of the order, so that whoever comes to the end
// of it can say who gave it, and why.
type ordering struct {
	Actor audit.Actor `json:"actor"`
	Note  string      `json:"note"`
}

func (o Order) ending() storage.Ending {
	text, _ := json.Marshal(ordering{Actor: o.By, Note: o.Reason}) // strings alone
	return storage.Ending{Reason: string(ReasonOperator), By: string(text)}
}

// orderedBy is the order by which a session ends; empty where it ends by none.
func orderedBy(record storage.Session) (o ordering) {
	if record.EndBy == "" || json.Unmarshal([]byte(record.EndBy), &o) != nil {
		return ordering{}
	}
	return o
}

// voidSignInsOf has no sign-in of before count where all sessions of somebody are to
// end. What ends for one application, or is one session, is no whole sign-out.
func (s *Service) voidSignInsOf(ctx context.Context, o Order) error {
	var names []string
	switch {
	case o.SessionID != "", o.ClientID != "":
		return nil
	case o.PersonID != "":
		names = []string{signIns(o.PersonID)}
	case o.OrganizationID != "":
		seen := map[string]bool{}
		if err := s.members(ctx, o.OrganizationID, func(some []storage.Membership) error {
			for _, m := range some {
				if !seen[m.PersonID] {
					seen[m.PersonID] = true
					names = append(names, signIns(m.PersonID))
				}
			}
			return nil
		}); err != nil {
			return err
		}
	default:
		names = []string{everyonesSignIns}
	}
	now := s.Now()
	for some := range slices.Chunk(names, membersPage) {
		if err := s.voidSignIns(ctx, now, some...); err != nil {
			return err
		}
	}
	return nil
}
