// Package password is what there is to know of passwords without knowing whose
// they are: hashes, ours and those that other systems made, behind a pool that
// bounds their memory; the rules for a personal password, with a list of common
// ones; and the making of temporary ones.
//
// It is pure but for the pool. Who has which password, and what becomes of a
// failed attempt, is package credential's.
package password
