package approval

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// maxOpen is how many requests of one asker there may be that are not over.
const maxOpen = 50

// Service keeps requests for a second person.
type Service struct {
	Store storage.Store
	Keys  *secret.Keyring
	// Classes are those for which a second person is asked.
	Classes []Class
	// Within is how long a request counts: until then it is approved, and done.
	Within time.Duration
	// May says whether somebody may approve a request, now.
	May func(ctx context.Context, tx storage.Tx, who audit.Actor, r Request) (bool, error)
	// UserIDIndex is the blind index of a User ID, by which a request may name somebody.
	UserIDIndex func(userID string) []byte
	Log         *slog.Logger
}

// Act is something that is not for one person alone.
type Act struct {
	// Name is the operation of the admin API that does it.
	Name string
	By   audit.Actor
	// PersonID is the account that it is about; empty where it is about none.
	PersonID string
	// Reason is a code, or empty.
	Reason string
	// Shown is exactly what is asked for. Whoever decides sees it, and nothing else is
	// done.
	Shown string
}

// Request is a request as it can be seen.
type Request struct {
	storage.Approval
	Asker, Decider audit.Actor
	// Shown is empty for who neither asked nor may decide.
	Shown string
}

// Waiting says that a second person has to approve first.
type Waiting struct{ Request Request }

func (w *Waiting) Error() string { return "approval: a second person has to approve " + w.Request.ID }

// Asks says whether a second person is asked for acts of a class.
func (s *Service) Asks(class Class) bool { return class != "" && slices.Contains(s.Classes, class) }

// digest is the hash of who asks, in which role, and of exactly what.
func (a Act) digest() []byte {
	h := sha256.New()
	for _, part := range []string{a.By.Type, a.By.ID, a.By.Role, a.Name, a.Shown} {
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return h.Sum(nil)
}

func place(id string) secret.Place {
	return secret.Place{Table: "approval", Column: "shown", Row: id}
}

// is says whether two actors are the same.
func is(a, b audit.Actor) bool { return a.Type == b.Type && a.ID == b.ID }

func name(a audit.Actor) string { return a.Type + ":" + a.ID }

// parse reads who asked and who decided.
func parse(a storage.Approval) (Request, error) {
	r := Request{Approval: a}
	if err := json.Unmarshal([]byte(a.Asker), &r.Asker); err != nil {
		return r, err
	}
	if a.Decider == "" {
		return r, nil
	}
	return r, json.Unmarshal([]byte(a.Decider), &r.Decider)
}

// event is what the log says of a request.
func event(kind audit.Kind, r Request, reason string, by audit.Actor) audit.Event {
	e := audit.Event{
		Kind: kind, Outcome: audit.OutcomeAllow, Reason: reason, Actor: by, Subject: r.PersonID,
		Detail: map[string]string{"approval": r.ID, "act": r.Act, "digest": secret.Name(r.Digest[:16]), "asked_by": name(r.Asker)},
	}
	if r.Approval.Decider != "" {
		e.Detail["decided_by"] = name(r.Decider)
	}
	return e
}

// errAlone undoes an act that nobody has approved.
var errAlone = errors.New("approval: nobody has approved this")

// Do does an act in one transaction with the end of the request that was approved for
// exactly it. Where there is none the act is tried and undone, so that what is wrong with
// it is said before anybody is asked; then the request is made, and the error is
// [*Waiting]. What cannot be undone is no part of do. still, when it is not nil, is asked
// first, in the same transaction, whether the asker still may. Problem: Conflict.
func (s *Service) Do(ctx context.Context, a Act, still func(ctx context.Context, tx storage.Tx) error, do func(tx storage.Tx) error) error {
	err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		if still != nil {
			if err := still(ctx, tx); err != nil {
				return err
			}
		}
		found, err := s.open(ctx, tx, a)
		if err != nil {
			return fmt.Errorf("approval: %w", err)
		}
		if found.State == storage.ApprovalApproved {
			if err := s.Spend(ctx, tx, found.ID, a.By); err != nil {
				return err
			}
			return do(tx)
		}
		// A try is as long as the act, and others wait for it: so there is one for each
		// request, and no more of them than of requests that are not over.
		if found.State != "" {
			return &Waiting{found}
		}
		if err := s.room(ctx, tx, a.By); err != nil {
			return err
		}
		if err := do(tx); err != nil {
			return err
		}
		return errAlone
	})
	if !errors.Is(err, errAlone) {
		return err
	}
	// Who approves at this very moment is in time for the next try.
	found, err := s.seek(ctx, a, still)
	if err != nil {
		return err
	}
	return &Waiting{found}
}

// Seek returns the id of a request for exactly this act that was approved, to be spent
// in the transaction that does it: for acts that cannot be tried and undone. Where there is
// none it is made, and the error is [*Waiting]. Problem: Conflict.
func (s *Service) Seek(ctx context.Context, a Act) (id string, err error) {
	found, err := s.seek(ctx, a, nil)
	switch {
	case err != nil:
		return "", err
	case found.State != storage.ApprovalApproved:
		return "", &Waiting{found}
	}
	return found.ID, nil
}

// seek finds the request for an act that is not over, or makes it.
func (s *Service) seek(ctx context.Context, a Act, still func(ctx context.Context, tx storage.Tx) error) (found Request, err error) {
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		if still != nil {
			if err := still(ctx, tx); err != nil {
				return err
			}
		}
		if found, err = s.open(ctx, tx, a); err != nil || found.State != "" {
			return err
		}
		found, err = s.ask(ctx, tx, a)
		return err
	})
	if err != nil {
		return Request{}, fmt.Errorf("approval: %w", err)
	}
	return found, nil
}

// open is the request for an act that is not over; without a state when there is none.
// One whose time is over ends, and one that was approved by who may not any more.
func (s *Service) open(ctx context.Context, tx storage.Tx, a Act) (Request, error) {
	found, err := tx.Approvals().Open(ctx, a.digest())
	if errors.Is(err, storage.ErrNotFound) {
		return Request{}, nil
	}
	if err != nil {
		return Request{}, err
	}
	r, err := parse(found)
	if err != nil {
		return Request{}, err
	}
	why := ""
	if !r.ExpiresAt.After(tx.Now()) {
		why = "time"
	} else if r.State == storage.ApprovalApproved {
		may, err := s.May(ctx, tx, r.Decider, r)
		if err != nil {
			return Request{}, err
		}
		if !may {
			why = "approver"
		}
	}
	if why != "" {
		return Request{}, s.expire(ctx, tx, r, why)
	}
	return r, nil
}

// room fails where somebody has as many requests as there can be. Problem: Conflict.
func (s *Service) room(ctx context.Context, tx storage.Tx, asker audit.Actor) error {
	n, err := tx.Approvals().Count(ctx, name(asker))
	if err != nil {
		return fmt.Errorf("approval: %w", err)
	}
	if n >= maxOpen {
		return problem.New(problem.Conflict, "You have as many requests as there can be that are not over. Withdraw some.")
	}
	return nil
}

func (s *Service) ask(ctx context.Context, tx storage.Tx, a Act) (Request, error) {
	if err := s.room(ctx, tx, a.By); err != nil {
		return Request{}, err
	}
	asker, err := json.Marshal(a.By)
	if err != nil {
		return Request{}, err
	}
	r := Request{Asker: a.By, Shown: a.Shown, Approval: storage.Approval{
		ID: secret.NewID(), Act: a.Name, Digest: a.digest(), State: storage.ApprovalPending, Asker: string(asker), AskerID: name(a.By), PersonID: a.PersonID,
		Reason: a.Reason, AskedAt: tx.Now(), ExpiresAt: tx.Now().Add(s.Within), Version: 1,
	}}
	if r.Approval.Shown, err = s.Keys.Seal(place(r.ID), []byte(a.Shown)); err != nil {
		return Request{}, err
	}
	if err := tx.Approvals().Insert(ctx, r.Approval); errors.Is(err, storage.ErrConflict) {
		// Not wrapped: a caller would take it for a conflict of the act.
		return Request{}, problem.New(problem.Conflict, "The same is being asked for at this moment.")
	} else if err != nil {
		return Request{}, err
	}
	return r, audit.Record(ctx, tx, event(audit.ApprovalRequested, r, a.Reason, a.By))
}

var errOver = problem.New(problem.Conflict, "This request is over, or was decided meanwhile.")

// Spend ends a request that was approved, in the transaction that does what was
// asked for: it is done once, and not where who approved it may not any more.
func (s *Service) Spend(ctx context.Context, tx storage.Tx, id string, by audit.Actor) error {
	found, err := tx.Approvals().Get(ctx, id)
	if err != nil {
		return err
	}
	r, err := parse(found)
	if err != nil {
		return err
	}
	may, err := s.May(ctx, tx, r.Decider, r)
	if err != nil {
		return err
	}
	if !may || !is(r.Asker, by) || r.State != storage.ApprovalApproved || !r.ExpiresAt.After(tx.Now()) {
		return errOver
	}
	r.State, r.EndedAt = storage.ApprovalDone, tx.Now()
	if err := tx.Approvals().Move(ctx, r.Approval, storage.ApprovalApproved); errors.Is(err, storage.ErrStale) {
		return errOver
	} else if err != nil {
		return err
	}
	return audit.Record(ctx, tx, event(audit.ApprovalUsed, r, r.Reason, by))
}

// Waive records, in the transaction that does it, that an act was done by one person
// alone although policy asks for a second one: from the machine itself, while no server
// runs that could ask anybody.
func (*Service) Waive(ctx context.Context, tx storage.Tx, a Act) error {
	return audit.Record(ctx, tx, audit.Event{
		Kind: audit.ApprovalWaived, Outcome: audit.OutcomeAllow, Reason: a.Reason, Actor: a.By, Subject: a.PersonID,
		Detail: map[string]string{"act": a.Name, "digest": secret.Name(a.digest()[:16])},
	})
}

// Get returns a request, and records that it was read. What was asked for is shown to who
// asked, and to who may decide. Problem: NotFound.
func (s *Service) Get(ctx context.Context, id string, by audit.Actor) (r Request, err error) {
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		if r, err = s.get(ctx, tx, id); err != nil {
			return err
		}
		see := is(r.Asker, by)
		if !see {
			if see, err = s.May(ctx, tx, by, r); err != nil {
				return err
			}
		}
		if see {
			text, err := s.Keys.Open(place(id), r.Approval.Shown)
			if err != nil {
				return err
			}
			r.Shown = string(text)
		}
		return audit.Record(ctx, tx, event(audit.ApprovalRead, r, "", by))
	})
	if err != nil {
		return Request{}, fmt.Errorf("approval: %w", err)
	}
	return r, nil
}

func (*Service) get(ctx context.Context, tx storage.Tx, id string) (Request, error) {
	found, err := tx.Approvals().Get(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return Request{}, problem.Wrap(problem.NotFound, "There is no such request.", err)
	}
	if err != nil {
		return Request{}, err
	}
	return parse(found)
}

// List returns up to limit requests whose id comes after the given one, by id: in one
// state, or in any when that is empty. That they were read is recorded. What was asked for
// is in none of them.
func (s *Service) List(ctx context.Context, state storage.ApprovalState, after string, limit int, by audit.Actor) (all []Request, err error) {
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		found, err := tx.Approvals().List(ctx, state, after, limit)
		if err != nil {
			return err
		}
		for _, a := range found {
			r, err := parse(a)
			if err != nil {
				return err
			}
			all = append(all, r)
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.ApprovalRead, Outcome: audit.OutcomeAllow, Actor: by, Detail: map[string]string{"count": strconv.Itoa(len(all))},
		})
	})
	if err != nil {
		return nil, fmt.Errorf("approval: %w", err)
	}
	return all, nil
}
