package enroll

import (
	"context"
	"errors"

	"github.com/claviger-id/claviger/storage"
)

// tries is how often a decision is made anew when somebody else changes the account
// meanwhile, as signing in for the first time does.
const tries = 10

// again runs a transaction that decides over an account as it finds it, and once more
// where the account was changed between being found and being written.
func (s *Accounts) again(ctx context.Context, decide func(tx storage.Tx) error) error {
	for n := 1; ; n++ {
		if err := s.Store.Tx(ctx, decide); !errors.Is(err, storage.ErrStale) || n == tries {
			return err
		}
	}
}
