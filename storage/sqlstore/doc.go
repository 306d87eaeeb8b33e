// Package sqlstore is the durable store's SQL: one text for PostgreSQL and
// SQLite, one file for each record. It speaks to a database through Conn, and
// knows no driver; packages postgres and sqlite implement Conn, open the
// database and classify its errors.
//
// Times are stored as microseconds since 1970 in UTC, 0 for "not set"; lists
// of words (scopes, audiences, methods) as one text with single spaces, which
// none of their members may contain.
package sqlstore
