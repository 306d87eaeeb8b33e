// Package device keeps the requests of devices without a browser of their own
// (RFC 8628): from the device's request, over a person's decision at another
// screen, to the one answer that the device gets.
package device

import (
	"context"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

const (
	// Life is how long a person has to enter the code.
	Life = 10 * time.Minute
	// Interval is how long a device waits between polls (section 3.2); one that
	// does not is told to wait longer (section 3.5).
	Interval = 5 * time.Second
	slower   = 5 * time.Second
	// maxInterval bounds what impatience leads to.
	maxInterval = time.Minute
)

// The errors of a poll.
var (
	ErrPending  = errors.New("device: the person has not decided yet")
	ErrSlowDown = errors.New("device: polled too soon")
	ErrDenied   = errors.New("device: the person said no")
	ErrGone     = errors.New("device: no such request, or it is over")
)

// Authorizations keeps the requests. It is safe for concurrent use.
type Authorizations struct {
	Store storage.Interactions
	Keys  *secret.Keyring
	Now   func() time.Time
}

// Request is what a device asks for.
type Request struct {
	ClientID string   `json:"client_id"`
	Scopes   []string `json:"scopes,omitempty"`
	Audience []string `json:"audience,omitempty"`
}

// Codes are what a device is given.
type Codes struct {
	// Device is the device's own; User is typed by a person.
	Device, User string
}

// state is the record. Decision is empty while there is none.
type state struct {
	Request  Request         `json:"request"`
	Decision string          `json:"decision,omitempty"`
	Approval json.RawMessage `json:"approval,omitempty"`
	PolledAt time.Time       `json:"polled_at,omitzero"`
	Interval time.Duration   `json:"interval"`
}

const (
	approved = "approved"
	denied   = "denied"
)

// Begin keeps a request. The device code is stored hashed, the user code as a
// keyed MAC: it is too short for a hash.
func (a *Authorizations) Begin(ctx context.Context, r Request) (Codes, error) {
	codes := Codes{Device: secret.NewToken(), User: newUserCode()}
	now := a.Now()
	text, err := json.Marshal(state{Request: r, Interval: Interval})
	if err != nil {
		return Codes{}, fmt.Errorf("device: %w", err)
	}
	id := deviceID(codes.Device)
	// The pointer comes second: a user code that leads nowhere cannot be entered.
	for _, record := range []storage.Interaction{
		{ID: id, HolderHash: secret.Hash(r.ClientID), State: text},
		{ID: a.userID(codes.User), State: []byte(id)},
	} {
		record.CreatedAt, record.ExpiresAt, record.Version = now, now.Add(Life), 1
		if err := a.Store.Create(ctx, record); err != nil {
			return Codes{}, fmt.Errorf("device: %w", err)
		}
	}
	return codes, nil
}

// Enter returns the id of the request that a user code stands for and what is
// asked, or ErrGone. It decides nothing.
func (a *Authorizations) Enter(ctx context.Context, userCode string) (id string, r Request, err error) {
	code, ok := normalUserCode(userCode)
	if !ok {
		return "", Request{}, ErrGone
	}
	pointer, err := a.Store.Get(ctx, a.userID(code), a.Now())
	if errors.Is(err, storage.ErrNotFound) {
		return "", Request{}, ErrGone
	}
	if err != nil {
		return "", Request{}, fmt.Errorf("device: %w", err)
	}
	id = string(pointer.State)
	_, s, err := a.load(ctx, id)
	if err == nil && s.Decision != "" {
		err = ErrGone // a code is entered once
	}
	return id, s.Request, err
}

// Approve notes who lets the device in. ErrGone when it is over, or decided.
func (a *Authorizations) Approve(ctx context.Context, id string, approval []byte) error {
	return a.decide(ctx, id, approved, approval)
}

// Deny notes that the person said no.
func (a *Authorizations) Deny(ctx context.Context, id string) error {
	return a.decide(ctx, id, denied, nil)
}

// decideTries is how often a decision that a poll came between is tried again.
const decideTries = 10

func (a *Authorizations) decide(ctx context.Context, id, decision string, approval []byte) error {
	for range decideTries {
		record, s, err := a.load(ctx, id)
		if err != nil {
			return err
		}
		if s.Decision != "" {
			return ErrGone
		}
		s.Decision, s.Approval = decision, approval
		err = a.update(ctx, record, s)
		if !errors.Is(err, storage.ErrStale) {
			return err
		}
	}
	return fmt.Errorf("device: %w", storage.ErrUnavailable)
}

// Poll answers a device: the request and the approval, which exactly one poll
// gets; or ErrPending, ErrSlowDown, ErrDenied or ErrGone.
func (a *Authorizations) Poll(ctx context.Context, clientID, deviceCode string) (Request, []byte, error) {
	id := deviceID(deviceCode)
	record, s, err := a.load(ctx, id)
	if err != nil {
		return Request{}, nil, err
	}
	if !secret.Equal(record.HolderHash, secret.Hash(clientID)) {
		return Request{}, nil, ErrGone
	}
	switch s.Decision {
	case approved, denied:
		err := a.Store.Take(ctx, id, record.Version, a.Now())
		switch {
		case errors.Is(err, storage.ErrStale), errors.Is(err, storage.ErrNotFound):
			return Request{}, nil, ErrGone // another poll was first
		case err != nil:
			return Request{}, nil, fmt.Errorf("device: %w", err)
		case s.Decision == denied:
			return Request{}, nil, ErrDenied
		}
		return s.Request, s.Approval, nil
	}
	now, answer := a.Now(), ErrPending
	if !s.PolledAt.IsZero() && now.Sub(s.PolledAt) < s.Interval {
		s.Interval = min(s.Interval+slower, maxInterval)
		answer = ErrSlowDown
	}
	s.PolledAt = now
	err = a.update(ctx, record, s)
	if errors.Is(err, storage.ErrStale) {
		return Request{}, nil, ErrSlowDown // two polls at once
	}
	if err != nil {
		return Request{}, nil, err
	}
	return Request{}, nil, answer
}

func (a *Authorizations) load(ctx context.Context, id string) (storage.Interaction, state, error) {
	record, err := a.Store.Get(ctx, id, a.Now())
	if errors.Is(err, storage.ErrNotFound) {
		return storage.Interaction{}, state{}, ErrGone
	}
	if err != nil {
		return storage.Interaction{}, state{}, fmt.Errorf("device: %w", err)
	}
	var s state
	if err := json.Unmarshal(record.State, &s); err != nil {
		return storage.Interaction{}, state{}, fmt.Errorf("device: %w", err)
	}
	return record, s, nil
}

func (a *Authorizations) update(ctx context.Context, record storage.Interaction, s state) error {
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("device: %w", err)
	}
	record.State = text
	err = a.Store.Update(ctx, record, a.Now())
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return ErrGone
	case err != nil:
		return fmt.Errorf("device: %w", err)
	}
	return nil
}

var base = base32.StdEncoding.WithPadding(base32.NoPadding)

// deviceID and userID name the records. They cannot be taken for interactions
// of a sign-in, whose ids are shorter.
func deviceID(code string) string { return "device:" + base.EncodeToString(secret.Hash(code)) }

func (a *Authorizations) userID(code string) string {
	return "device-user:" + base.EncodeToString(a.Keys.MAC("device-user-code", []byte(code)))
}

// User codes have eight letters that are no vowels, so that they spell nothing:
// 34 bits (section 6.1).
const (
	userAlphabet = "BCDFGHJKLMNPQRSTVWXZ"
	userLength   = 8
)

func newUserCode() string { return secret.Draw(userAlphabet, userLength) }

// Spelled is a user code as it is shown: two groups.
func Spelled(code string) string {
	if len(code) != userLength {
		return code
	}
	return code[:userLength/2] + "-" + code[userLength/2:]
}

// normalUserCode takes capitals, spaces and hyphens lightly (section 6.1).
func normalUserCode(typed string) (string, bool) {
	if len(typed) > 4*userLength {
		return "", false
	}
	code := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '.' {
			return -1
		}
		return r
	}, strings.ToUpper(typed))
	return code, len(code) == userLength && strings.Trim(code, userAlphabet) == ""
}
