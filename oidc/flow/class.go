package flow

import "slices"

// The authentication context classes that are issued as acr, the weakest first.
// docs/factors.md says what each of them means.
const (
	// ACRPassword is for a password alone.
	ACRPassword = "urn:claviger:acr:password"
	// ACRMFA is for two factors: a password and a one-time code, or a passkey that
	// verified its user.
	ACRMFA = "urn:claviger:acr:mfa"
	// ACRPhishingResistant is for two factors of which a site that looks like this
	// one gets nothing: a passkey that verified its user.
	ACRPhishingResistant = "urn:claviger:acr:phishing-resistant"
)

// Classes returns all classes, the weakest first.
func Classes() []string { return []string{ACRPassword, ACRMFA, ACRPhishingResistant} }

// Authentication methods (RFC 8176 section 2).
const (
	AMRPassword = "pwd"
	// AMROneTime is a one-time password: of a time, or a recovery code.
	AMROneTime = "otp"
	// AMRHardware is a key that was proven and cannot leave its device, AMRSoftware one
	// that is copied between devices.
	AMRHardware = "hwk"
	AMRSoftware = "swk"
	// AMRUser says that the user was there.
	AMRUser = "user"
	// AMRMultiple says that there was more than one factor.
	AMRMultiple = "mfa"
)

// Reaches says that a class is at least another one. A class that is not known is
// reached by none, and reaches nothing; no class at all is reached by every one.
func Reaches(acr, least string) bool {
	return least == "" || rank(least) > 0 && rank(acr) >= rank(least)
}

// rank orders the classes; 0 is for what is none.
func rank(acr string) int { return slices.Index(Classes(), acr) + 1 }

const (
	rankPassword = iota + 1
	rankMFA
	rankPhishingResistant
)

// ClassOf is the class that methods reach.
func ClassOf(amr []string) string {
	switch {
	case !slices.Contains(amr, AMRMultiple):
		return ACRPassword
	case slices.Contains(amr, AMRHardware), slices.Contains(amr, AMRSoftware):
		return ACRPhishingResistant
	}
	return ACRMFA
}

// Answer is the class to name for an authentication that reached acr. Who asked for
// certain classes is told the strongest of them that holds (OpenID Connect Core
// section 5.5.1.1).
func (r Request) Answer(acr string) string {
	asked := r.EssentialACR
	if len(asked) == 0 {
		asked = r.ACRValues
	}
	if slices.Contains(asked, acr) {
		return acr
	}
	best := ""
	for _, a := range asked {
		if rank(a) > rank(best) && rank(a) <= rank(acr) {
			best = a
		}
	}
	if best == "" {
		return acr
	}
	return best
}

// Bound is what a person has besides the password, and what is asked of them.
type Bound struct {
	// TOTP and Passkey say that there is one.
	TOTP, Passkey bool
	// Required is the class that policy asks of the person; empty: none.
	Required string
}

// best is the strongest class that the person can reach at this moment.
func (b Bound) best() int {
	switch {
	case b.Passkey:
		return rankPhishingResistant
	case b.TOTP:
		return rankMFA
	}
	return rankPassword
}

// must is the class without which nothing is issued to this client, whoever comes.
func (r Request) must() int {
	least := 0
	for _, a := range r.EssentialACR {
		if n := rank(a); n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	return max(least, rank(r.RequiredACR))
}

// goal is the class to reach for this request. What acr_values asks for is reached
// where the person has what it takes; it is no reason to refuse, or to set
// something up (OpenID Connect Core section 3.1.2.1, RFC 9470 section 5).
func (s State) goal() int {
	goal := s.Request.must()
	for _, a := range s.Request.ACRValues { // in order of preference
		if n := rank(a); n > 0 && n <= s.Bound.best() {
			goal = max(goal, n)
			break
		}
	}
	// What policy asks holds for who is signed in already, too: a session may be older
	// than the policy, or than the role that it is for.
	goal = max(goal, rank(s.Bound.Required))
	// Nobody gets under somebody else's name with less than that one has to prove.
	if acts, decided := s.Acts(); decided {
		goal = max(goal, rank(acts.Required))
	}
	// Who has a second factor uses it: otherwise it would protect nothing.
	if s.SignedIn != nil && (s.Bound.TOTP || s.Bound.Passkey) {
		goal = max(goal, rankMFA)
	}
	return goal
}

// AsksBound says that Next needs to know what the person has. Most requests of who
// is signed in do not, which saves them a look-up.
func (s State) AsksBound() bool {
	if s.SignedIn != nil {
		return true
	}
	if s.Session == nil {
		return false
	}
	most := max(s.Request.must(), rank(s.Strictest))
	for _, a := range s.Request.ACRValues {
		most = max(most, rank(a))
	}
	return most > s.Session.rank()
}

// rank of a session; one from before there were classes is one of a password.
func (f SessionFacts) rank() int { return max(rank(f.ACR), rankPassword) }

// OnlyPasskey says that no code reaches what is asked for.
func (s State) OnlyPasskey() bool {
	reached := rankPassword
	switch {
	case s.SignedIn != nil:
		reached = rank(ClassOf(s.SignedIn.AMR))
	case s.Session != nil:
		reached = s.Session.rank()
	}
	// Where more is asked for than a code reaches, one is still a way to a class
	// from which a passkey can be set up.
	return reached >= rankMFA || s.goal() >= rankPhishingResistant && s.Bound.Passkey
}

// NeedsPasskey says that nothing but a passkey reaches what is asked for.
func (s State) NeedsPasskey() bool { return s.goal() >= rankPhishingResistant }
