package flow

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Oneself is the choice of who acts for nobody else.
const Oneself = "self"

// Mandate lets the person of a request act for somebody else in its application.
type Mandate struct {
	// Delegation is the id of what lets them.
	Delegation string
	// PersonID and Subject are those of who is acted for.
	PersonID, Subject string
	Purpose           string
	EndsAt            time.Time
	// Required is the class that policy asks of who is acted for; empty: none. It is
	// looked up of the one that was chosen.
	Required string
}

// Choice is for whom the person chose to act: in this interaction, or before in the
// session, unless the application has people choose anew. Empty: not chosen.
func (s State) Choice() string {
	if s.ActsFor == "" && !s.Request.Prompts("select_account") {
		return s.Remembered
	}
	return s.ActsFor
}

// Acts is for whom the person acts, zero for themselves, and whether that is decided.
// Who may act for nobody is not asked. What was chosen and is over leaves it open: the
// person has to see that they act for nobody any more.
func (s State) Acts() (acts Mandate, decided bool) {
	choice := s.Choice()
	if choice == Oneself || choice == "" && len(s.Mandates) == 0 {
		return Mandate{}, true
	}
	i := slices.IndexFunc(s.Mandates, func(m Mandate) bool { return m.Delegation == choice })
	if i < 0 {
		return Mandate{}, false
	}
	return s.Mandates[i], true
}

// mayBe says that tokens for the person with a subject can name who is expected:
// that one, or somebody for whom they act. Nobody in particular may be anybody.
func (s State) mayBe(expected, subject string) bool {
	return expected == "" || expected == s.known(subject) ||
		slices.ContainsFunc(s.Mandates, func(m Mandate) bool { return expected == s.known(m.Subject) })
}

// RecordActing notes for whom the person acts: by a delegation, which has to be one
// of the state's, or as themselves.
func (i *Interactions) RecordActing(ctx context.Context, in *Interaction, choice string) error {
	next := in.State
	next.ActsFor = choice
	if _, decided := next.Acts(); !decided || choice == "" {
		return errors.New("flow: somebody chose to act for whom they may not act for")
	}
	return i.update(ctx, in, next)
}
