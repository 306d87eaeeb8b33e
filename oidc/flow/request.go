package flow

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// Request is an authorization request after it was found valid: the client is
// known, the redirect URI is registered, the scopes are the client's.
type Request struct {
	ClientID string `json:"client_id"`
	// ClientName is what people read on the pages.
	ClientName  string `json:"client_name,omitempty"`
	RedirectURI string `json:"redirect_uri"`
	// ResponseMode is query or form_post.
	ResponseMode string   `json:"response_mode,omitempty"`
	State        string   `json:"state,omitempty"`
	Nonce        string   `json:"nonce,omitempty"`
	Scopes       []string `json:"scopes,omitempty"`
	Audience     []string `json:"audience,omitempty"`
	// CodeChallenge is PKCE's (RFC 7636); the method is S256 or empty.
	CodeChallenge       string `json:"code_challenge,omitempty"`
	CodeChallengeMethod string `json:"code_challenge_method,omitempty"`
	// Prompt, MaxAge, ACRValues, LoginHint, UILocales and Display are OpenID
	// Connect Core section 3.1.2.1. MaxAge is in seconds, nil when not sent.
	Prompt    []string `json:"prompt,omitempty"`
	MaxAge    *int64   `json:"max_age,omitempty"`
	ACRValues []string `json:"acr_values,omitempty"`
	LoginHint string   `json:"login_hint,omitempty"`
	UILocales string   `json:"ui_locales,omitempty"`
	Display   string   `json:"display,omitempty"`
	// Claims is the claims parameter (OpenID Connect Core section 5.5).
	Claims json.RawMessage `json:"claims,omitempty"`
	// ClaimScopes are the scopes, beside those that are asked for, that the claims
	// asked for by name belong to: what a person has to hear of who is asked.
	ClaimScopes []string `json:"claim_scopes,omitempty"`
	// EssentialACR are the classes of which one has to be reached.
	EssentialACR []string `json:"essential_acr,omitempty"`
	// RequiredACR is the class that the client was registered to need; empty: any.
	RequiredACR string `json:"required_acr,omitempty"`
	// DPoPJKT is the key that the code is bound to (RFC 9449 section 10).
	DPoPJKT string `json:"dpop_jkt,omitempty"`
	// Pushed is the id of the pushed request that this is (RFC 9126), which is
	// used up when a code is issued, and PushedAt when the browser came with it.
	Pushed   string    `json:"pushed,omitempty"`
	PushedAt time.Time `json:"pushed_at,omitzero"`
	// Device is the request of a device that this sign-in decides on (RFC 8628);
	// there is then no redirect URI.
	Device string `json:"device,omitempty"`
	// Own is the page of this service that the person goes on to, a path; there is
	// then neither a client nor a redirect URI.
	Own string `json:"own,omitempty"`
	// Consent is the scopes that the person has to have agreed to, for the
	// application is somebody else's; empty for one of the operator's own.
	Consent []string `json:"consent,omitempty"`
	// AskConsent says that the person is asked in any case.
	AskConsent bool `json:"ask_consent,omitempty"`
	// HintSubject is the subject of a valid id_token_hint.
	HintSubject string `json:"hint_subject,omitempty"`
	// HintUnusable says that an id_token_hint was sent that nothing can be told
	// from, such as one whose key is no longer published.
	HintUnusable bool `json:"hint_unusable,omitempty"`
	// ReceivedAt is when the request arrived, or was begun again.
	ReceivedAt time.Time `json:"received_at"`
}

// Prompts says that prompt holds the value.
func (r Request) Prompts(value string) bool { return slices.Contains(r.Prompt, value) }

// State is how far a request has come.
type State struct {
	Request Request `json:"request"`
	// Again says why it was begun again, empty where it was not, and Begun how often.
	Again Again `json:"again,omitempty"`
	Begun int   `json:"begun,omitempty"`
	// Chosen is the session with which the person wants to go on, and Another says that
	// they want to be somebody else than who is signed in.
	Chosen  string `json:"chosen,omitempty"`
	Another bool   `json:"another,omitempty"`
	// SignedIn is the authentication that was done for this request.
	SignedIn *SignedIn `json:"signed_in,omitempty"`
	// PasswordChosen says that the password was replaced.
	PasswordChosen bool `json:"password_chosen,omitempty"`
	// Renewal is what the person answered when asked whether to change an
	// ageing password.
	Renewal Renewal `json:"renewal,omitempty"`
	// AgreementLater says that the person accepts the Use Agreement another day.
	AgreementLater bool `json:"agreement_later,omitempty"`

	// Agreed is the subject that said yes to what the application asks for.
	// Refused says that somebody said no.
	Agreed  string `json:"agreed,omitempty"`
	Refused bool   `json:"refused,omitempty"`

	// Consented is the scopes that the person agreed to at an earlier request of the
	// same application. It is looked up each time.
	Consented []string `json:"-"`
	// Bound is what the person has besides the password. It is looked up each time
	// that AsksBound says so.
	Bound Bound `json:"-"`
	// Strictest is the class that policy asks of anybody at all: a session that
	// reaches it needs no look-up. Empty: policy asks for nothing.
	Strictest string `json:"-"`
	// Barred says that the application is not for the person. It is looked up each
	// time.
	Barred bool `json:"-"`
	// Agreement is how the person stands to the Use Agreement. It is looked up each
	// time.
	Agreement Agreement `json:"-"`
	// Crowded says that no other session of who has signed in may begin before one of
	// them ends. It is looked up each time.
	Crowded bool `json:"-"`
	// ActsFor is for whom the person said to act: the id of a delegation, or Oneself.
	ActsFor string `json:"acts_for,omitempty"`
	// Mandates are those by which the person may act in the application, and Remembered
	// is what was chosen there in the session. They are looked up each time.
	Mandates   []Mandate `json:"-"`
	Remembered string    `json:"-"`
	// Session is the live session of this browser, when there is one. It is
	// looked up each time and never stored with the interaction.
	Session *SessionFacts `json:"-"`
	// Pseudonym is how the client of the request knows a subject, where that is
	// not the subject itself.
	Pseudonym func(subject string) string `json:"-"`
}

// NewPerson is whoever has signed in for this request; empty for nobody.
func (s State) NewPerson() string {
	if s.SignedIn == nil {
		return ""
	}
	return s.SignedIn.PersonID
}

// Agreement is how a person stands to the Use Agreement.
type Agreement struct {
	// Due says that there is a version which they have not accepted, Must that it
	// cannot be put off any more.
	Due, Must bool
}

// SignedIn is an authentication.
type SignedIn struct {
	PersonID string   `json:"person_id"`
	Subject  string   `json:"subject"`
	AMR      []string `json:"amr"` // RFC 8176
	// AuthTime has whole seconds, as the auth_time claim has.
	AuthTime time.Time `json:"auth_time"`
	// ProvenAt is when it was proven, to the microsecond; where a factor was added to a
	// session, when that factor was.
	ProvenAt time.Time `json:"proven_at"`
	// PasswordKind and PasswordVersion tell which password it was.
	PasswordKind    storage.PasswordKind `json:"password_kind"`
	PasswordVersion int64                `json:"password_version"`
	// PasswordMust says why a password has to be changed before anything else;
	// empty when it does not. PasswordMay says that the person is to be asked
	// whether to change it now, and PasswordExpires when it will have to be;
	// zero when it will not.
	PasswordMust    string    `json:"password_must,omitempty"`
	PasswordMay     bool      `json:"password_may,omitempty"`
	PasswordExpires time.Time `json:"password_expires,omitzero"`
	// Shared says that the person called this a shared computer.
	Shared bool `json:"shared,omitempty"`
	// Passwordless says that no password was used.
	Passwordless bool `json:"passwordless,omitempty"`
	// Raises is the session to which this adds a factor; empty for a whole sign-in.
	Raises string `json:"raises,omitempty"`
}

// mustChoose says that nothing else may be done before a password was chosen. A
// temporary one leads to choosing a personal one, whatever else is known of it.
func (s SignedIn) mustChoose() bool {
	if s.Passwordless || s.Raises != "" {
		return false
	}
	return s.PasswordMust != "" || s.PasswordKind != storage.PasswordPersonal
}

// Renewal is an answer to the question whether to change the password now.
type Renewal string

// The answers.
const (
	RenewNow   Renewal = "now"
	RenewLater Renewal = "later"
)

// PersonID is who stands behind the request by now, or empty.
func (s State) PersonID() string {
	switch {
	case s.SignedIn != nil:
		return s.SignedIn.PersonID
	case s.Session != nil:
		return s.Session.PersonID
	}
	return ""
}

// known is the subject by which the client of the request knows a person.
func (s State) known(subject string) string {
	if s.Pseudonym == nil {
		return subject
	}
	return s.Pseudonym(subject)
}

// SessionFacts is what Next looks at in a live session.
type SessionFacts struct {
	ID       string
	PersonID string
	Subject  string
	AuthTime time.Time
	ACR      string
	AMR      []string
	Shared   bool
}

// FactsOf is what Next looks at in a session.
func FactsOf(s storage.Session) *SessionFacts {
	return &SessionFacts{ID: s.ID, PersonID: s.PersonID, Subject: s.Subject, AuthTime: s.AuthTime, ACR: s.ACR, AMR: s.AMR, Shared: s.Shared}
}
