package session

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"time"

	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Carrier is the name in the outbox of what ends here.
const Carrier = "session"

const (
	// endOwed is the kind of parcel that ends sessions.
	endOwed = "end"
	// owedFor is how long it is tried: longer than any session lives.
	owedFor = 30 * 24 * time.Hour
	// renewWithin is how long whoever changed something in a session has to get the new
	// cookie of it. After that the session ends with the others.
	renewWithin = time.Minute
	// A parcel waits between lookAgain and lookAtMost while a store cannot be reached. That
	// is no try, after each of which it would wait twice as long, up to half an hour:
	// whoever was signed out is to be so soon after the store is back.
	lookAgain  = 5 * time.Second
	lookAtMost = time.Minute
)

// untilNext is a tenth of how long a parcel waits already, and up to half as much again:
// many that are owed at once do not all come again at once.
func untilNext(waited time.Duration) time.Duration {
	wait := min(max(waited/10, lookAgain), lookAtMost)
	return wait + mathrand.N(wait/2) //nolint:gosec // when it is looked at again is no secret
}

// Due is the end of sessions that the change of an account brings with it. Sessions are
// in another store than the account: so the transaction of the change also notes that
// they are to end, and neither a process that dies, nor a store that cannot be reached,
// nor a browser that goes away leaves them alive.
type Due struct {
	Reason Reason `json:"reason"`
	// Keep is the session that goes on, in which the person did it, and Was the
	// SecretHash that it had: it goes on with another one.
	Keep string `json:"keep,omitempty"`
	Was  []byte `json:"was,omitempty"`
	// Access says that the grants end that would outlive the sessions.
	Access bool `json:"access,omitempty"`
	// At is when it was changed. What begins later is not concerned.
	At time.Time `json:"at"`
}

// Owe puts it into the outbox, in the transaction of the change.
func Owe(ctx context.Context, tx storage.Tx, box outbox.Box, personID string, d Due) error {
	d.At = tx.Now()
	return box.Put(ctx, tx, outbox.Letter{Carrier: Carrier, Kind: endOwed, PersonID: personID, Body: d, ValidFor: owedFor})
}

var _ outbox.Carrier = (*Service)(nil)

// Deliver ends what is owed. Mostly whoever made the change has done it.
func (s *Service) Deliver(ctx context.Context, p outbox.Opened) outbox.Outcome {
	var d Due
	if err := json.Unmarshal(p.Body, &d); err != nil {
		return outbox.Outcome{State: storage.ParcelPending, Answer: "the parcel cannot be read"}
	}
	_, wait, err := s.endDue(ctx, p.PersonID, d)
	switch {
	case errors.Is(err, storage.ErrUnavailable):
		s.Log.LogAttrs(ctx, slog.LevelDebug, "sessions that are owed an end wait for a store", slog.String("reason", string(d.Reason)), slog.Any("error", err))
		return outbox.Outcome{State: storage.ParcelPending, Answer: "a store cannot be reached", Wait: untilNext(s.Now().Sub(d.At))}
	case err != nil:
		s.Log.LogAttrs(ctx, slog.LevelWarn, "sessions that are owed an end could not be ended", slog.String("reason", string(d.Reason)), slog.Any("error", err))
		return outbox.Outcome{State: storage.ParcelPending, Answer: "the sessions could not be ended"}
	case wait:
		return outbox.Outcome{State: storage.ParcelPending, Answer: "the session that goes on has its old cookie", Wait: renewWithin}
	}
	return outbox.Outcome{State: storage.ParcelSent, Answer: "ended"}
}

// Settled has nothing to do.
func (s *Service) Settled(context.Context, storage.Tx, outbox.Opened) error { return nil }

// EndAccessUpTo ends what is left of what a person had by then: the sessions and the grants,
// not those that began later. It returns how many sessions that were.
func (s *Service) EndAccessUpTo(ctx context.Context, personID string, then time.Time, reason Reason) (int, error) {
	n, _, err := s.endDue(ctx, personID, Due{Reason: reason, Access: true, At: then})
	return n, err
}

// endDue ends what is owed, and returns how many sessions that were. wait says that the
// session that goes on has its old cookie still, which whoever keeps it may be about to
// replace.
func (s *Service) endDue(ctx context.Context, personID string, d Due) (n int, wait bool, err error) {
	if err := s.voidSignIns(ctx, d.At, signIns(personID)); err != nil {
		return 0, false, err
	}
	if n, err = s.endSome(ctx, personID, d.Reason, func(record storage.Session) bool {
		if d.Keep != "" && record.ID == d.Keep {
			if !secret.Equal(record.SecretHash, d.Was) {
				return false
			}
			wait = s.Now().Before(d.At.Add(renewWithin))
			return !wait
		}
		return begunBefore(record, d.At)
	}); err != nil || !d.Access {
		return n, wait, err
	}
	return n, wait, s.endGrants(ctx, personID, d.Reason, func(tx storage.Tx) ([]storage.Grant, error) {
		all, err := tx.Grants().ByPerson(ctx, personID, tx.Now())
		if err != nil {
			return nil, err
		}
		var ended []storage.Grant
		for _, g := range all {
			if g.CreatedAt.After(d.At) {
				continue
			}
			did, err := tx.Grants().End(ctx, g.ID, string(d.Reason), tx.Now())
			if err != nil {
				return nil, err
			}
			if did {
				ended = append(ended, g)
			}
		}
		return ended, nil
	})
}
