package embedded

import (
	"context"
	"time"

	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

// joined notes that applications take part in a session, which Page finds by them.
func joined(ctx context.Context, tx *sqlite.Tx, record storage.Session, clientIDs []string) error {
	for _, id := range clientIDs {
		if _, err := tx.Do(ctx, `INSERT INTO session_client (client_id, created_at, session_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
			[]any{id, record.CreatedAt.UnixMicro(), record.ID}, nil); err != nil {
			return err
		}
	}
	return nil
}

// left takes back what joined noted of a session that is gone.
func left(ctx context.Context, tx *sqlite.Tx, record storage.Session) error {
	for _, id := range record.Clients {
		if _, err := tx.Do(ctx, `DELETE FROM session_client WHERE client_id = $1 AND created_at = $2 AND session_id = $3`,
			[]any{id, record.CreatedAt.UnixMicro(), record.ID}, nil); err != nil {
			return err
		}
	}
	return nil
}

// Page reads one more than it looks at, to learn whether it comes to the end. The dead are
// left out afterwards: the database would look for others in their place.
func (s sessions) Page(ctx context.Context, clientID string, after storage.SessionPlace, at time.Time, limit int) ([]storage.Session, storage.SessionPlace, error) {
	from, id := int64(0), ""
	if !after.IsZero() {
		from, id = after.CreatedAt.UnixMicro(), after.ID
	}
	sql, args := `SELECT record FROM session WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3`, []any{from, id, int64(limit + 1)}
	if clientID != "" {
		sql = `SELECT s.record FROM session_client c JOIN session s ON s.id = c.session_id
WHERE c.client_id = $1 AND (c.created_at, c.session_id) > ($2, $3) ORDER BY c.created_at, c.session_id LIMIT $4`
		args = append([]any{clientID}, args...)
	}
	var seen []storage.Session
	if err := s.file.Read(ctx, func(tx *sqlite.Tx) (err error) {
		seen, err = querySessions(ctx, tx, sql, args...)
		return err
	}); err != nil {
		return nil, storage.SessionPlace{}, err
	}
	var last storage.SessionPlace
	if len(seen) > limit {
		seen = seen[:limit]
		last = seen[limit-1].Place()
	}
	var found []storage.Session
	for _, one := range seen {
		if one.Alive(at) {
			found = append(found, one)
		}
	}
	return found, last, nil
}
