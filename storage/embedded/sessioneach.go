package embedded

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// eachBatch is how many sessions are read at once.
const eachBatch = 100

// Each leafs through them: here, no list misses one.
func (s sessions) Each(ctx context.Context, clientID string, at time.Time, fn func(storage.Session) error) error {
	for after := (storage.SessionPlace{}); ; {
		found, last, err := s.Page(ctx, clientID, after, at, eachBatch)
		if err != nil {
			return err
		}
		for _, one := range found {
			if err := fn(one); err != nil {
				return err
			}
		}
		if last.IsZero() {
			return nil
		}
		after = last
	}
}
