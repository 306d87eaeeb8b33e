package recovery

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/storage"
)

// endSessions is the kind of parcel that ends sessions. They are in another store
// than the password, and whoever had found out the old one may have some: so the
// transaction that replaces it also notes that they are to end, and neither a dying
// process nor a store that cannot be reached leaves them alive.
const endSessions = "end_sessions"

// endWithin is how long it is tried: longer than any session lives.
const endWithin = 30 * 24 * time.Hour

// replaced is what such a parcel says.
type replaced struct {
	At time.Time `json:"at"`
}

// owe notes, in the transaction of a change, that older sessions are to end.
func (s *Service) owe(ctx context.Context, tx storage.Tx, personID string) error {
	return s.Box.Put(ctx, tx, outbox.Letter{
		Carrier: Carrier, Kind: endSessions, PersonID: personID, Body: replaced{At: tx.Now()}, ValidFor: endWithin,
	})
}

// endNow ends them without waiting for the worker. The password is changed by now,
// and what fails here the worker does.
func (s *Service) endNow(ctx context.Context, personID string, at time.Time) {
	if err := s.EndSessions(context.WithoutCancel(ctx), personID, at); err != nil {
		s.Log.LogAttrs(ctx, slog.LevelWarn, "sessions could not be ended at once after a recovery; the outbox does it", slog.Any("error", err))
	}
}

// endLater ends them for the worker.
func (s *Service) endLater(ctx context.Context, p outbox.Opened) outbox.Outcome {
	var r replaced
	if err := json.Unmarshal(p.Body, &r); err != nil {
		return outbox.Outcome{State: storage.ParcelPending, Answer: "the parcel cannot be read"}
	}
	if err := s.EndSessions(ctx, p.PersonID, r.At); err != nil {
		s.Log.LogAttrs(ctx, slog.LevelWarn, "sessions could not be ended after a recovery", slog.Any("error", err))
		return outbox.Outcome{State: storage.ParcelPending, Answer: "the sessions could not be ended"}
	}
	return outbox.Outcome{State: storage.ParcelSent, Answer: "ended"}
}
