package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type guesses struct{ c Conn }

var _ storage.Guesses = guesses{}

func scanGuess(g *storage.Guess) func(Row) error {
	return func(r Row) error {
		var last int64
		err := r.Scan(&g.Failures, &g.Against, &last)
		g.LastAt = moment(last)
		return err
	}
}

func (s guesses) Reserve(ctx context.Context, account string, failures, against int64, at time.Time) (storage.Guess, bool, error) {
	var g storage.Guess
	err := one(ctx, s.c,
		`INSERT INTO guess (account, failures, against, last_at) VALUES ($1, 1, 1, $2)
		 ON CONFLICT (account) DO UPDATE SET failures = guess.failures + 1, against = guess.against + 1, last_at = $2
		 WHERE guess.failures < $3 AND guess.against < $4
		 RETURNING failures, against, last_at`,
		[]any{account, micros(at), failures, against}, scanGuess(&g))
	if errors.Is(err, storage.ErrNotFound) {
		g, err = s.Get(ctx, account)
		return g, false, err
	}
	return g, err == nil, err
}

func (s guesses) Return(ctx context.Context, account string) error {
	return s.c.Later(ctx,
		`UPDATE guess SET failures = failures - 1, against = CASE WHEN against > 0 THEN against - 1 ELSE 0 END WHERE account = $1 AND failures > 0`, account)
}

func (s guesses) Renew(ctx context.Context, account string) error {
	return s.c.Later(ctx, `UPDATE guess SET against = 0 WHERE account = $1`, account)
}

func (s guesses) Clear(ctx context.Context, account string) error {
	return s.c.Later(ctx, `UPDATE guess SET failures = 0, against = 0 WHERE account = $1`, account)
}

func (s guesses) Get(ctx context.Context, account string) (storage.Guess, error) {
	var g storage.Guess
	_, err := s.c.Do(ctx, `SELECT failures, against, last_at FROM guess WHERE account = $1`, []any{account}, scanGuess(&g))
	return g, err
}
