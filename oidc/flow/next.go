package flow

import (
	"slices"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// Step is something that has to be done.
type Step string

// The steps, in their order.
const (
	StepSignIn Step = "sign-in"
	// StepChooseAccount asks whether to go on as who is signed in, or as somebody else.
	StepChooseAccount  Step = "choose-account"
	StepChoosePassword Step = "choose-password"
	// StepRenewPassword asks whether to change a password that will expire.
	StepRenewPassword Step = "renew-password"
	// StepSecondFactor asks for a second factor that the person has, StepSetUpFactor
	// has one set up.
	StepSecondFactor Step = "second-factor"
	StepSetUpFactor  Step = "set-up-factor"
	StepConsent      Step = "consent"
	// StepActFor asks for whom the person acts.
	StepActFor Step = "act-for"
	// StepAgreement asks to accept the Use Agreement.
	StepAgreement Step = "agreement"
	// StepElsewhere: the person is signed in at as many places as they may be.
	StepElsewhere Step = "elsewhere"
	// StepIssue: nothing is left for the person to do.
	StepIssue Step = "issue"
)

// The error codes that the flow decides on: OpenID Connect Core section
// 3.1.2.6 and RFC 6749 section 4.1.2.1.
const (
	ErrorLoginRequired  = "login_required"
	ErrorInvalidRequest = "invalid_request"
	ErrorAccessDenied   = "access_denied"
	// ErrorConsentRequired is OpenID Connect Core section 3.1.2.6.
	ErrorConsentRequired = "consent_required"
	// ErrorInteractionRequired is OpenID Connect Core section 3.1.2.6.
	ErrorInteractionRequired = "interaction_required"
	// ErrorSelection is OpenID Connect Core section 3.1.2.6.
	ErrorSelection = "account_selection_required"
	// ErrorUnmet is OpenID Connect Core Error Code
	// unmet_authentication_requirements 1.0.
	ErrorUnmet = "unmet_authentication_requirements"
)

// Decision is what comes next: a step, or an error for the application.
type Decision struct {
	Step Step
	// Error is an OAuth error code, and Description says it in ASCII words;
	// Step is then empty.
	Error, Description string
	// Acts is for whom the person acts, with StepIssue; zero: for themselves.
	Acts Mandate
	// UseSession says, with StepIssue, that the browser's live session stands
	// for the person; otherwise the authentication of this interaction does,
	// and a session has to begin.
	UseSession bool
}

// PromptValues returns the values of prompt that are understood.
func PromptValues() []string { return []string{"none", "login", "consent", "select_account"} }

// Next decides what comes next. It reads nothing but s.
func Next(s State) Decision {
	if d, refused := judge(s.Request); refused {
		return d
	}
	// No is no at any step, and nobody has to sign in first to say it.
	if s.Refused {
		return Decision{Error: ErrorAccessDenied, Description: "The person said no."}
	}
	useSession := s.SignedIn == nil && sessionSuffices(s)
	if s.SignedIn == nil && !useSession {
		if s.Request.Prompts("none") {
			return Decision{Error: ErrorLoginRequired, Description: "The person has to sign in, and the request forbids asking."}
		}
		if s.MayChooseAccount() && !s.Another {
			return Decision{Step: StepChooseAccount}
		}
		return Decision{Step: StepSignIn}
	}
	subject := ""
	if useSession {
		if goal := s.goal(); s.Session.rank() < goal {
			switch {
			case s.Request.Prompts("none"):
				return Decision{Error: ErrorLoginRequired, Description: "The person has to prove more, and the request forbids asking."}
			case goal > s.Bound.best():
				return Decision{Step: StepSignIn} // what is set up needs a fresh authentication
			}
			return Decision{Step: StepSecondFactor}
		}
		// A session outlives the day on which a new version cannot be put off any more.
		if s.Agreement.Must {
			if s.Request.Prompts("none") {
				return Decision{Error: ErrorInteractionRequired, Description: "The person has to accept the Use Agreement, and the request forbids asking."}
			}
			return Decision{Step: StepAgreement}
		}
		subject = s.Session.Subject
	} else {
		reached, goal := rank(ClassOf(s.SignedIn.AMR)), s.goal()
		switch {
		// Before a password is replaced or a factor added: whoever came by a
		// password alone must not (ASVS 6.4.3).
		case reached < min(goal, s.Bound.best()):
			return Decision{Step: StepSecondFactor}
		case s.asksAgreement():
			return Decision{Step: StepAgreement}
		case s.PasswordChosen:
		case s.SignedIn.mustChoose(), s.SignedIn.PasswordMay && s.Renewal == RenewNow:
			return Decision{Step: StepChoosePassword}
		case s.SignedIn.PasswordMay && s.Renewal == "":
			return Decision{Step: StepRenewPassword}
		}
		if reached < goal {
			return Decision{Step: StepSetUpFactor}
		}
		subject = s.SignedIn.Subject
		// The application named whom it expects, and somebody else signed in
		// (OpenID Connect Core section 3.1.2.1, id_token_hint).
		if !s.mayBe(s.Request.HintSubject, subject) {
			return anotherPerson()
		}
	}
	acts, decided := s.Acts()
	if !decided {
		if s.Request.Prompts("none") {
			return Decision{Error: ErrorSelection, Description: "The person has to say for whom they act, and the request forbids asking."}
		}
		return Decision{Step: StepActFor}
	}
	// The token will name who is acted for: it has to be who is expected.
	about := subject
	if acts.Delegation != "" {
		about = acts.Subject
	}
	if hint := s.Request.HintSubject; hint != "" && hint != s.known(about) {
		if s.ActsFor == "" && !s.Request.Prompts("none") && s.mayBe(hint, subject) {
			return Decision{Step: StepActFor} // it was chosen for another request
		}
		return anotherPerson()
	}
	if s.Barred {
		return Decision{Error: ErrorAccessDenied, Description: "The application is for people with another role."}
	}
	if !useSession && s.Crowded {
		return Decision{Step: StepElsewhere}
	}
	// Who agreed has to be who it is about.
	if s.asksConsent() && s.Agreed != subject {
		if s.Request.Prompts("none") {
			return Decision{Error: ErrorConsentRequired, Description: "The person has to agree first, and the request forbids asking."}
		}
		return Decision{Step: StepConsent}
	}
	return Decision{Step: StepIssue, UseSession: useSession, Acts: acts}
}

func anotherPerson() Decision {
	return Decision{Error: ErrorLoginRequired, Description: "Another person than the one expected has signed in."}
}

// asksAgreement says that who has signed in accepts the Use Agreement before
// anything else. Nobody begins to use the service without it, whatever the grace
// period of a version.
func (s State) asksAgreement() bool {
	first := s.SignedIn.Raises == "" && !s.SignedIn.Passwordless && s.SignedIn.PasswordKind != storage.PasswordPersonal
	return s.Agreement.Must || s.Agreement.Due && (first || !s.AgreementLater)
}

// MayPutOff says that a person who is asked to accept the Use Agreement may do it
// another day.
func (s State) MayPutOff() bool {
	later := s
	later.AgreementLater = true
	return s.SignedIn != nil && s.Agreement.Due && !later.asksAgreement()
}

// asksConsent says that somebody has to agree before anything is issued.
func (s State) asksConsent() bool {
	return s.Request.AskConsent || s.Request.Prompts("consent") ||
		slices.ContainsFunc(s.Request.Consent, func(scope string) bool { return !slices.Contains(s.Consented, scope) })
}

// judge refuses requests that contradict themselves.
func judge(r Request) (Decision, bool) {
	for _, p := range r.Prompt {
		if !slices.Contains(PromptValues(), p) {
			return Decision{Error: ErrorInvalidRequest, Description: "The prompt parameter holds a value that is not known."}, true
		}
	}
	// OpenID Connect Core section 3.1.2.1: none stands alone.
	if r.Prompts("none") && len(r.Prompt) > 1 {
		return Decision{Error: ErrorInvalidRequest, Description: "The prompt value none stands together with another."}, true
	}
	if r.MaxAge != nil && *r.MaxAge < 0 {
		return Decision{Error: ErrorInvalidRequest, Description: "The max_age parameter is negative."}, true
	}
	// OpenID Connect Core section 5.5.1.1: an essential acr that cannot be
	// reached is a failed authentication.
	if len(r.EssentialACR) > 0 && !slices.ContainsFunc(r.EssentialACR, func(a string) bool { return rank(a) > 0 }) {
		return Decision{Error: ErrorUnmet, Description: "The requested authentication class cannot be reached."}, true
	}
	// A class that is not known would otherwise be none.
	if r.RequiredACR != "" && rank(r.RequiredACR) == 0 {
		return Decision{Error: ErrorUnmet, Description: "The authentication class that the application is registered with is not known."}, true
	}
	return Decision{}, false
}

// MayChooseAccount says that the request asks for a choice of accounts (OpenID Connect
// Core section 3.1.2.1), and that there is one to go on with. Where whoever it is has to
// sign in, the sign-in page is the choice.
func (s State) MayChooseAccount() bool {
	return s.SignedIn == nil && s.Request.Prompts("select_account") && sessionUsable(s)
}

// sessionSuffices says that the live session answers the request without the
// person doing anything.
func sessionSuffices(s State) bool {
	if s.Request.Prompts("select_account") && (s.Session == nil || s.Chosen != s.Session.ID) {
		return false
	}
	return !s.Another && sessionUsable(s)
}

// sessionUsable says that the live session would answer the request if the person
// wanted to go on with it.
func sessionUsable(s State) bool {
	r := s.Request
	switch {
	case s.Session == nil:
		return false
	case r.Prompts("login"):
		return false
	case r.HintUnusable:
		return false // it may have named somebody else
	case !s.mayBe(r.HintSubject, s.Session.Subject):
		return false
	case r.MaxAge != nil && !youngEnough(s.Session.AuthTime, *r.MaxAge, r.ReceivedAt):
		return false
	}
	return true
}

// youngEnough judges max_age in whole seconds, as auth_time is written.
// max_age=0 means the same as prompt=login (OpenID Connect Core errata 2
// section 3.1.2.1).
func youngEnough(authTime time.Time, maxAge int64, at time.Time) bool {
	return maxAge > 0 && at.Unix()-authTime.Unix() <= maxAge
}
