package factor

import (
	"context"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/mfa"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Service binds and verifies second factors. It is safe for concurrent use.
type Service struct {
	Store    storage.Store
	Attempts storage.Attempts
	// Marks remember which ceremonies were answered.
	Marks storage.Marks
	// Passkeys are the ceremonies of this issuer; nil where there are none.
	Passkeys *mfa.Passkeys
	Keys     *secret.Keyring
	// Name is what an application on a telephone files a secret under.
	Name string
	// Demand says what policy asks of a person; nil: nothing.
	Demand func(ctx context.Context, tx storage.Tx, personID string) (Demand, error)
	// Changed, when it is set, is called in the transaction of each change, so that
	// the person is told of it.
	Changed func(ctx context.Context, tx storage.Tx, personID string, how Change) error
	Now     func() time.Time
}

// Change is what became of what a person has.
type Change string

// The changes.
const (
	Added         Change = "added"
	Renamed       Change = "renamed"
	Removed       Change = "removed"
	Replaced      Change = "replaced"
	CodesReplaced Change = "codes_replaced"
	CodeUsed      Change = "code_used"
	Reset         Change = "reset"
	// SetAside: a passkey of which there may be two.
	SetAside Change = "set_aside"
)

// Bound is how many a person has of each kind.
type Bound struct{ TOTP, Passkeys, Codes int }

// Any says that the password alone does not do. Recovery codes stand in for
// something; alone they are nothing.
func (b Bound) Any() bool { return b.TOTP+b.Passkeys > 0 }

// Count is what a person has, in the caller's transaction.
func Count(ctx context.Context, tx storage.Tx, personID string) (Bound, error) {
	all, err := tx.Authenticators().ByPerson(ctx, personID)
	if err != nil {
		return Bound{}, fmt.Errorf("factor: %w", err)
	}
	return count(all), nil
}

func count(all []storage.Authenticator) (b Bound) {
	for _, a := range all {
		switch a.Kind {
		case storage.AuthenticatorTOTP:
			b.TOTP++
		case storage.AuthenticatorPasskey:
			b.Passkeys++
		case storage.AuthenticatorRecovery:
			b.Codes++
		}
	}
	return b
}

// Bound is what a person has.
func (s *Service) Bound(ctx context.Context, personID string) (b Bound, err error) {
	err = s.Store.View(ctx, func(tx storage.Tx) (err error) {
		b, err = Count(ctx, tx, personID)
		return err
	})
	return b, err
}

func (s *Service) tell(ctx context.Context, tx storage.Tx, personID string, how Change) error {
	if s.Changed == nil {
		return nil
	}
	return s.Changed(ctx, tx, personID, how)
}

func place(column, row string) secret.Place {
	return secret.Place{Table: "authenticator", Column: column, Row: row}
}
