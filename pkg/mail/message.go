package mail

import (
	"fmt"
	"reflect"
	"time"
)

// class says how a variable has to be kept.
type class int

const (
	// plain may be read by anybody who reads the mail.
	plain class = iota + 1
	// userID names an account; it never stands beside a secret.
	userID
	// secret opens something.
	secretText
)

// variables is every variable that any mail may have. A message with another one
// does not load.
func variables() map[string]class {
	return map[string]class{
		"Organization": plain, // who writes
		"Help":         plain, // whom to call
		"SignIn":       plain, // where people sign in
		"Application":  plain, // what they open to do so
		"When":         plain, // when something happened
		"Until":        plain, // until when something holds
		"Browser":      plain, // in which browser it happened
		"UserID":       userID,
		"Link":         secretText,
	}
}

// Message is what a mail says. Its fields are its variables, besides those that
// all mails have: Organization, Help, SignIn and Application.
type Message interface {
	// Name is that of the template.
	Name() string
}

// PasswordChanged tells that a person changed the password.
type PasswordChanged struct{ When time.Time }

// Name of the template.
func (PasswordChanged) Name() string { return "password-changed" }

// PasswordRecovered tells that a forgotten password was replaced.
type PasswordRecovered struct{ When time.Time }

// Name of the template.
func (PasswordRecovered) Name() string { return "password-recovered" }

// PasswordReset tells that an operator put a temporary password in place.
type PasswordReset struct{ When time.Time }

// Name of the template.
func (PasswordReset) Name() string { return "password-reset" }

// PasswordForced tells that the password has to be changed at the next sign-in, because an
// operator wants it.
type PasswordForced struct{ When time.Time }

// Name of the template.
func (PasswordForced) Name() string { return "password-forced" }

// PasswordCompromised tells the same, because the password is known to be stolen.
type PasswordCompromised struct{ When time.Time }

// Name of the template.
func (PasswordCompromised) Name() string { return "password-compromised" }

// NewBrowser tells of a sign-in in a browser that was not known, and which one it was
// as far as it told.
type NewBrowser struct {
	When    time.Time
	Browser string
}

// Name of the template.
func (NewBrowser) Name() string { return "new-browser" }

// AddressesChanged tells that notices go to other addresses from now on.
type AddressesChanged struct{ When time.Time }

// Name of the template.
func (AddressesChanged) Name() string { return "addresses-changed" }

// FactorAdded tells that somebody set up another second factor.
type FactorAdded struct{ When time.Time }

// Name of the template.
func (FactorAdded) Name() string { return "factor-added" }

// FactorRemoved tells that somebody removed a second factor.
type FactorRemoved struct{ When time.Time }

// Name of the template.
func (FactorRemoved) Name() string { return "factor-removed" }

// FactorRenamed tells that somebody gave a second factor another name.
type FactorRenamed struct{ When time.Time }

// Name of the template.
func (FactorRenamed) Name() string { return "factor-renamed" }

// FactorReplaced tells that another authenticator app took the place of one.
type FactorReplaced struct{ When time.Time }

// Name of the template.
func (FactorReplaced) Name() string { return "factor-replaced" }

// RecoveryCodesReplaced tells that other recovery codes were drawn.
type RecoveryCodesReplaced struct{ When time.Time }

// Name of the template.
func (RecoveryCodesReplaced) Name() string { return "recovery-codes-replaced" }

// RecoveryCodeUsed tells that somebody signed in with a recovery code.
type RecoveryCodeUsed struct{ When time.Time }

// Name of the template.
func (RecoveryCodeUsed) Name() string { return "recovery-code-used" }

// PasskeySetAside tells that a passkey works no more, because there may be a copy.
type PasskeySetAside struct{ When time.Time }

// Name of the template.
func (PasskeySetAside) Name() string { return "passkey-set-aside" }

// FactorsReset tells that an operator removed all second factors.
type FactorsReset struct{ When time.Time }

// Name of the template.
func (FactorsReset) Name() string { return "factors-reset" }

// DelegationGranted tells a person that somebody may act for them.
type DelegationGranted struct{ When, Until time.Time }

// Name of the template.
func (DelegationGranted) Name() string { return "delegation-granted" }

// DelegationEnded tells them that this is over.
type DelegationEnded struct{ When time.Time }

// Name of the template.
func (DelegationEnded) Name() string { return "delegation-ended" }

// ActingGranted tells a person that they may act for somebody.
type ActingGranted struct{ When, Until time.Time }

// Name of the template.
func (ActingGranted) Name() string { return "acting-granted" }

// ActingEnded tells them that this is over.
type ActingEnded struct{ When time.Time }

// Name of the template.
func (ActingEnded) Name() string { return "acting-ended" }

// OwnUserID tells a new User ID to who has the password of another system.
type OwnUserID struct{ UserID string }

// Name of the template.
func (OwnUserID) Name() string { return "own-user-id" }

// RecoveryLink lets somebody choose a new password.
type RecoveryLink struct {
	Link  string
	Until time.Time
}

// Name of the template.
func (RecoveryLink) Name() string { return "recovery-link" }

// UserIDReminder tells a forgotten User ID.
type UserIDReminder struct{ UserID string }

// Name of the template.
func (UserIDReminder) Name() string { return "user-id-reminder" }

// FirstUserID tells a new User ID.
type FirstUserID struct{ UserID string }

// Name of the template.
func (FirstUserID) Name() string { return "first-user-id" }

// TemporaryLink leads to a temporary password.
type TemporaryLink struct {
	Link  string
	Until time.Time
}

// Name of the template.
func (TemporaryLink) Name() string { return "temporary-link" }

// messages is all there are.
func messages() []Message {
	return []Message{
		PasswordChanged{}, PasswordRecovered{}, PasswordReset{}, PasswordForced{}, PasswordCompromised{}, NewBrowser{}, AddressesChanged{},
		FactorAdded{}, FactorRemoved{}, FactorRenamed{}, FactorReplaced{}, RecoveryCodesReplaced{}, RecoveryCodeUsed{}, PasskeySetAside{}, FactorsReset{},
		DelegationGranted{}, DelegationEnded{}, ActingGranted{}, ActingEnded{},
		RecoveryLink{}, UserIDReminder{}, FirstUserID{}, OwnUserID{}, TemporaryLink{},
	}
}

// common are the variables that all mails have.
func common() []string { return []string{"Organization", "Help", "SignIn", "Application"} }

// variablesOf returns the variables of a message, common ones included, or says
// what is wrong with them.
func variablesOf(m Message) (map[string]bool, error) {
	known, has := variables(), map[string]bool{}
	classes := map[class]bool{}
	for _, name := range common() {
		has[name] = true
	}
	kind := reflect.TypeOf(m)
	for i := range kind.NumField() {
		f := kind.Field(i)
		c, listed := known[f.Name]
		if !listed {
			return nil, fmt.Errorf("mail: %s has the variable %s, which no mail may have", m.Name(), f.Name)
		}
		if f.Type.Kind() != reflect.String && f.Type != reflect.TypeFor[time.Time]() {
			return nil, fmt.Errorf("mail: the variable %s of %s is neither text nor a time", f.Name, m.Name())
		}
		has[f.Name], classes[c] = true, true
	}
	if classes[userID] && classes[secretText] {
		return nil, fmt.Errorf("mail: %s has a User ID beside a secret", m.Name())
	}
	return has, nil
}
