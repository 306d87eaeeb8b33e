package credential

import (
	"context"
	"fmt"
	"strconv"

	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/rotation"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// formerPlace is where the verifier of a former password is sealed.
func formerPlace(personID string, version int64) secret.Place {
	return secret.Place{Table: "former_password", Column: "verifier", Row: personID + "/" + strconv.FormatInt(version, 10)}
}

// unused refuses the password that is to be replaced and, as far as the policy
// remembers, those before it. It computes as many hashes as the policy
// remembers, one after the other, however many passwords there were and
// whichever of them it is.
func (s *Service) unused(ctx context.Context, in password.Computing, policy rotation.Policy, r replacement) error {
	remembered, _ := policy.Remembered()
	phcs, err := s.remembered(ctx, r.old, remembered)
	if err != nil {
		return err
	}
	current, former := false, false
	for i, phc := range phcs {
		match, _, err := in.Verify(ctx, phc, r.chosen)
		if err != nil {
			return err
		}
		if match && i == 0 && r.old.Kind == storage.PasswordPersonal {
			current = true
		}
		former = former || match
	}
	for range remembered - len(phcs) {
		if err := in.VerifyNothing(ctx, r.chosen); err != nil {
			return err
		}
	}
	if r.old.Kind == storage.PasswordTemporary {
		verifier, err := s.open(ctx, verifierPlace(r.who.ID), r.old.Verifier)
		if err != nil {
			return fmt.Errorf("credential: %w", err)
		}
		current = secret.Equal(verifier, secret.Hash(password.NormalizeTemporary(r.chosen)))
	}
	switch {
	case current:
		return problem.New(problem.Invalid, "This is the password that you have now. Please choose another one.").Because(problem.SamePassword)
	case former:
		return &problem.Error{
			Code: problem.Invalid, Reason: problem.FormerPassword, Count: remembered,
			Message: "This is one of your last " + strconv.Itoa(remembered) + " passwords. Please choose one that you have not had.",
		}
	}
	return nil
}

// remembered returns the hashes that a new password is compared with: the current
// one first, where it is a personal one, and then the newest former ones.
func (s *Service) remembered(ctx context.Context, current storage.Password, n int) ([]string, error) {
	var phcs []string
	if current.Kind == storage.PasswordPersonal {
		phc, err := s.open(ctx, verifierPlace(current.PersonID), current.Verifier)
		if err != nil {
			return nil, fmt.Errorf("credential: %w", err)
		}
		phcs = append(phcs, string(phc))
	}
	if n <= len(phcs) {
		return phcs, nil
	}
	var former []storage.FormerPassword
	if err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		former, err = tx.FormerPasswords().List(ctx, current.PersonID)
		return err
	}); err != nil {
		return nil, fmt.Errorf("credential: %w", err)
	}
	for _, f := range former[:min(len(former), n-len(phcs))] {
		phc, err := s.open(ctx, formerPlace(f.PersonID, f.Version), f.Verifier)
		if err != nil {
			return nil, fmt.Errorf("credential: %w", err)
		}
		phcs = append(phcs, string(phc))
	}
	return phcs, nil
}

// keepFormer keeps a personal password that was replaced, as long as the policy
// remembers; where it does not, nothing is kept that could be attacked.
func (s *Service) keepFormer(ctx context.Context, tx storage.Tx, policy rotation.Policy, old storage.Password) error {
	remembered, _ := policy.Remembered()
	if old.Version == 0 {
		return nil
	}
	if remembered == 0 {
		return tx.FormerPasswords().Clear(ctx, old.PersonID)
	}
	if old.Kind != storage.PasswordPersonal {
		return nil
	}
	phc, err := s.openIn(ctx, tx, verifierPlace(old.PersonID), old.Verifier)
	if err != nil {
		return err
	}
	sealed, err := s.seal(formerPlace(old.PersonID, old.Version), phc)
	if err != nil {
		return err
	}
	return tx.FormerPasswords().Add(ctx, storage.FormerPassword{
		PersonID: old.PersonID, Version: old.Version, Verifier: sealed, Scheme: old.Scheme, SetAt: old.SetAt,
	}, remembered)
}
