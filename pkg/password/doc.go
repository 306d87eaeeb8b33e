// Package password is what there is to know of passwords without knowing whose
// they are: argon2id hashes in PHC strings behind a pool that bounds their
// memory, the rules for a personal password, and the making of temporary ones.
//
// It is pure but for the pool. Who has which password, and what becomes of a
// failed attempt, is package credential's.
package password
