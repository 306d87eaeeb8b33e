// Package storage holds the records that Claviger keeps and the contracts of
// the two stores that keep them.
//
// The durable store (Store) holds everything that must survive: people,
// passwords, clients, grants, signing keys and the audit log. PostgreSQL and
// an encrypted SQLite file implement it through package sqlstore.
//
// The ephemeral store (Ephemeral) holds what has a deadline: sessions,
// interactions, authorization codes, marks and attempt counts. Redis and an
// embedded file implement it. Losing it means that people sign in again,
// never that somebody gets in.
//
// The package imports nothing of ours and no driver. What is sealed here
// (personal data, verifiers, private keys) was sealed by a service above;
// a backend never sees a key. Every backend runs the suite in storagetest.
//
// Times are UTC, truncated to microseconds; a backend stores and returns them
// so. The zero time means "not set" everywhere.
package storage
