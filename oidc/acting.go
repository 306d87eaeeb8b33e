package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/claviger-id/claviger/oidc/backchannel"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// Acting is for whom somebody acts, as tokens say it.
type Acting struct {
	Delegation  string    `json:"delegation"`
	PrincipalID string    `json:"principal_id"`
	Subject     string    `json:"subject"`
	Purpose     string    `json:"purpose"`
	EndsAt      time.Time `json:"ends_at"`
}

// Grant is what a grant keeps of it.
func (a Acting) Grant() *storage.GrantActing {
	return &storage.GrantActing{Delegation: a.Delegation, PrincipalID: a.PrincipalID}
}

// Claim is the claim delegation.
func (a Acting) Claim() *Delegation {
	return &Delegation{ID: a.Delegation, Purpose: a.Purpose, Expiry: a.EndsAt.Unix()}
}

// Delegation is a claim of ours beside act: by what the actor acts for the subject,
// for what purpose, and until when.
type Delegation struct {
	ID      string `json:"id"`
	Purpose string `json:"purpose"`
	Expiry  int64  `json:"exp"`
}

func actingOf(m access.Mandate) Acting {
	return Acting{Delegation: m.ID, PrincipalID: m.PrincipalID, Subject: m.Principal.Subject, Purpose: m.Purpose, EndsAt: m.EndsAt}
}

// errNotActing is for a delegation that is over.
func errNotActing(cause error) error {
	return &fault.Error{Code: fault.InvalidGrant, Description: "The person does not act for the other one any more (delegation_ended).", Cause: cause}
}

// Acts returns for whom the person of a grant acts at this moment. A *fault.Error
// when that is over, or when the application is not registered for it any more.
func (g *Grants) Acts(ctx context.Context, tx storage.Tx, c storage.Client, grant storage.Grant) (Acting, error) {
	m, err := access.Acting(ctx, tx, grant)
	if err == nil {
		err = g.agreed(ctx, tx, m)
	}
	if errors.Is(err, access.ErrNotActing) || err == nil && !c.Acting {
		return Acting{}, errNotActing(err)
	}
	if err != nil {
		return Acting{}, fmt.Errorf("oidc: acting: %w", err)
	}
	return actingOf(m), nil
}

// PassesOn says whether what somebody got for acting by a grant may be passed on to
// applications: each is registered for acting, and the delegation, which lives, names it.
// Others would take the delegate for who is acted for.
func (g *Grants) PassesOn(ctx context.Context, grantID string, to []storage.Client) (bool, error) {
	err := g.Store.View(ctx, func(tx storage.Tx) error {
		grant, err := tx.Grants().Get(ctx, grantID)
		if errors.Is(err, storage.ErrNotFound) {
			return access.ErrNotActing
		}
		if err != nil {
			return err
		}
		m, err := access.Acting(ctx, tx, grant)
		if err != nil {
			return err
		}
		for _, c := range to {
			if !c.Acting || !slices.Contains(m.Clients, c.ID) {
				return access.ErrNotActing
			}
		}
		return g.agreed(ctx, tx, m)
	})
	if errors.Is(err, access.ErrNotActing) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("oidc: acting: %w", err)
	}
	return true, nil
}

// agreed returns access.ErrNotActing where who is acted for has to accept the Use
// Agreement first: nobody does in their name what they may not do themselves.
func (g *Grants) agreed(ctx context.Context, tx storage.Tx, m access.Mandate) error {
	if g.Refuses == nil {
		return nil
	}
	refuses, err := g.Refuses(ctx, tx, m.PrincipalID)
	if err == nil && refuses {
		return access.ErrNotActing
	}
	return err
}

// beginActing looks at the delegation of a grant that begins, and records its use.
func (g *Grants) beginActing(ctx context.Context, tx storage.Tx, grant storage.Grant) error {
	m, err := access.BeginActing(ctx, tx, grant)
	if err == nil {
		err = g.agreed(ctx, tx, m)
	}
	if errors.Is(err, access.ErrNotActing) {
		return errNotActing(err)
	}
	return err
}

// Delegations is who acts for whom in applications that are registered for it. It is
// safe for concurrent use.
type Delegations struct {
	Store   storage.Store
	Clients *Clients
	Marks   storage.Marks
	// Choices keeps for whom people act, by session and application.
	Choices storage.Interactions
	// TombstoneFor is how long the end of a grant is remembered.
	TombstoneFor time.Duration
	Sessions     *session.Service
	Logouts      *backchannel.Logouts
	// Required is the class that policy asks of a person; nil: none of anybody. Refuses
	// says that a person has to accept the Use Agreement first; nil: there is none.
	Required func(ctx context.Context, tx storage.Tx, personID string) (string, error)
	Refuses  func(ctx context.Context, tx storage.Tx, personID string) (bool, error)
	Now      func() time.Time
}

// Recall brings into a state for whom its person may act in the application, and what
// was chosen in the session.
func (d *Delegations) Recall(ctx context.Context, s *flow.State) error {
	who := s.PersonID()
	c, ok := d.Clients.Get(s.Request.ClientID)
	if !ok || !c.Acting || who == "" || s.Request.Own != "" || s.Request.Device != "" {
		return nil
	}
	// Who authenticated anew chooses anew; who only proved more goes on as before.
	if s.Session != nil && (s.SignedIn == nil || s.SignedIn.Raises == s.Session.ID) {
		var err error
		if s.Remembered, err = d.chosen(ctx, s.Session.ID, c.ID); err != nil {
			return err
		}
	}
	s.Mandates = nil
	if err := d.Store.View(ctx, func(tx storage.Tx) error {
		found, err := access.Mandates(ctx, tx, who, c.ID)
		for _, m := range found {
			if err := d.recallOne(ctx, tx, s, m); err != nil {
				return err
			}
		}
		return err
	}); err != nil {
		return fmt.Errorf("oidc: acting: %w", err)
	}
	return nil
}

// recallOne brings one mandate into a state, unless who is acted for has to accept the
// Use Agreement first.
func (d *Delegations) recallOne(ctx context.Context, tx storage.Tx, s *flow.State, m access.Mandate) (err error) {
	if d.Refuses != nil {
		if refuses, err := d.Refuses(ctx, tx, m.PrincipalID); err != nil || refuses {
			return err
		}
	}
	one := flow.Mandate{Delegation: m.ID, PersonID: m.PrincipalID, Subject: m.Principal.Subject, Purpose: m.Purpose, EndsAt: m.EndsAt}
	if d.Required != nil && s.Choice() == m.ID {
		if one.Required, err = d.Required(ctx, tx, m.PrincipalID); err != nil {
			return err
		}
	}
	s.Mandates = append(s.Mandates, one)
	return nil
}

// choiceID names the choice of a session for an application.
func choiceID(sessionID, clientID string) string {
	return "acting-" + fmt.Sprintf("%x", secret.Hash(sessionID+"\x00"+clientID))
}

type choice struct {
	ActsFor string `json:"acts_for"`
}

// chosen is what was chosen in a session for an application, or empty.
func (d *Delegations) chosen(ctx context.Context, sessionID, clientID string) (string, error) {
	record, err := d.Choices.Get(ctx, choiceID(sessionID, clientID), d.Now())
	if errors.Is(err, storage.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("oidc: acting: %w", err)
	}
	var c choice
	if err := json.Unmarshal(record.State, &c); err != nil {
		return "", fmt.Errorf("oidc: acting: %w", err)
	}
	return c.ActsFor, nil
}

// remember keeps for the session what was chosen for an application.
func (d *Delegations) remember(ctx context.Context, s storage.Session, clientID, actsFor string) error {
	text, err := json.Marshal(choice{actsFor})
	if err != nil {
		return fmt.Errorf("oidc: acting: %w", err)
	}
	now := d.Now()
	record := storage.Interaction{
		ID: choiceID(s.ID, clientID), HolderHash: secret.Hash(s.ID), CreatedAt: now, ExpiresAt: s.AbsoluteDeadline, State: text, Version: 1,
	}
	err = d.Choices.Create(ctx, record)
	// Of two that choose at once, one is the later.
	for tries := 0; errors.Is(err, storage.ErrConflict) && tries < 3; tries++ {
		before, found := d.Choices.Get(ctx, record.ID, now)
		if found != nil {
			return fmt.Errorf("oidc: acting: %w", found)
		}
		record.Version = before.Version
		if err = d.Choices.Update(ctx, record, now); errors.Is(err, storage.ErrStale) {
			err = storage.ErrConflict
		}
	}
	if err != nil {
		return fmt.Errorf("oidc: acting: %w", err)
	}
	return nil
}

// Forget has the person of a session say anew, in every application, for whom they act.
func (d *Delegations) Forget(ctx context.Context, s storage.Session) error {
	for _, clientID := range d.Clients.Acting() {
		id := choiceID(s.ID, clientID)
		record, err := d.Choices.Get(ctx, id, d.Now())
		if err == nil {
			err = d.Choices.Take(ctx, id, record.Version, d.Now())
		}
		// What was chosen this very moment stays.
		if err != nil && !errors.Is(err, storage.ErrNotFound) && !errors.Is(err, storage.ErrStale) {
			return fmt.Errorf("oidc: acting: %w", err)
		}
	}
	return nil
}

// End ends what rests on a delegation: the grants, and the part that its applications
// have in sessions of the delegate, which go on. It can be done again.
func (d *Delegations) End(ctx context.Context, over storage.Delegation) error {
	sessions, err := d.Sessions.Own(ctx, over.DelegateID)
	if err != nil {
		return err
	}
	parts := map[string][]storage.Session{}
	for _, clientID := range over.Clients {
		for _, s := range sessions {
			actsFor, err := d.chosen(ctx, s.ID, clientID)
			if err != nil {
				return err
			}
			if actsFor == over.ID {
				parts[clientID] = append(parts[clientID], s)
			}
		}
	}
	err = d.Store.Tx(ctx, func(tx storage.Tx) error {
		now := d.Now()
		all, err := tx.Grants().ByPerson(ctx, over.DelegateID, tx.Now())
		if err != nil {
			return fmt.Errorf("oidc: acting: %w", err)
		}
		for _, g := range all {
			if g.Detail.Acting == nil || g.Detail.Acting.Delegation != over.ID {
				continue
			}
			// The mark comes before the commit: a failure after it is tried again.
			if _, err := d.Marks.Set(ctx, GrantMark(g.ID), now, now.Add(d.TombstoneFor)); err != nil {
				return fmt.Errorf("oidc: acting: %w", err)
			}
			if _, err := tx.Grants().End(ctx, g.ID, backchannel.ReasonDelegation, tx.Now()); err != nil {
				return fmt.Errorf("oidc: acting: %w", err)
			}
			if err := audit.Record(ctx, tx, audit.Event{
				Kind: audit.GrantEnded, Outcome: audit.OutcomeAllow, Reason: backchannel.ReasonDelegation, Actor: audit.Actor{Type: "system"},
				Subject: g.PersonID, ClientID: g.ClientID, SessionID: g.SessionID, GrantID: g.ID, Detail: g.Detail.ActingWords(),
			}); err != nil {
				return err
			}
			i := slices.IndexFunc(sessions, func(s storage.Session) bool { return s.ID == g.SessionID })
			if i >= 0 && !slices.ContainsFunc(parts[g.ClientID], func(s storage.Session) bool { return s.ID == g.SessionID }) {
				parts[g.ClientID] = append(parts[g.ClientID], sessions[i])
			}
		}
		for _, clientID := range over.Clients {
			if err := d.Logouts.EnrollPart(ctx, tx, parts[clientID], clientID, backchannel.ReasonDelegation); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		d.Logouts.Wake()
	}
	return err
}

// actingNow is for whom the person acts by a decision of the flow; nil: for themselves.
func actingNow(m flow.Mandate) *Acting {
	if m.Delegation == "" {
		return nil
	}
	return &Acting{Delegation: m.Delegation, PrincipalID: m.PersonID, Subject: m.Subject, Purpose: m.Purpose, EndsAt: m.EndsAt}
}

// actingScopes leaves out what is not given to who acts for somebody else: how the
// principal is reached in person, and access that outlives the session.
func actingScopes(scopes []string) []string {
	return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return slices.Contains(notWhileActing, s) })
}

var notWhileActing = strings.Fields("email phone address offline_access")
