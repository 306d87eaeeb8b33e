package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/claviger-id/claviger/storage"
)

type grants struct{ c Conn }

var _ storage.Grants = grants{}

const grantColumns = `id, client_id, person_id, session_id, scopes, audience, auth_time, acr, amr, generation, rotated_at, created_at, expires_at, ended_at, end_reason, offline, detail`

func scanGrant(g *storage.Grant) func(Row) error {
	return func(r Row) error {
		var scopes, audience, amr string
		var detail string
		var auth, rotated, created, expires, ended, offline int64
		if err := r.Scan(&g.ID, &g.ClientID, &g.PersonID, &g.SessionID, &scopes, &audience, &auth, &g.ACR, &amr,
			&g.Generation, &rotated, &created, &expires, &ended, &g.EndReason, &offline, &detail); err != nil {
			return err
		}
		g.Scopes, g.Audience, g.AMR = list(scopes), list(audience), list(amr)
		g.AuthTime, g.RotatedAt, g.CreatedAt = moment(auth), moment(rotated), moment(created)
		g.ExpiresAt, g.EndedAt = moment(expires), moment(ended)
		g.Offline = offline != 0
		if detail == "" {
			return nil
		}
		if err := json.Unmarshal([]byte(detail), &g.Detail); err != nil {
			return fmt.Errorf("grant %s: %w", g.ID, err)
		}
		return nil
	}
}

func (s grants) Insert(ctx context.Context, g storage.Grant) error {
	scopes, errScopes := words(g.Scopes)
	audience, errAudience := words(g.Audience)
	amr, errAMR := words(g.AMR)
	detail, errDetail := grantDetail(g.Detail)
	if err := errors.Join(errScopes, errAudience, errAMR, errDetail); err != nil {
		return fmt.Errorf("grant %s: %w", g.ID, err)
	}
	// A row that End left behind has no client yet; it is completed and keeps
	// its end. Any other row is somebody else's: no row comes back.
	var ended int64
	err := one(ctx, s.c,
		`INSERT INTO grants (`+grantColumns+`)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, '', $14, $15)
		 ON CONFLICT (id) DO UPDATE SET client_id = excluded.client_id, person_id = excluded.person_id, session_id = excluded.session_id,
		   scopes = excluded.scopes, audience = excluded.audience, auth_time = excluded.auth_time, acr = excluded.acr, amr = excluded.amr,
		   generation = excluded.generation, rotated_at = excluded.rotated_at, created_at = excluded.created_at, expires_at = excluded.expires_at,
		   offline = excluded.offline, detail = excluded.detail
		 WHERE grants.client_id = ''
		 RETURNING ended_at`,
		[]any{g.ID, g.ClientID, g.PersonID, g.SessionID, scopes, audience, micros(g.AuthTime), g.ACR, amr,
			g.Generation, micros(g.RotatedAt), micros(g.CreatedAt), micros(g.ExpiresAt), number(g.Offline), detail},
		func(r Row) error { return r.Scan(&ended) })
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return storage.ErrConflict
	case err == nil && ended != 0:
		return storage.ErrEnded
	}
	return err
}

// grantDetail is what only the protocol asks for; most grants have nothing.
func grantDetail(d storage.GrantDetail) (string, error) {
	if d.JKT == "" && d.X5T == "" && len(d.Claims) == 0 && d.Acting == nil {
		return "", nil
	}
	text, err := json.Marshal(d)
	return string(text), err
}

func number(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

func (s grants) Get(ctx context.Context, id string) (storage.Grant, error) {
	var g storage.Grant
	err := find(ctx, s.c, `SELECT `+grantColumns+` FROM grants WHERE id = $1`, []any{id}, scanGrant(&g))
	return g, err
}

func (s grants) Rotate(ctx context.Context, id string, generation int64, at time.Time) (storage.Grant, error) {
	var g storage.Grant
	err := find(ctx, s.c,
		`UPDATE grants SET generation = generation + 1, rotated_at = $1
		 WHERE id = $2 AND generation = $3 AND ended_at = 0 AND expires_at > $1
		 RETURNING `+grantColumns,
		[]any{micros(at), id, generation}, scanGrant(&g))
	if !errors.Is(err, storage.ErrNotFound) {
		return g, err
	}
	g, err = s.Get(ctx, id)
	switch {
	case err != nil:
		return storage.Grant{}, err
	case !g.EndedAt.IsZero() || !g.ExpiresAt.After(at):
		return g, storage.ErrEnded
	}
	return g, storage.ErrStale
}

func (s grants) End(ctx context.Context, id, reason string, at time.Time) (bool, error) {
	n, err := s.c.Do(ctx,
		`INSERT INTO grants (`+grantColumns+`) VALUES ($1, '', '', '', '', '', 0, '', '', 0, 0, $2, $2, $2, $3, 0, '')
		 ON CONFLICT (id) DO UPDATE SET ended_at = $2, end_reason = $3 WHERE grants.ended_at = 0`,
		[]any{id, micros(at), reason}, nil)
	return n > 0, err
}

// end ends the live grants of which where is true; its parameters begin with $3.
func (s grants) end(ctx context.Context, where, reason string, at time.Time, of ...any) ([]storage.Grant, error) {
	var ended []storage.Grant
	_, err := s.c.Do(ctx,
		`UPDATE grants SET ended_at = $1, end_reason = $2 WHERE `+where+` AND ended_at = 0 RETURNING `+grantColumns,
		append([]any{micros(at), reason}, of...), func(r Row) error {
			var g storage.Grant
			if err := scanGrant(&g)(r); err != nil {
				return err
			}
			ended = append(ended, g)
			return nil
		})
	return ended, err
}

// endedAtOnce is how many sessions one statement of EndBySession names.
const endedAtOnce = 256

func (s grants) EndBySession(ctx context.Context, sessionIDs []string, reason string, at time.Time) ([]storage.Grant, error) {
	var all []storage.Grant
	for part := range slices.Chunk(sessionIDs, endedAtOnce) {
		var ids []any
		for _, id := range filled(part) {
			ids = append(ids, id)
		}
		ended, err := s.end(ctx, `offline = 0 AND session_id IN (`+parameters(3, len(ids))+`)`, reason, at, ids...)
		if err != nil {
			return nil, err
		}
		all = append(all, ended...)
	}
	return all, nil
}

func (s grants) EndByPerson(ctx context.Context, personID, reason string, at time.Time) ([]storage.Grant, error) {
	return s.end(ctx, `person_id = $3`, reason, at, personID)
}

func (s grants) EndByClient(ctx context.Context, clientID, reason string, at time.Time) ([]storage.Grant, error) {
	return s.end(ctx, `client_id = $3`, reason, at, clientID)
}

func (s grants) EndBetween(ctx context.Context, personID, clientID, reason string, at time.Time) ([]storage.Grant, error) {
	var ended []storage.Grant
	_, err := s.c.Do(ctx,
		`UPDATE grants SET ended_at = $1, end_reason = $2 WHERE person_id = $3 AND client_id = $4 AND ended_at = 0 RETURNING `+grantColumns,
		[]any{micros(at), reason, personID, clientID}, func(r Row) error {
			var g storage.Grant
			if err := scanGrant(&g)(r); err != nil {
				return err
			}
			ended = append(ended, g)
			return nil
		})
	return ended, err
}

func (s grants) ByPerson(ctx context.Context, personID string, at time.Time) ([]storage.Grant, error) {
	var all []storage.Grant
	_, err := s.c.Do(ctx,
		`SELECT `+grantColumns+` FROM grants WHERE person_id = $1 AND ended_at = 0 AND expires_at > $2`,
		[]any{personID, micros(at)}, func(r Row) error {
			var g storage.Grant
			err := scanGrant(&g)(r)
			all = append(all, g)
			return err
		})
	return all, err
}

// Purge takes any that are over, in no order: sorting would read them all.
func (s grants) Purge(ctx context.Context, before time.Time, limit int) (int64, error) {
	return s.c.Do(ctx,
		`DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE expires_at < $1 OR (ended_at > 0 AND ended_at < $1) LIMIT $2)`,
		[]any{micros(before), int64(limit)}, nil)
}
