package sqlstore

import (
	"context"
	"fmt"

	"github.com/claviger-id/claviger/storage"
)

type consents struct{ c Conn }

var _ storage.Consents = consents{}

func (s consents) Get(ctx context.Context, personID, clientID string) (storage.Consent, error) {
	c := storage.Consent{PersonID: personID, ClientID: clientID}
	err := find(ctx, s.c, `SELECT scopes, granted_at FROM consent WHERE person_id = $1 AND client_id = $2`, []any{personID, clientID},
		func(r Row) error {
			var scopes string
			var at int64
			err := r.Scan(&scopes, &at)
			c.Scopes, c.GrantedAt = list(scopes), moment(at)
			return err
		})
	if err != nil {
		return storage.Consent{}, err
	}
	return c, nil
}

func (s consents) ByPerson(ctx context.Context, personID string) ([]storage.Consent, error) {
	var all []storage.Consent
	_, err := s.c.Do(ctx, `SELECT client_id, scopes, granted_at FROM consent WHERE person_id = $1 ORDER BY client_id`, []any{personID},
		func(r Row) error {
			c := storage.Consent{PersonID: personID}
			var scopes string
			var at int64
			err := r.Scan(&c.ClientID, &scopes, &at)
			c.Scopes, c.GrantedAt = list(scopes), moment(at)
			all = append(all, c)
			return err
		})
	return all, err
}

func (s consents) Put(ctx context.Context, c storage.Consent) error {
	scopes, err := words(c.Scopes)
	if err != nil {
		return fmt.Errorf("consent: %w", err)
	}
	return s.c.Later(ctx,
		`INSERT INTO consent (person_id, client_id, scopes, granted_at) VALUES ($1, $2, $3, $4)
		 ON CONFLICT (person_id, client_id) DO UPDATE SET scopes = excluded.scopes, granted_at = excluded.granted_at`,
		c.PersonID, c.ClientID, scopes, micros(c.GrantedAt))
}

func (s consents) Remove(ctx context.Context, personID, clientID string) (bool, error) {
	n, err := s.c.Do(ctx, `DELETE FROM consent WHERE person_id = $1 AND client_id = $2`, []any{personID, clientID}, nil)
	return n > 0, err
}
