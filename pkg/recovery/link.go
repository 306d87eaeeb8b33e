package recovery

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/limit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// The pages that links lead to, and the parameter that holds the secret. It stands
// in the query: the access log holds paths, and no page of ours sends a Referer.
const (
	RecoverPath   = "/recover"
	TemporaryPath = "/temporary-password"
	LinkParameter = "link"
)

// tokenLength is the length of secret.NewToken: anything else is looked up nowhere.
const tokenLength = 43

// errOver is the one answer to links that do not work, whatever the cause.
func errOver(cause error) error {
	return problem.Wrap(problem.NotFound, "This link was used, is too old, or a newer one was sent.", cause)
}

// link makes a link, in the place of the one that the person had for the purpose.
func (s *Service) link(ctx context.Context, tx storage.Tx, personID string, purpose storage.LinkPurpose, version int64, life time.Duration) (string, time.Time, error) {
	token, until := secret.NewToken(), tx.Now().Add(life)
	err := tx.AccessLinks().Put(ctx, storage.AccessLink{
		Hash: secret.Hash(token), PersonID: personID, Purpose: purpose, PasswordVersion: version, CreatedAt: tx.Now(), ExpiresAt: until,
	})
	if err != nil {
		return "", time.Time{}, fmt.Errorf("recovery: %w", err)
	}
	path := RecoverPath
	if purpose == storage.LinkTemporary {
		path = TemporaryPath
	}
	return s.Issuer + path + "?" + LinkParameter + "=" + token, until, nil
}

// Look says whether a link works, and changes nothing: programs that look at mails
// before people do open every link. Problem: NotFound.
func (s *Service) Look(ctx context.Context, token string, purpose storage.LinkPurpose) (storage.AccessLink, error) {
	var l storage.AccessLink
	if len(token) != tokenLength {
		return l, errOver(nil)
	}
	err := s.Store.View(ctx, func(tx storage.Tx) (err error) {
		if l, err = tx.AccessLinks().Get(ctx, secret.Hash(token), purpose, s.Now()); err != nil {
			return err
		}
		return current(ctx, tx, l)
	})
	return l, over(err)
}

// over makes of a link that is not there what callers are told.
func over(err error) error {
	if errors.Is(err, storage.ErrNotFound) {
		return errOver(err)
	}
	if err != nil {
		return fmt.Errorf("recovery: %w", err)
	}
	return nil
}

// current says whether the password is still the one that the link was made for.
func current(ctx context.Context, tx storage.Tx, l storage.AccessLink) error {
	stored, err := tx.Passwords().Get(ctx, l.PersonID)
	if err != nil {
		return err
	}
	if stored.Version != l.PasswordVersion {
		return storage.ErrNotFound
	}
	return nil
}

// take spends a link.
func (s *Service) take(ctx context.Context, tx storage.Tx, token string, purpose storage.LinkPurpose) (storage.AccessLink, error) {
	l, err := tx.AccessLinks().Take(ctx, secret.Hash(token), purpose, tx.Now())
	if err != nil {
		return l, err
	}
	if err := current(ctx, tx, l); err != nil {
		return l, err
	}
	return l, audit.Record(ctx, tx, audit.Event{
		Kind: audit.LinkUsed, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: l.PersonID}, Subject: l.PersonID,
		Detail: map[string]string{"purpose": string(purpose)},
	})
}

// limited counts those who come with links: each may cost several hashes. worked
// takes it back for one whose link did: on its first morning, all of a hospital
// comes from one address.
func (s *Service) limited(ctx context.Context) (worked func(), err error) {
	key, at := "link:"+limit.Block(request.From(ctx).Address).String(), s.Now()
	wait, err := s.reserve(ctx, at, key, limit.Address())
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return nil, &problem.Error{Code: problem.Limited, Message: "Too many attempts came from here.", RetryAfter: wait}
	}
	return func() {
		// What was done with the link stands without it.
		if err := s.Attempts.Return(context.WithoutCancel(ctx), at, key); err != nil {
			s.Log.LogAttrs(ctx, slog.LevelWarn, "the use of a link counts against its address, although it worked", slog.Any("error", err))
		}
	}, nil
}

// Judge says whether the strength of what was entered at a link is to be estimated
// once more. Where it is not, the page says everything else.
func (s *Service) Judge(ctx context.Context, token string) (bool, error) {
	wait, err := s.reserve(ctx, s.Now(), "judge:"+hex.EncodeToString(secret.Hash(token)[:16]), limit.Judgement())
	return err == nil && wait == 0, err
}

// Redeem puts a chosen password in the place of the forgotten one, and ends every
// session: at once where that can be done, and otherwise as soon as it can. Problems: NotFound when the link does not work; Denied when it alone is
// not enough; Limited; those of a choice of a password, after which the link works
// still.
func (s *Service) Redeem(ctx context.Context, token, chosen string) error {
	worked, err := s.limited(ctx)
	if err != nil {
		return err
	}
	found, err := s.Look(ctx, token, storage.LinkRecover)
	if err != nil {
		return err
	}
	// Before anything is said of what was chosen: whether it is the password now,
	// or was, is told only to whom the link lets replace it.
	if err := s.Store.View(ctx, func(tx storage.Tx) error { return s.alone(ctx, tx, found.PersonID) }); err != nil {
		return over(err)
	}
	var at time.Time
	err = s.Credentials.Recover(ctx, found.PersonID, chosen, func(ctx context.Context, tx storage.Tx) error {
		at = tx.Now()
		l, err := s.take(ctx, tx, token, storage.LinkRecover)
		if err != nil {
			return err
		}
		if l.PersonID != found.PersonID {
			return storage.ErrNotFound
		}
		if err := s.alone(ctx, tx, l.PersonID); err != nil {
			return err
		}
		if err := tx.AccessLinks().Drop(ctx, l.PersonID); err != nil {
			return err
		}
		return s.owe(ctx, tx, l.PersonID)
	})
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return errOver(err)
	case problem.From(err).Code == problem.Conflict:
		return errOver(err) // the password became another one meanwhile
	case err != nil:
		return err
	}
	s.endNow(ctx, found.PersonID, at)
	worked()
	return nil
}

// alone says whether a link is enough. It is not for who has a second factor (NIST
// SP 800-63B-4 section 4.2).
func (s *Service) alone(ctx context.Context, tx storage.Tx, personID string) error {
	if s.SecondFactor == nil {
		return nil
	}
	has, err := s.SecondFactor(ctx, tx, personID)
	if err != nil {
		return err
	}
	if has {
		return problem.New(problem.Denied, "A link is not enough for this account, because it has a second factor. Please call the help desk.").Because(problem.LinkNotEnough)
	}
	return nil
}
