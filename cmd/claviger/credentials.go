package main

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/config"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/mail"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/rotation"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// credentials is the service of passwords, as the configuration has it. attempts
// may be nil where nobody signs in or is bound anew, hasher where nothing is
// hashed.
func (in *installation) credentials(attempts storage.Attempts, hasher credential.Hasher) *credential.Service {
	c := in.config.Password
	s := &credential.Service{
		Store: in.store, Attempts: attempts, Keys: in.keyring, Verifiers: in.verifiers, People: &person.Directory{Keys: in.keyring}, Hasher: hasher, Now: in.now, Log: in.log,
		Policy:       password.Policy{MinLength: password.MinAlone, Words: []string{"Claviger", in.config.Brand.Name}},
		Rotation:     rotations(c.Rotation),
		Validity:     credential.Validity{Letter: c.TemporaryValidity.Duration, Mail: c.TemporaryValidityMail.Duration},
		DisableAfter: int64(c.DisableAfter), SessionLife: in.config.Session.Absolute.Duration,
		Passkeys: hasPasskey, SecondFactor: hasFactor,
	}
	s.Roles = access.Roles
	notices := in.notices()
	s.Changed = func(ctx context.Context, tx storage.Tx, personID string, how credential.Change) error {
		if reason, ends := endedBy(how); ends {
			if err := in.owe(ctx, tx, personID, session.Due{Reason: reason}); err != nil {
				return err
			}
		}
		if notices == nil {
			return nil
		}
		return in.tell(ctx, tx, notices, personID, how)
	}
	if notices != nil && in.config.Mail.NewBrowser {
		s.Unknown = func(ctx context.Context, tx storage.Tx, personID, browser string) error {
			return notices.Tell(ctx, tx, personID, mail.NewBrowser{When: tx.Now(), Browser: browser})
		}
	}
	return s
}

// endedBy is why the sessions of a person end when something became of the password. A
// change of their own ends those that they want ended.
func endedBy(how credential.Change) (reason session.Reason, ends bool) {
	switch how {
	case credential.ChangeReset:
		return session.ReasonPasswordReset, true
	case credential.ChangeForced:
		return session.ReasonPasswordMustChange, true
	case credential.ChangeCompromised:
		return session.ReasonCompromised, true
	}
	return "", false
}

// rotations is what the configuration says of periodic change.
func rotations(c config.Rotation) rotation.Policies {
	const day = 24 * time.Hour
	all := rotation.Policies{Default: rotation.Policy{
		Mode: rotation.Mode(c.Mode), MaxAge: time.Duration(c.MaxAgeDays) * day, Warning: time.Duration(c.WarningDays) * day,
		Jitter: time.Duration(c.JitterDays) * day, MinAge: time.Duration(c.MinAgeDays) * day, History: c.History, ExemptPasskey: c.ExemptWithPasskey,
	}, Roles: map[string]rotation.Policy{}}
	for name, r := range c.Roles {
		policy := all.Default
		if r.Mode != "" {
			policy.Mode = rotation.Mode(r.Mode)
		}
		if r.MaxAgeDays != 0 {
			policy.MaxAge = time.Duration(r.MaxAgeDays) * day
		}
		all.Roles[name] = policy
	}
	return all
}
