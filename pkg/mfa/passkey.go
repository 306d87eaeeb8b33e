package mfa

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Passkeys runs the ceremonies of WebAuthn for one origin. It is safe for
// concurrent use.
type Passkeys struct{ lib *webauthn.WebAuthn }

// Passkey is what is kept of a credential: WebAuthn section 4, credential record.
type Passkey struct {
	ID        []byte `json:"id"`
	PublicKey []byte `json:"public_key"`
	AAGUID    []byte `json:"aaguid,omitempty"`
	// Transports are how the browser reached it.
	Transports []string `json:"transports,omitempty"`
	SignCount  uint32   `json:"sign_count"`
	// UserVerified, BackupEligible and BackedUp are the flags UV, BE and BS as they
	// were last.
	UserVerified   bool `json:"uv"`
	BackupEligible bool `json:"be"`
	BackedUp       bool `json:"bs"`
	// Suspect says that its counter went backwards once: it proves nothing any more.
	Suspect bool `json:"suspect,omitempty"`
}

// Holder is somebody with passkeys.
type Holder struct {
	// Handle names the person to authenticators; it says nothing about them
	// (WebAuthn section 14.6.1).
	Handle []byte
	// Name is what the browser shows when it asks which passkey to use.
	Name string
	Held []Passkey
}

// Ceremony is one under way: what the browser is asked for, and what has to be
// remembered until it answers.
type Ceremony struct {
	Options json.RawMessage
	Memory  []byte
}

// What can be wrong with an answer.
var (
	// ErrRefused: it does not prove what it has to.
	ErrRefused = errors.New("mfa: the passkey proves nothing")
	// ErrCloned: its counter went backwards, so that there may be two of it.
	ErrCloned = errors.New("mfa: the passkey may have been copied")
)

// NewPasskeys makes the ceremonies of an issuer. Its host is the relying party and
// its origin the only one that is accepted. It is nil for an issuer without a name:
// browsers make no passkeys for addresses (WebAuthn section 5.1.3, effective domain).
func NewPasskeys(issuer, name string) (*Passkeys, error) {
	u, err := url.Parse(issuer)
	if err != nil {
		return nil, fmt.Errorf("mfa: %w", err)
	}
	if _, err := netip.ParseAddr(strings.Trim(u.Hostname(), "[]")); err == nil {
		return nil, nil
	}
	required := true
	lib, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: name, RPOrigins: []string{u.Scheme + "://" + u.Host},
		// Nobody is told apart by the make of an authenticator.
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &required, ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("mfa: %w", err)
	}
	return &Passkeys{lib}, nil
}

// Create begins the registration of a passkey: WebAuthn section 7.1.
func (p *Passkeys) Create(h Holder) (Ceremony, error) {
	options, memory, err := p.lib.BeginRegistration(user(h), webauthn.WithExclusions(descriptors(h.Held)))
	if err != nil {
		return Ceremony{}, fmt.Errorf("mfa: %w", err)
	}
	return ceremony(options.Response, memory)
}

// Created judges the answer to Create.
func (p *Passkeys) Created(h Holder, memory, answer []byte) (Passkey, error) {
	session, err := remembered(memory)
	if err != nil {
		return Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Passkey{}, refused(err)
	}
	c, err := p.lib.CreateCredential(user(h), session, parsed)
	if err != nil {
		return Passkey{}, refused(err)
	}
	return of(*c), nil
}

// Request begins an authentication: WebAuthn section 7.2. With passkeys named the
// browser offers these, and otherwise whatever it has for us.
func (p *Passkeys) Request(held []Passkey) (Ceremony, error) {
	var with []webauthn.LoginOption
	if len(held) > 0 {
		with = append(with, webauthn.WithAllowedCredentials(descriptors(held)))
	}
	options, memory, err := p.lib.BeginDiscoverableLogin(with...)
	if err != nil {
		return Ceremony{}, fmt.Errorf("mfa: %w", err)
	}
	return ceremony(options.Response, memory)
}

// Answer is an answer to Request that has not been judged.
type Answer struct {
	parsed *protocol.ParsedCredentialAssertionData
}

// ReadAnswer reads one. It may come from anybody.
func ReadAnswer(text []byte) (Answer, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(text)
	if err != nil {
		return Answer{}, refused(err)
	}
	return Answer{parsed}, nil
}

// ID is that of the passkey which the answer claims to be from.
func (a Answer) ID() []byte { return a.parsed.RawID }

// Proven judges an answer to Request by somebody who holds the passkey that it
// names, and returns that passkey as it is to be kept from now on.
func (p *Passkeys) Proven(h Holder, memory []byte, a Answer) (Passkey, error) {
	session, err := remembered(memory)
	if err != nil {
		return Passkey{}, err
	}
	// An authenticator that was told which passkeys to use may leave it out.
	if len(a.parsed.Response.UserHandle) == 0 {
		a.parsed.Response.UserHandle = h.Handle
	}
	c, err := p.lib.ValidateDiscoverableLogin(func(_, handle []byte) (webauthn.User, error) {
		if !bytes.Equal(handle, h.Handle) {
			return nil, errors.New("the passkey is somebody else's")
		}
		return user(h), nil
	}, session, a.parsed)
	if err != nil {
		return Passkey{}, refused(err)
	}
	if c.Authenticator.CloneWarning {
		return Passkey{}, ErrCloned
	}
	return of(*c), nil
}

func refused(cause error) error { return errors.Join(ErrRefused, cause) }

func ceremony(options any, memory *webauthn.SessionData) (c Ceremony, err error) {
	if c.Options, err = json.Marshal(options); err == nil {
		c.Memory, err = json.Marshal(memory)
	}
	if err != nil {
		return Ceremony{}, fmt.Errorf("mfa: %w", err)
	}
	return c, nil
}

func remembered(memory []byte) (s webauthn.SessionData, err error) {
	if err = json.Unmarshal(memory, &s); err != nil {
		return s, fmt.Errorf("mfa: %w", err)
	}
	if s.UserVerification != protocol.VerificationRequired {
		return s, errors.New("mfa: a ceremony without user verification")
	}
	return s, nil
}

// of keeps what is needed of a credential.
func of(c webauthn.Credential) Passkey {
	k := Passkey{
		ID: c.ID, PublicKey: c.PublicKey, AAGUID: c.Authenticator.AAGUID, SignCount: c.Authenticator.SignCount,
		UserVerified: c.Flags.UserVerified, BackupEligible: c.Flags.BackupEligible, BackedUp: c.Flags.BackupState,
	}
	for _, t := range c.Transport {
		k.Transports = append(k.Transports, string(t))
	}
	return k
}

func (k Passkey) credential() webauthn.Credential {
	c := webauthn.Credential{
		ID: k.ID, PublicKey: k.PublicKey,
		Flags:         webauthn.CredentialFlags{UserPresent: true, UserVerified: k.UserVerified, BackupEligible: k.BackupEligible, BackupState: k.BackedUp},
		Authenticator: webauthn.Authenticator{AAGUID: k.AAGUID, SignCount: k.SignCount},
	}
	for _, t := range k.Transports {
		c.Transport = append(c.Transport, protocol.AuthenticatorTransport(t))
	}
	return c
}

func descriptors(held []Passkey) []protocol.CredentialDescriptor {
	all := make([]protocol.CredentialDescriptor, 0, len(held))
	for _, k := range held {
		c := k.credential()
		all = append(all, c.Descriptor())
	}
	return all
}

// user is a Holder as the library sees one.
type user Holder

var _ webauthn.User = user{}

func (u user) WebAuthnID() []byte          { return u.Handle }
func (u user) WebAuthnName() string        { return u.Name }
func (u user) WebAuthnDisplayName() string { return u.Name }

func (u user) WebAuthnCredentials() []webauthn.Credential {
	all := make([]webauthn.Credential, 0, len(u.Held))
	for _, k := range u.Held {
		all = append(all, k.credential())
	}
	return all
}
