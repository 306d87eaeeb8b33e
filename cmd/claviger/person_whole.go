package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// wholeDocument is an account with what belongs to it.
type wholeDocument struct {
	personDocument
	Memberships []belongsDocument `json:"memberships"`
	Password    passwordDocument  `json:"password"`
	Factors     []factorDocument  `json:"factors"`
	Codes       int               `json:"recovery_codes"`
	// Sessions is absent where the store of sessions did not answer.
	Sessions     *int      `json:"sessions,omitempty"`
	LastActivity time.Time `json:"last_activity,omitzero"`
	LastSignIn   time.Time `json:"last_sign_in,omitzero"`
	// longAgo says that the last sign-in is not among the events that were looked at.
	longAgo bool
}

// belongsDocument is what a person has in an organization.
type belongsDocument struct {
	OrganizationID string    `json:"organization"`
	Name           string    `json:"name"`
	Role           string    `json:"role"`
	EndsAt         time.Time `json:"ends_at,omitzero"`
}

// passwordDocument is what may be shown of a password. Kind is empty where there is none.
type passwordDocument struct {
	Kind      storage.PasswordKind `json:"kind"`
	SetAt     time.Time            `json:"set_at,omitzero"`
	ExpiresAt time.Time            `json:"expires_at,omitzero"`
	Must      string               `json:"must_change,omitempty"`
	Failures  int64                `json:"failures"`
	FailedAt  time.Time            `json:"failed_at,omitzero"`
	Disabled  bool                 `json:"disabled"`
}

// whole finds what belongs to an account. Sessions that cannot be read are left out, and
// that is said.
func (p *program) whole(ctx context.Context, in *installation, d personDocument, signedIn reading) (wholeDocument, error) {
	w := wholeDocument{personDocument: d}
	var err error
	if w.Memberships, w.LastSignIn, w.longAgo, err = in.belongings(ctx, d.ID); err != nil {
		return w, err
	}
	shown, err := in.credentials(nil, nil).Show(ctx, d.ID)
	if err != nil {
		return w, err
	}
	w.Password = passwordDocument(shown)
	if w.Factors, w.Codes, err = in.factorsOf(ctx, d.ID); err != nil {
		return w, err
	}
	alive, err := signedIn(ctx, d.ID)
	if err != nil {
		_, _ = fmt.Fprintf(p.stderr, "The sessions could not be read: %v\n", err)
		return w, nil
	}
	n := len(alive)
	w.Sessions = &n
	for _, s := range alive {
		if s.LastActivity.After(w.LastActivity) {
			w.LastActivity = s.LastActivity
		}
	}
	return w, nil
}

// reading reads the sessions of a person.
type reading func(ctx context.Context, personID string) ([]storage.Session, error)

// lookedBack is how many events of a person are looked at for the last sign-in.
const lookedBack = 200

// belongings are the memberships of a person, and when they last signed in, as far as the
// newest events of them say; longAgo says that there are older ones.
func (in *installation) belongings(ctx context.Context, personID string) (all []belongsDocument, signedIn time.Time, longAgo bool, err error) {
	err = in.store.View(ctx, func(tx storage.Tx) error {
		has, err := tx.Memberships().ByPerson(ctx, personID, tx.Now())
		if err != nil {
			return err
		}
		var ids []string
		for _, m := range has {
			ids = append(ids, m.OrganizationID)
		}
		organizations, err := tx.Lookups().Organizations(ctx, ids...)
		if err != nil {
			return err
		}
		all = []belongsDocument{}
		for _, m := range has {
			all = append(all, belongsDocument{OrganizationID: m.OrganizationID, Name: organizations[m.OrganizationID].Name, Role: m.Role, EndsAt: m.EndsAt})
		}
		events, err := tx.Audit().Find(ctx, storage.AuditSpan{By: storage.AuditBySubject, Value: personID, Before: "~", Notable: true, Limit: lookedBack})
		for _, e := range events {
			if e.Kind == string(audit.SigninSucceeded) && e.At.After(signedIn) {
				signedIn = e.At
			}
		}
		longAgo = signedIn.IsZero() && len(events) == lookedBack
		return err
	})
	return all, signedIn, longAgo, err
}

// signedIn are sessions of a person, of the store that it opens for that.
func (in *installation) signedIn(ctx context.Context, personID string) ([]storage.Session, error) {
	ephemeral, _, err := in.openEphemeral(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = ephemeral.Close() }()
	return in.signedInAt(ephemeral)(ctx, personID)
}

// signedInAt reads them in a store, and records that they were read.
func (in *installation) signedInAt(ephemeral storage.Ephemeral) reading {
	sessions := &session.Service{Store: in.store, Ephemeral: ephemeral, Now: in.now, Log: in.log}
	return func(ctx context.Context, personID string) ([]storage.Session, error) {
		all, _, err := listedSessions(ctx, sessions, session.Scope{PersonID: personID}, sessionsListed)
		return all, err
	}
}

// facts are the lines in which it is printed.
func (w wholeDocument) facts() [][2]string {
	all := [][2]string{}
	for _, m := range w.Memberships {
		text := m.Name + ": " + m.Role
		if !m.EndsAt.IsZero() {
			text += ", until " + day(m.EndsAt)
		}
		all = append(all, [2]string{"Member of", text})
	}
	return append(all, [][2]string{
		{"Password", w.Password.text()}, {"Failed attempts", w.Password.attempts()}, {"Second factors", w.factorsText()},
		{"Last sign-in", w.signInText()}, {"Sessions", w.sessionsText()},
	}...)
}

func (d passwordDocument) text() string {
	if d.Kind == "" {
		return "none"
	}
	text := string(d.Kind) + ", of " + when(d.SetAt)
	if !d.ExpiresAt.IsZero() {
		text += ", expires " + when(d.ExpiresAt)
	}
	if d.Must != "" {
		text += ", has to be changed: " + d.Must
	}
	return text
}

func (d passwordDocument) attempts() string {
	if d.Failures == 0 {
		return "none"
	}
	text := fmt.Sprintf("%d in a row, the last %s", d.Failures, when(d.FailedAt))
	switch {
	case d.Disabled && d.Kind == storage.PasswordTemporary:
		text += "; it does not work any more"
	case d.Disabled:
		text += "; it works in known browsers only"
	}
	return text
}

func (w wholeDocument) factorsText() string {
	kinds := []string{}
	for _, f := range w.Factors {
		kinds = append(kinds, f.Kind)
	}
	text := strings.Join(kinds, ", ")
	if text == "" {
		return "none"
	}
	return text + "; " + plural(w.Codes, "recovery code is left", "recovery codes are left")
}

func (w wholeDocument) signInText() string {
	if w.longAgo {
		return fmt.Sprintf("not among the last %d events", lookedBack)
	}
	return when(w.LastSignIn)
}

func (w wholeDocument) sessionsText() string {
	switch {
	case w.Sessions == nil:
		return "not known"
	case *w.Sessions == 0:
		return "none"
	}
	return fmt.Sprintf("%d, last activity %s", *w.Sessions, when(w.LastActivity))
}
