// Package secret makes random tokens and their hashes, seals columns, and
// computes blind indexes.
//
// There are two levels of key. The Root stands in a file (or comes from a key
// service) and never in a database; it wraps the Keyring, a random master that
// is kept wrapped in the durable store, and the key of the embedded files. All
// working keys are derived from the master with HKDF-SHA-256 (RFC 5869), one
// for each purpose, so that no key serves two. Replacing the root re-wraps the
// master and leaves every sealed column and blind index valid.
//
// What people choose is hashed by package password, not here.
package secret
