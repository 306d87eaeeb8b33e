package flow

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/secret"
)

// Kept is what a browser keeps of an interaction, sealed: enough to begin it again
// when it is over, so that a page that was left open overnight leads on. It proves
// nothing about a person.
type Kept struct {
	Request Request `json:"request"`
	// Done says that the interaction was completed: it is not begun again, for the
	// application has had its answer. To is the page of ours where it ended; empty
	// where it ended at the application. Of the request only the client is left.
	Done bool   `json:"done,omitempty"`
	To   string `json:"to,omitempty"`
	// At is when it was sealed, and Begun how often the request was begun again.
	At    time.Time `json:"at"`
	Begun int       `json:"begun,omitempty"`
}

// PushedUse is how long a person has to sign in for a request that was pushed.
const PushedUse = 24 * time.Hour

const (
	// keptLife is how long a request can be begun again: over a long weekend.
	keptLife = 96 * time.Hour
	// keptTimes is how often. A browser that loses our cookies would otherwise go
	// round and round.
	keptTimes = 10
	// maxKept is how long the sealed form may be: browsers take 4096 bytes of cookie
	// with its name and attributes (RFC 6265 section 6.1).
	maxKept = 3800
)

func keptPlace(id string) secret.Place {
	return secret.Place{Table: "interaction", Column: "kept", Row: id}
}

// Keep seals what the browser keeps of an interaction that has begun; empty where
// the request is too long for a cookie.
func (i *Interactions) Keep(in Interaction) (string, error) {
	return i.seal(in.ID, Kept{Request: in.State.Request, Begun: in.State.Begun})
}

// KeepDone seals what the browser keeps of an interaction that was completed; to is
// the page of ours where it ended, or empty.
func (i *Interactions) KeepDone(in Interaction, to string) (string, error) {
	return i.seal(in.ID, Kept{Request: Request{ClientID: in.State.Request.ClientID}, Done: true, To: to})
}

func (i *Interactions) seal(id string, k Kept) (string, error) {
	k.At = i.Now()
	text, err := json.Marshal(k)
	if err != nil {
		return "", fmt.Errorf("flow: %w", err)
	}
	sealed, err := i.Keys.Seal(keptPlace(id), text)
	if err != nil {
		return "", fmt.Errorf("flow: %w", err)
	}
	kept := base64.RawURLEncoding.EncodeToString(sealed)
	if len(kept) > maxKept {
		return "", nil
	}
	return kept, nil
}

// Recall opens what a browser kept of an interaction. Nothing is ok but what was
// sealed here for this interaction. What is too old to be begun again is done.
func (i *Interactions) Recall(id, kept string) (k Kept, ok bool) {
	if len(id) != idLength || kept == "" || len(kept) > maxKept {
		return Kept{}, false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(kept)
	if err != nil {
		return Kept{}, false
	}
	text, err := i.Keys.Open(keptPlace(id), sealed)
	if err != nil || json.Unmarshal(text, &k) != nil {
		return Kept{}, false
	}
	now := i.Now()
	life := keptLife
	if k.Request.Pushed != "" {
		life = PushedUse - k.At.Sub(k.Request.PushedAt)
	}
	if !now.Before(k.At.Add(life)) || k.Begun >= keptTimes {
		k.Done = true
	}
	return k, true
}

// Again is why an interaction was begun again: what the person is told.
type Again string

// The reasons.
const (
	// AgainOpen: a sign-in page was open for so long that the interaction is over.
	// There is nothing to be told.
	AgainOpen Again = "open"
	// AgainLate: somebody had done a part of it, which does not count any more.
	AgainLate Again = "late"
	// AgainReplaced: the password that was proven was replaced meanwhile.
	AgainReplaced Again = "replaced"
	// AgainVoid: whoever ended the person's sessions, or took a factor away, ended this
	// sign-in too.
	AgainVoid Again = "void"
)

// BeginAgain begins the interaction of a request once more, as if it had come now.
func (i *Interactions) BeginAgain(ctx context.Context, k Kept, why Again, browserSecret string) (Interaction, error) {
	r := k.Request
	r.ReceivedAt = i.Now()
	return i.begin(ctx, State{Request: r, Again: why, Begun: k.Begun + 1}, browserSecret)
}

// StartOver forgets whatever was done in an interaction.
func (i *Interactions) StartOver(ctx context.Context, in *Interaction, why Again) error {
	return i.update(ctx, in, State{Request: in.State.Request, Again: why, Begun: in.State.Begun})
}
