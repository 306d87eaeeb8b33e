package rotation

import (
	"math"
	"slices"
	"time"
)

// Mode is how an organisation reads "personal passwords are changed
// periodically".
type Mode string

// The modes. docs/passwords.md sets out what standards say about them.
const (
	// Enforced: a password that is too old has to be changed before anything
	// else.
	Enforced Mode = "enforced"
	// Advisory: its owner is reminded, and may go on.
	Advisory Mode = "advisory"
	// OnCompromise: age does not matter (NIST SP 800-63B-4 section 3.1.1.2).
	OnCompromise Mode = "on_compromise"
)

// Policy is what holds for one group of people.
type Policy struct {
	Mode Mode
	// MaxAge is the age at which a password expires at the latest, or from
	// which on its owner is reminded.
	MaxAge time.Duration
	// Warning is how long before the expiry its owner is asked.
	Warning time.Duration
	// Jitter is the span before MaxAge over which the expiries of people who
	// chose on one day are spread. Each person has a place of their own in it.
	Jitter time.Duration
	// MinAge is how old a password has to be before its owner may change it
	// without a reason, so that nobody runs through the history in an hour.
	MinAge time.Duration
	// History is how many of the newest passwords, the current one among them,
	// may not be chosen again.
	History int
	// ExemptPasskey lets the password of somebody who has a passkey grow old.
	ExemptPasskey bool
}

// Policies is what holds for everybody, and for some roles instead.
type Policies struct {
	Default Policy
	Roles   map[string]Policy
}

// Of returns what holds for somebody with these roles: the strictest of what
// holds for any of them.
func (p Policies) Of(roles []string) Policy {
	var found []Policy
	for _, r := range roles {
		if policy, ok := p.Roles[r]; ok {
			found = append(found, policy)
		}
	}
	if len(found) == 0 {
		return p.Default
	}
	return slices.MinFunc(found, func(a, b Policy) int {
		if c := a.Mode.laxness() - b.Mode.laxness(); c != 0 {
			return c
		}
		return int(a.MaxAge/time.Second - b.MaxAge/time.Second)
	})
}

// Longest is how many former passwords are kept of whom most are kept.
func (p Policies) Longest() int {
	most, _ := p.Default.Remembered()
	for _, one := range p.Roles {
		history, _ := one.Remembered()
		most = max(most, history)
	}
	return most
}

func (m Mode) laxness() int {
	switch m {
	case Enforced:
		return 0
	case Advisory:
		return 1
	}
	return 2
}

// Remembered is how many former passwords are kept, and whether the minimum age
// holds: both are there for periodic change alone.
func (p Policy) Remembered() (history int, minAge time.Duration) {
	if p.Mode != Enforced {
		return 0, 0
	}
	return p.History, p.MinAge
}

// Password is what is looked at in a personal password.
type Password struct {
	SetAt time.Time
	// Place is the person's own in the jitter, the same each time.
	Place uint32
	// RemindAt is when to ask again, after "later".
	RemindAt time.Time
	// Passkey says that its owner has one.
	Passkey bool
}

// State is how a password stands.
type State string

// The states.
const (
	// Fresh: there is nothing to do.
	Fresh State = "fresh"
	// Aging: its owner is asked to change it, and may say "later".
	Aging State = "aging"
	// Expired: it has to be changed.
	Expired State = "expired"
)

// Standing is how a password stands.
type Standing struct {
	State State
	// ExpiresAt is when it expires; zero when it does not.
	ExpiresAt time.Time
}

// Judge says how a password stands at a moment. At its very expiry it has
// expired.
func (p Policy) Judge(w Password, now time.Time) Standing {
	expires := p.ExpiresAt(w)
	asked := expires.Add(-p.Warning)
	exempt := p.ExemptPasskey && w.Passkey
	switch {
	case p.Mode == Advisory && !exempt:
		asked = w.SetAt.Add(p.MaxAge)
	case expires.IsZero():
		return Standing{State: Fresh}
	case !now.Before(expires):
		return Standing{State: Expired, ExpiresAt: expires}
	}
	state := Fresh
	if !now.Before(asked) && !now.Before(w.RemindAt) {
		state = Aging
	}
	return Standing{State: state, ExpiresAt: expires}
}

// ExpiresAt is when a password expires; zero when it does not.
func (p Policy) ExpiresAt(w Password) time.Time {
	if p.Mode != Enforced || p.ExemptPasskey && w.Passkey {
		return time.Time{}
	}
	// Whole seconds: what people are told is what holds.
	early := time.Duration(float64(p.Jitter) * float64(w.Place) / math.MaxUint32).Truncate(time.Second)
	return w.SetAt.Add(p.MaxAge - early)
}

// later is how long "later" lasts.
const later = 24 * time.Hour

// Later is when somebody who said "later" at the given time is asked again.
func Later(at time.Time) time.Time { return at.Add(later) }
