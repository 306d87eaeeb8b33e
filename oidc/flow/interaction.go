package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Interactions keeps requests whose person has something to do. It is safe for
// concurrent use.
type Interactions struct {
	Store storage.Interactions
	// Keys seal what browsers keep.
	Keys *secret.Keyring
	Now  func() time.Time
	// TTL is how long a person may take from one step to the next.
	TTL time.Duration
}

// Interaction is one request under way. It is changed through Interactions
// only.
type Interaction struct {
	ID    string
	State State

	record storage.Interaction
}

// Begin keeps a request and returns its interaction. Only the browser that holds
// browserSecret can go on with it.
func (i *Interactions) Begin(ctx context.Context, r Request, browserSecret string) (Interaction, error) {
	return i.begin(ctx, State{Request: r}, browserSecret)
}

func (i *Interactions) begin(ctx context.Context, s State, browserSecret string) (Interaction, error) {
	if browserSecret == "" {
		return Interaction{}, errors.New("flow: an interaction needs a browser")
	}
	text, err := json.Marshal(s)
	if err != nil {
		return Interaction{}, fmt.Errorf("flow: %w", err)
	}
	now := i.Now()
	record := storage.Interaction{
		ID: secret.NewID(), HolderHash: secret.Hash(browserSecret),
		CreatedAt: now, ExpiresAt: now.Add(i.TTL), State: text, Version: 1,
	}
	if err := i.Store.Create(ctx, record); err != nil {
		return Interaction{}, fmt.Errorf("flow: %w", err)
	}
	return Interaction{ID: record.ID, State: s, record: record}, nil
}

// idLength is the length of secret.NewID: anything else is looked up nowhere.
const idLength = 26

// errGone is the answer for what is over, unknown, or another browser's: which
// of them is nobody's business.
func errGone() error {
	return problem.New(problem.NotFound, "This sign-in is over, or it was begun in another browser.")
}

// Load returns the interaction, or a problem.NotFound when there is none, or
// when another browser began it.
func (i *Interactions) Load(ctx context.Context, id, browserSecret string) (Interaction, error) {
	if len(id) != idLength || browserSecret == "" {
		return Interaction{}, errGone()
	}
	record, err := i.Store.Get(ctx, id, i.Now())
	if errors.Is(err, storage.ErrNotFound) {
		return Interaction{}, errGone()
	}
	if err != nil {
		return Interaction{}, fmt.Errorf("flow: %w", err)
	}
	if !secret.Equal(record.HolderHash, secret.Hash(browserSecret)) {
		return Interaction{}, errGone()
	}
	in := Interaction{ID: record.ID, record: record}
	if err := json.Unmarshal(record.State, &in.State); err != nil {
		return Interaction{}, fmt.Errorf("flow: state of an interaction: %w", err)
	}
	return in, nil
}

// RecordSignIn notes that the person signed in. A sign-in that follows another
// one in the same interaction takes its place, and everything that was done
// after the first has to be done again. storage.ErrStale when another request
// changed the interaction meanwhile.
func (i *Interactions) RecordSignIn(ctx context.Context, in *Interaction, s SignedIn) error {
	if s.ProvenAt.IsZero() {
		s.ProvenAt = s.AuthTime
	}
	s.AuthTime = s.AuthTime.Truncate(time.Second)
	return i.update(ctx, in, State{Request: in.State.Request, SignedIn: &s})
}

// RecordAccount notes that the person goes on with the session that they were shown, or
// as somebody else: then whatever was done has to be done again.
func (i *Interactions) RecordAccount(ctx context.Context, in *Interaction, chosen string) error {
	return i.update(ctx, in, State{Request: in.State.Request, Begun: in.State.Begun, Chosen: chosen, Another: chosen == ""})
}

// RecordRenewal notes what the person answered when asked whether to change the
// password now.
func (i *Interactions) RecordRenewal(ctx context.Context, in *Interaction, answer Renewal) error {
	next := in.State
	next.Renewal = answer
	return i.update(ctx, in, next)
}

// RecordAgreementLater notes that the person accepts the Use Agreement another day.
func (i *Interactions) RecordAgreementLater(ctx context.Context, in *Interaction) error {
	next := in.State
	next.AgreementLater = true
	return i.update(ctx, in, next)
}

// RecordPasswordChosen notes that the password was replaced by a personal one,
// which has the given version.
func (i *Interactions) RecordPasswordChosen(ctx context.Context, in *Interaction, newVersion int64) error {
	if in.State.SignedIn == nil {
		return errors.New("flow: a password was chosen by nobody")
	}
	signedIn := *in.State.SignedIn
	signedIn.PasswordVersion = newVersion
	next := in.State
	next.SignedIn, next.PasswordChosen = &signedIn, true
	return i.update(ctx, in, next)
}

// RecordFactor notes that the person who signed in, or whose session this is, has
// proven a second factor, by methods of RFC 8176. The authentication is as old as
// its first part. at is no later than the proof.
func (i *Interactions) RecordFactor(ctx context.Context, in *Interaction, at time.Time, methods ...string) error {
	next := in.State
	var who SignedIn
	switch session := next.Session; {
	case next.SignedIn != nil:
		who = *next.SignedIn
	case session != nil:
		who = SignedIn{
			PersonID: session.PersonID, Subject: session.Subject, AMR: session.AMR, AuthTime: session.AuthTime, Shared: session.Shared, Raises: session.ID, ProvenAt: at,
		}
	default:
		return errors.New("flow: a second factor was proven by nobody")
	}
	who.AMR = slices.Clone(who.AMR)
	for _, m := range append(methods, AMRMultiple) {
		if !slices.Contains(who.AMR, m) {
			who.AMR = append(who.AMR, m)
		}
	}
	next.SignedIn = &who
	return i.update(ctx, in, next)
}

// RecordRefusal notes that the person does not want to go on.
func (i *Interactions) RecordRefusal(ctx context.Context, in *Interaction) error {
	next := in.State
	next.Refused = true
	return i.update(ctx, in, next)
}

// RecordConsent notes whether the person agreed: whoever stands behind the
// request at this moment.
func (i *Interactions) RecordConsent(ctx context.Context, in *Interaction, agreed bool) error {
	next := in.State
	next.Agreed, next.Refused = "", !agreed
	if agreed {
		switch {
		case next.SignedIn != nil:
			next.Agreed = next.SignedIn.Subject
		case next.Session != nil:
			next.Agreed = next.Session.Subject
		default:
			return errors.New("flow: nobody agreed")
		}
	}
	return i.update(ctx, in, next)
}

// Take ends the interaction: of many callers exactly one succeeds, the others
// hear storage.ErrStale or a problem.NotFound. Whoever succeeds issues.
func (i *Interactions) Take(ctx context.Context, in Interaction) error {
	err := i.Store.Take(ctx, in.ID, in.record.Version, i.Now())
	if errors.Is(err, storage.ErrNotFound) {
		return errGone()
	}
	if err != nil {
		return fmt.Errorf("flow: %w", err)
	}
	return nil
}

func (i *Interactions) update(ctx context.Context, in *Interaction, next State) error {
	text, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("flow: %w", err)
	}
	now := i.Now()
	record := in.record
	record.State, record.ExpiresAt = text, now.Add(i.TTL)
	err = i.Store.Update(ctx, record, now)
	if errors.Is(err, storage.ErrNotFound) {
		return errGone()
	}
	if err != nil {
		return fmt.Errorf("flow: %w", err)
	}
	record.Version++
	next.Session, next.Bound, next.Agreement = in.State.Session, in.State.Bound, in.State.Agreement
	next.Strictest = in.State.Strictest
	next.Crowded = in.State.Crowded
	next.Mandates, next.Remembered = in.State.Mandates, in.State.Remembered
	in.record, in.State = record, next
	return nil
}
