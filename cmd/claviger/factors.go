package main

import (
	"context"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/factor"
	"github.com/claviger-id/claviger/pkg/mail"
	"github.com/claviger-id/claviger/pkg/mfa"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// factors is the service of second factors. ephemeral may be nil where nobody signs
// in.
func (in *installation) factors(ephemeral storage.Ephemeral) (*factor.Service, error) {
	passkeys, err := mfa.NewPasskeys(in.config.Public.Issuer, in.config.Brand.Name)
	if err != nil {
		return nil, fmt.Errorf("public.issuer: %w", err)
	}
	s := &factor.Service{Store: in.store, Passkeys: passkeys, Keys: in.keyring, Name: in.config.Brand.Name, Demand: in.demand, Now: in.now}
	if ephemeral != nil {
		s.Attempts, s.Marks = ephemeral.Attempts(), ephemeral.Marks()
	}
	notices := in.notices()
	s.Changed = func(ctx context.Context, tx storage.Tx, personID string, how factor.Change) error {
		if how == factor.Reset {
			if err := in.owe(ctx, tx, personID, session.Due{Reason: session.ReasonFactorReset}); err != nil {
				return err
			}
		}
		if notices == nil {
			return nil
		}
		m, err := factorNotice(how, tx.Now())
		if err != nil {
			return err
		}
		return notices.Tell(ctx, tx, personID, m)
	}
	return s, nil
}

// demand is what the configuration asks of a person, in words of package factor.
func (in *installation) demand(ctx context.Context, tx storage.Tx, personID string) (factor.Demand, error) {
	class, err := in.factorClass(ctx, tx, personID)
	if err != nil {
		return "", err
	}
	switch class {
	case "password":
		return factor.DemandNothing, nil
	case "mfa":
		return factor.DemandAny, nil
	}
	return factor.DemandPasskey, nil
}

// factorClass is the class of the configuration that a person has to reach, by the
// roles of the profile and of every organization.
func (in *installation) factorClass(ctx context.Context, tx storage.Tx, personID string) (string, error) {
	policy := in.config.Factors
	if len(policy.Roles) == 0 {
		return policy.Required, nil // nobody's profile has to be opened
	}
	roles, err := in.roles(&person.Directory{Keys: in.keyring})(ctx, tx, personID)
	if err != nil {
		return "", err
	}
	return policy.Of(roles), nil
}

// requiredACR is the same in the words of the protocol.
func (in *installation) requiredACR(ctx context.Context, tx storage.Tx, personID string) (string, error) {
	class, err := in.factorClass(ctx, tx, personID)
	return acrOf(class), err
}

// strictestACR is what the configuration asks of anybody at all; empty: a password
// is enough for everybody.
func (in *installation) strictestACR() string {
	strictest := in.config.Factors.Strictest()
	if strictest == "password" {
		return ""
	}
	return acrOf(strictest)
}

// acrOf is the class of the protocol that a class of the configuration means.
func acrOf(class string) string {
	return map[string]string{"password": flow.ACRPassword, "mfa": flow.ACRMFA, "phishing-resistant": flow.ACRPhishingResistant}[class]
}

// factorNotice is what a person is told of a change of what they have.
func factorNotice(how factor.Change, at time.Time) (mail.Message, error) {
	switch how {
	case factor.Added:
		return mail.FactorAdded{When: at}, nil
	case factor.Removed:
		return mail.FactorRemoved{When: at}, nil
	case factor.Renamed:
		return mail.FactorRenamed{When: at}, nil
	case factor.Replaced:
		return mail.FactorReplaced{When: at}, nil
	case factor.CodesReplaced:
		return mail.RecoveryCodesReplaced{When: at}, nil
	case factor.CodeUsed:
		return mail.RecoveryCodeUsed{When: at}, nil
	case factor.SetAside:
		return mail.PasskeySetAside{When: at}, nil
	case factor.Reset:
		return mail.FactorsReset{When: at}, nil
	}
	return nil, fmt.Errorf("there is no notice for %q", how)
}

// bound tells the flow what a person has, and what the configuration asks of them.
func (in *installation) bound(ctx context.Context, personID string) (b flow.Bound, err error) {
	err = in.store.View(ctx, func(tx storage.Tx) error {
		has, err := factor.Count(ctx, tx, personID)
		if err != nil {
			return err
		}
		required, err := in.requiredACR(ctx, tx, personID)
		b = flow.Bound{TOTP: has.TOTP > 0, Passkey: has.Passkeys > 0, Required: required}
		return err
	})
	return b, err
}

// hasFactor tells whether a mailed link, or a password, alone is not enough.
func hasFactor(ctx context.Context, tx storage.Tx, personID string) (bool, error) {
	b, err := factor.Count(ctx, tx, personID)
	return b.Any(), err
}

// hasPasskey tells whether somebody's password may grow old.
func hasPasskey(ctx context.Context, tx storage.Tx, personID string) (bool, error) {
	b, err := factor.Count(ctx, tx, personID)
	return b.Passkeys > 0, err
}
