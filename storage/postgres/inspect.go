package postgres

import (
	"context"
	"time"
)

// Role is what the database says of the role that we connect as.
type Role struct {
	Name    string
	Version string
	// Superuser says that the role may do anything, in every database.
	Superuser bool
	// Encrypted says that the connection is TLS.
	Encrypted bool
	// MayMigrate says that the role can make tables.
	MayMigrate bool
	// Lacking are the tables that it cannot read and write.
	Lacking []string
	// Now is the clock of the server.
	Now time.Time
}

// Inspect asks what the role may do.
func (s *Store) Inspect(ctx context.Context) (Role, error) {
	var r Role
	err := s.pool.QueryRow(ctx, `SELECT current_user, current_setting('server_version'),
		(SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
		coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false),
		coalesce(has_schema_privilege(current_schema(), 'CREATE'), false),
		coalesce((SELECT array_agg(tablename::text ORDER BY tablename) FROM pg_tables WHERE schemaname = current_schema()
			AND NOT (has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), 'SELECT')
				AND has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), 'INSERT')
				AND has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), 'UPDATE')
				AND has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), 'DELETE'))), '{}'),
		clock_timestamp()`).
		Scan(&r.Name, &r.Version, &r.Superuser, &r.Encrypted, &r.MayMigrate, &r.Lacking, &r.Now)
	if err != nil {
		return Role{}, classify(err)
	}
	return r, nil
}
