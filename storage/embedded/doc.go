// Package embedded is the ephemeral store in one encrypted file of its own,
// for an installation of one process. A restart signs nobody out.
//
// A commit survives the death of the process at any moment; after a power
// failure the last moments may be missing, which means that somebody signs in
// again. That is this store's promise, and it makes a write several times
// cheaper than a durable one.
package embedded
