package pages

import (
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
)

// Texts is everything that the pages say, in one language. Functions take what
// a sentence must mention, because languages order sentences differently.
type Texts struct {
	// Lang is the BCP 47 tag of the language, Dir the direction it is written in
	// (ltr or rtl), Name what it calls itself.
	Lang, Dir, Name string

	Common          CommonTexts
	SignIn          SignInTexts
	ChooseAccount   ChooseAccountTexts
	ChoosePassword  ChoosePasswordTexts
	RenewPassword   RenewPasswordTexts
	SecondFactor    SecondFactorTexts
	Passkey         PasskeyTexts
	SetUpFactor     SetUpFactorTexts
	SetUpTOTP       SetUpTOTPTexts
	RecoveryCodes   RecoveryCodesTexts
	Consent         ConsentTexts
	Agreement       AgreementTexts
	Device          DeviceTexts
	Apply           ApplyTexts
	Forgotten       ForgottenTexts
	Recover         RecoverTexts
	Temporary       TemporaryTexts
	Account         AccountTexts
	Profile         ProfileTexts
	Factors         FactorsTexts
	Applications    ApplicationsTexts
	Agreements      AgreementsTexts
	ActFor          ActForTexts
	Delegations     DelegationsTexts
	ChangePassword  ChangePasswordTexts
	AccountSessions AccountSessionsTexts
	Elsewhere       ElsewhereTexts
	Activity        ActivityTexts
	Manage          ManageTexts
	SignOut         SignOutTexts
	SignedOut       SignedOutTexts
	SigningOut      SigningOutTexts
	Home            HomeTexts
	Security        SecurityTexts
	Stale           Advice
	// LinkOver is for a link from a mail that does not work.
	LinkOver Advice
	Refused  RefusedTexts
	// Trouble says why somebody cannot be sent back to an application.
	Trouble func(flow.Trouble) Reason
	Faults  FaultTexts
}

// CommonTexts stand on more than one page.
type CommonTexts struct {
	// Panel is the promise beside every page.
	Panel string
	// Address asks to compare the address bar with the host that follows.
	Address string
	// Footer is the one piece of advice that every page ends with.
	Footer string
	// Help stands before the operator's own line.
	Help string
	// ProblemTitle begins the title of a page that reports a problem.
	ProblemTitle func(title string) string
	// Reference stands before the number of a request.
	Reference string
	// GoTo leads to an application.
	GoTo func(application string) string
	// ShowPassword and HidePassword are what the button beside a password says.
	ShowPassword, HidePassword string
	// CapsLock warns while that key is on.
	CapsLock string
	// Languages names the language switch.
	Languages string
	// Moment says when, to the minute and with the time zone.
	Moment func(time.Time) string
	// Day says on which day.
	Day func(time.Time) string
	// Wait says how long from now, as in "in about 2 minutes".
	Wait func(time.Duration) string
	// Span says a length of time, as in "5 minutes".
	Span func(time.Duration) string
}

// SignInTexts are those of the sign-in page.
type SignInTexts struct {
	// Cancel goes back to the application without signing in.
	Cancel string
	Title  string
	// For says which application the person goes on to.
	For func(application string) string
	// Own is for who wants to see a page of ours, Again for who is signed in and has to
	// prove it anew.
	Own, Again       string
	UserID, Password string
	Temporary        string
	// NoAccount and Apply lead to the form for an account.
	NoAccount, Apply string
	TemporaryDetail  string
	Shared           string
	SharedDetail     func(idle string) string
	// Ended is said to a browser that comes back after its session ended.
	Ended EndedTexts
	// Afresh is said to who has to sign in again in the middle of it.
	Afresh AfreshTexts
	Submit string
	// ForgotPassword and ForgotUserID lead to who helps.
	ForgotPassword, ForgotUserID string
	// MissingUserID and the rest are told after a failed attempt.
	MissingUserID, MissingPassword string
	Wrong                          string
	Limited, Busy                  func(wait string) string
}

// EndedTexts say why a session ended, and nothing of whose it was.
type EndedTexts struct {
	Idle, Absolute, Operator, Concurrent, Membership, Roles, Account string
	Password, PasswordReset, PasswordMust, Compromised               string
	Factor, FactorReset                                              string
	Agreement, Reuse                                                 string
}

// AfreshTexts say why somebody has to sign in again: it took too long, or the password
// was replaced meanwhile.
type AfreshTexts struct{ Late, Replaced, Void string }

// ChoosePasswordTexts are those of the page for the personal password.
type ChoosePasswordTexts struct {
	// First is for who comes with a temporary password; the others say why
	// another one is needed. Own is for who wants to.
	First, Expired, Operator, Compromised, Guessed, Alone, Own Reason
	// Rules is the policy in plain words, for a least length.
	Rules                []string
	Minimum              func(characters int) string
	UserID, New, Confirm string
	Submit               string
	Missing, Different   string
	Busy                 func(wait string) string
	// Remaining is said while typing; {n} stands for the number.
	Remaining, Enough string
	// Strength says how well what was entered withstands guessing.
	Strength func(password.Strength) string
}

// Reason is a heading and why it stands there.
type Reason struct{ Title, Text string }

// RenewPasswordTexts are those of the question whether to change the password
// now.
type RenewPasswordTexts struct {
	Title string
	// Expires says in how many days the password expires; Old that it is old,
	// where it does not expire.
	Expires func(days int) string
	Old     string
	// Choice says what "later" means, Soon the same on the last day.
	Choice, Soon string
	Now, Later   string
}

// SecondFactorTexts are those of the page that asks for a second factor.
type SecondFactorTexts struct {
	Title, Text, Code, Submit string
	// Lost opens the way of recovery codes.
	Lost, Recovery, RecoveryHint, RecoverySubmit string
	// Help says what there is when nothing else is left, HelpPasskey where nothing but
	// a passkey was asked for.
	Help, HelpPasskey                       string
	Missing, Wrong, WrongRecovery, Disabled string
}

// PasskeyTexts stand wherever a passkey is asked for.
type PasskeyTexts struct {
	Name, SignIn, Use string
	// Failed is told by the browser's own page, Wrong and Late are ours.
	Failed, Wrong, Late string
	NoScript            string
}

// SetUpFactorTexts are those of the choice which second factor to set up.
type SetUpFactorTexts struct {
	Title, Text                string
	PasskeyText, PasskeySubmit string
	App, AppText, AppSubmit    string
}

// SetUpTOTPTexts are those of the page that shows the secret of an application.
type SetUpTOTPTexts struct {
	Title, Scan string
	// Picture is what the picture is, for who does not see it; Type leads to the
	// same as text.
	Picture, Type, Code string
	Name, NameHint      string
	Submit, Back, Wrong string
}

// RecoveryCodesTexts are those of the page that shows recovery codes.
type RecoveryCodesTexts struct{ Title, Text, Keep, Continue string }

// ConsentTexts are those of the question whether an application may know.
type ConsentTexts struct {
	Title string
	// Text and Device take the name of the application.
	Text, Device func(application string) string
	As           string
	// Scope says what a scope tells; empty for what is not worth saying.
	Scope         func(scope string) string
	Allow, Refuse string
}

// AgreementTexts are those of the page that asks to accept the Use Agreement.
type AgreementTexts struct {
	Title, Text string
	// Version stands before the name of the version.
	Version string
	// Accept stands beside the box to tick, Missing says that it was not.
	Accept, Missing string
	Submit, Decline string
	// Later says until when it may be put off.
	Later       func(until time.Time) string
	LaterSubmit string
	// Declined is the page after somebody said no.
	DeclinedTitle, DeclinedText, DeclinedAgain, DeclinedGo string
}

// ApplyTexts are those of the application for an account.
type ApplyTexts struct {
	Title, Text, RequiredNote, Submit string
	// Field takes the name of a field.
	Field                   func(name string) string
	CredentialHint, NPIHint string
	// Problem stands above the form, Wrong at a field.
	Problem               string
	Wrong                 func(person.Flaw) string
	Limited               func(wait string) string
	CautionTitle, Caution string

	ReceivedTitle, ReceivedText, ReceivedReference, ReceivedForward string
}

// DeviceTexts are those of the device flow.
type DeviceTexts struct {
	Title, Text, Code, Caution, Submit, Missing, Unknown string
	Limited                                              func(wait string) string
	Connected, Refused                                   Advice
}

// ForgottenTexts are those of who has forgotten something.
type ForgottenTexts struct {
	Password, UserID Question
	// HelpDesk says what else there is.
	HelpDesk, Missing string
	Limited           func(wait string) string
	// Asked is the same for everybody.
	Asked Advice
}

// Question is a page with one field.
type Question struct{ Title, Text, Label, Submit, Other string }

// RecoverTexts are those of the page for a new password in the place of a forgotten
// one.
type RecoverTexts struct {
	Title, Text, Submit, Note string
	Done                      Advice
}

// TemporaryTexts are those of the page that shows a temporary password.
type TemporaryTexts struct {
	Title, Text, Submit, Note, ShownTitle, ShownText, Forward string
	Until                                                     func(moment string) string
}

// ChangePasswordTexts are those of the page for who is signed in.
type ChangePasswordTexts struct {
	Title, Text, Current, Submit, Others, OthersDetail string
	MissingCurrent, WrongCurrent                       string
	// TooSoon says when it can be changed again, given as Wait says it.
	TooSoon        func(wait string) string
	TooSoonForward string
	Done           Advice
}

// AccountSessionsTexts are those of the page that shows where one is signed in.
type AccountSessionsTexts struct {
	Title, Text string
	// Here stands beside the browser that the page is in.
	Here string
	// Since, Last, Address and Application stand before what they name.
	Since, Last, Address, Application string
	// Unknown is for a browser that has no name we know.
	Unknown                     string
	End, Others, SignOut, Alone string
}

// ElsewhereTexts are those of the page for who is signed in at as many places as they may
// be. AccountSessionsTexts say where.
type ElsewhereTexts struct {
	Title, Text string
	// May is for who may end a session here, Wait for who may not.
	May, Wait string
	// Ends stands before when a session ends by itself.
	Ends string
	// End and Again are a button and a link.
	End, Again string
}

// ManageTexts are those of the pages of an organization's administrators.
type ManageTexts struct {
	Title, HomeText, None string
	// RosterText begins the roster; Empty stands there when nobody is on it.
	RosterText, Empty string
	// Grant, Invite, Next, Remove and Back are links and buttons.
	Grant, Invite, Next, Remove, Back string
	// UserID, NeedIs, Since, Until, Used stand before what they name.
	UserID, NeedIs, Since, Until, Used string
	// Never is an end that is not set, Unused a use that there was not.
	Never, Unused    string
	Factor, NoFactor string
	// Account says in words what state an account is in, empty for one that works.
	Account func(state string) string
	// Role is a role in words.
	Role func(name string) string

	GrantTitle, GrantText, GrantSubmit                    string
	FamilyName, RoleLabel, Need, NeedHint, Last, WrongEnd string
	NoRole                                                string
	// Refused says in words why a role was not granted.
	Refused func(reason string) string

	RemoveTitle, RemoveText, RemoveSubmit string

	InviteTitle, InviteText, InviteSubmit  string
	InvitedTitle, InvitedText, InvitedNext string
}

// SignOutTexts are those of the confirmation.
type SignOutTexts struct{ Title, Text, Submit, Stay string }

// SigningOutTexts are those of the page while applications are signed out.
type SigningOutTexts struct{ Title, Text, Continue, Frame string }

// SignedOutTexts are those of the page after signing out.
type SignedOutTexts struct {
	Title, Text string
	// SharedTitle and SharedSteps say what to do before leaving a shared
	// computer.
	SharedTitle string
	SharedSteps []string
	Again       string
	// Told, Waiting and Open stand before the names of applications: those that have
	// heard of it, those that have not answered, and those to sign out of oneself. Look
	// leads to the page once more.
	Told, Waiting, Open, Look string
}

// HomeTexts are those of the bare address.
type HomeTexts struct {
	Title, Text  string
	BeginTitle   string
	Begin        string
	CautionTitle string
	Caution      string
	SignOut      string
}

// Advice is a heading, what happened, and the way forward.
type Advice struct{ Title, Text, Forward string }

// RefusedTexts say why a service refused something. The services' own messages
// are English; what they refuse carries codes.
type RefusedTexts struct {
	// Password and Problem return an empty text for a code that they do not know;
	// Other stands in its place.
	Password func(*password.Refusal) string
	Problem  func(*problem.Error) string
	Other    string
}

// FaultTexts are those of the error page, by kind.
type FaultTexts struct {
	NotFound, NotAllowed, Denied, Invalid, TooLarge, Limited, Busy, Internal Advice
	// BusyForm is Busy for a form that was sent, and BackToForm leads to that.
	BusyForm   Advice
	BackToForm string
	// Foreign is for a form that did not come from a page of ours.
	Foreign Advice
	// Retry says when to try again, given as Wait says it.
	Retry func(wait string) string
}
