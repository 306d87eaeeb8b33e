package factor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/limit"
	"github.com/claviger-id/claviger/pkg/mfa"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Why a passkey proves nothing, in the audit log.
const (
	unknownPasskey = errNot("unknown_passkey")
	wrongSignature = errNot("wrong_signature")
	cloned         = errNot("cloned")
	unusable       = errNot("account_unusable")
)

// Proven is somebody who used a passkey.
type Proven struct {
	PersonID, Subject string
	At                time.Time
	// Copied says that the key is copied between devices.
	Copied bool
}

// OfferPasskey begins the registration of a passkey. occasion is the interaction or
// session in which that happens; userID is what the browser shows later.
func (s *Service) OfferPasskey(ctx context.Context, personID, occasion, userID string) (Asked, error) {
	holder, err := s.holder(ctx, personID, userID)
	if err != nil {
		return Asked{}, err
	}
	c, err := s.Passkeys.Create(holder)
	if err != nil {
		return Asked{}, err
	}
	asked, err := s.ask(c, "create/"+personID+"/"+occasion)
	if err != nil {
		return Asked{}, err
	}
	asked.Token, err = s.beside(asked.Token, personID, occasion)
	return asked, err
}

// BindPasskey binds a passkey. That somebody has it is proven by using it. The
// recovery codes are as of BindTOTP. with, unless it is nil, is called in the
// transaction of it. Problems: Invalid, and Conflict when it took too long, or there is
// one already.
func (s *Service) BindPasskey(ctx context.Context, personID, occasion, token, answer, name string, with With) ([]string, error) {
	ceremony, set, err := s.apart(token, personID, occasion)
	if err != nil {
		return nil, err
	}
	memory, err := s.recall(ctx, ceremony, "create/"+personID+"/"+occasion)
	if err != nil {
		return nil, err
	}
	if len(answer) > maxAnswer {
		return nil, problem.New(problem.Invalid, "The passkey could not be read.")
	}
	holder, err := s.holder(ctx, personID, "")
	if err != nil {
		return nil, err
	}
	key, err := s.Passkeys.Created(holder, memory, []byte(answer))
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, "The passkey could not be set up.", err)
	}
	a := storage.Authenticator{
		ID: secret.NewID(), PersonID: personID, Kind: storage.AuthenticatorPasskey, Handle: secret.Hash(string(key.ID)), Counter: int64(key.SignCount),
	}
	if a.Secret, err = s.sealPasskey(a.ID, key); err != nil {
		return nil, err
	}
	return s.bind(ctx, a, name, "", set, with)
}

// AskPasskey begins an authentication: by whoever has a passkey of ours, or, with a
// person, by that one.
func (s *Service) AskPasskey(ctx context.Context, personID, occasion string) (Asked, error) {
	var holder mfa.Holder
	if personID != "" {
		var err error
		if holder, err = s.holder(ctx, personID, ""); err != nil {
			return Asked{}, err
		}
	}
	c, err := s.Passkeys.Request(holder.Held)
	if err != nil {
		return Asked{}, err
	}
	return s.ask(c, "get/"+personID+"/"+occasion)
}

// VerifyPasskey judges the answer to AskPasskey. It asks nothing of passwords, so
// that it works while one is suspended. Problems: Unauthenticated, the same for
// every cause; Limited; Conflict when it took too long.
func (s *Service) VerifyPasskey(ctx context.Context, personID, occasion, token, answer string) (Proven, error) {
	at, from := s.Now(), request.From(ctx).Address
	keys := []string{"address:" + limit.Block(from).String(), "around:" + limit.Around(from).String()}
	var claims []storage.Claim
	for i, b := range []limit.Budget{limit.Address(), limit.Neighbourhood()} {
		claims = append(claims, storage.Claim{Key: keys[i], Free: b.Free, Waits: b.Waits, Forget: b.Forget})
	}
	wait, err := s.Attempts.Reserve(ctx, at, claims...)
	if err != nil {
		return Proven{}, fmt.Errorf("factor: attempts: %w", err)
	}
	method := string(storage.AuthenticatorPasskey)
	if wait > 0 {
		return Proven{}, s.limited(ctx, personID, method, wait)
	}
	memory, err := s.recall(ctx, token, "get/"+personID+"/"+occasion)
	if err != nil {
		return Proven{}, err
	}
	claimed := personID
	done, err := s.judgeAgain(ctx, &claimed, memory, answer)
	var not errNot
	if errors.As(err, &not) {
		return Proven{}, s.failed(ctx, claimed, method, not)
	}
	if err != nil {
		return Proven{}, fmt.Errorf("factor: %w", err)
	}
	if err := s.Attempts.Return(ctx, at, keys...); err != nil {
		return Proven{}, fmt.Errorf("factor: attempts: %w", err)
	}
	return done, nil
}

// judgements is how often an answer is judged because its passkey changed meanwhile.
const judgements = 5

// judgeAgain judges an answer until nothing changes the passkey meanwhile: what was
// counted, or that it was set aside, is not written over.
func (s *Service) judgeAgain(ctx context.Context, claimed *string, memory []byte, answer string) (done Proven, err error) {
	for range judgements {
		if done, err = s.judge(ctx, claimed, memory, answer); !errors.Is(err, storage.ErrStale) {
			return done, err
		}
	}
	return Proven{}, err
}

// judge finds whose passkey it is, judges the answer and records it. claimed is whom
// it has to be, and becomes whose it is. storage.ErrStale when the passkey changed
// meanwhile.
func (s *Service) judge(ctx context.Context, claimed *string, memory []byte, answer string) (done Proven, err error) {
	if len(answer) > maxAnswer {
		return done, wrongSignature
	}
	read, err := mfa.ReadAnswer([]byte(answer))
	if err != nil {
		return done, wrongSignature
	}
	var one storage.Authenticator
	err = s.Store.View(ctx, func(tx storage.Tx) (err error) {
		one, err = tx.Authenticators().ByHandle(ctx, storage.AuthenticatorPasskey, secret.Hash(string(read.ID())))
		return err
	})
	if errors.Is(err, storage.ErrNotFound) || err == nil && *claimed != "" && one.PersonID != *claimed {
		return done, unknownPasskey
	}
	if err != nil {
		return done, err
	}
	*claimed = one.PersonID
	holder, records, err := s.holding(ctx, one.PersonID, "")
	if err != nil {
		return done, err
	}
	i := slices.IndexFunc(holder.Held, func(k mfa.Passkey) bool { return bytes.Equal(k.ID, read.ID()) })
	if i < 0 {
		return done, unknownPasskey // it was removed a moment ago
	}
	before, was := holder.Held[i], records[i].Secret
	one = records[i]
	key, err := s.Passkeys.Proven(holder, memory, read)
	switch {
	case err != nil && !errors.Is(err, mfa.ErrCloned):
		return done, wrongSignature
	case before.Suspect: // its owner was told, once
		return done, cloned
	case err != nil:
		return done, s.suspect(ctx, one, before, was)
	}
	if one.Secret, err = s.sealPasskey(one.ID, key); err != nil {
		return done, err
	}
	one.Counter = int64(key.SignCount)
	err = s.Store.Tx(ctx, func(tx storage.Tx) error {
		who, err := tx.People().Get(ctx, one.PersonID)
		if err != nil {
			return err
		}
		if who.State != storage.PersonActive {
			return unusable
		}
		one.UsedAt = tx.Now()
		done = Proven{PersonID: who.ID, Subject: who.Subject, At: tx.Now(), Copied: key.BackupEligible}
		if err := tx.Authenticators().Use(ctx, one, was); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.FactorVerified, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: who.ID},
			Subject: who.ID, Detail: map[string]string{"method": string(storage.AuthenticatorPasskey), "factor": one.ID},
		})
	})
	return done, err
}

// suspect sets a passkey aside of which there may be two, and tells the person: whoever
// has the copy would otherwise try it until it has counted further than the other one
// (WebAuthn section 7.2 step 22 leaves it to us). It stays something that the person
// has, so that a password alone is not enough meanwhile.
func (s *Service) suspect(ctx context.Context, one storage.Authenticator, k mfa.Passkey, was []byte) (err error) {
	k.Suspect = true
	if one.Secret, err = s.sealPasskey(one.ID, k); err != nil {
		return err
	}
	if err := s.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := tx.Authenticators().Use(ctx, one, was); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Event{
			Kind: audit.FactorSetAside, Outcome: audit.OutcomeAllow, Reason: string(cloned), Actor: audit.Actor{Type: "system"}, Subject: one.PersonID,
			Detail: map[string]string{"method": string(storage.AuthenticatorPasskey), "factor": one.ID},
		}); err != nil {
			return err
		}
		return s.tell(ctx, tx, one.PersonID, SetAside)
	}); err != nil {
		return err
	}
	return cloned
}

// holder is a person with the passkeys that they have.
func (s *Service) holder(ctx context.Context, personID, name string) (mfa.Holder, error) {
	h, _, err := s.holding(ctx, personID, name)
	return h, err
}

// holding is the same, with the records of these passkeys in their order.
func (s *Service) holding(ctx context.Context, personID, name string) (h mfa.Holder, records []storage.Authenticator, err error) {
	h = mfa.Holder{Handle: []byte(personID), Name: name}
	var all []storage.Authenticator
	err = s.Store.View(ctx, func(tx storage.Tx) (err error) {
		all, err = tx.Authenticators().ByPerson(ctx, personID)
		return err
	})
	if err != nil {
		return h, nil, fmt.Errorf("factor: %w", err)
	}
	for _, a := range all {
		if a.Kind != storage.AuthenticatorPasskey {
			continue
		}
		text, err := s.Keys.Open(place("secret", a.ID), a.Secret)
		if err != nil {
			return h, nil, fmt.Errorf("factor: %w", err)
		}
		var k mfa.Passkey
		if err := json.Unmarshal(text, &k); err != nil {
			return h, nil, fmt.Errorf("factor: %w", err)
		}
		h.Held, records = append(h.Held, k), append(records, a)
	}
	return h, records, nil
}

func (s *Service) sealPasskey(id string, k mfa.Passkey) ([]byte, error) {
	text, err := json.Marshal(k)
	if err != nil {
		return nil, fmt.Errorf("factor: %w", err)
	}
	sealed, err := s.Keys.Seal(place("secret", id), text)
	if err != nil {
		return nil, fmt.Errorf("factor: %w", err)
	}
	return sealed, nil
}
