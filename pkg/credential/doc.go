// Package credential owns what people prove themselves with: it verifies,
// issues and replaces passwords, and slows down those who guess.
//
// A failed sign-in says one thing to whoever tried, whatever was wrong, and
// costs one hash, whatever was wrong; the audit log says what it was. The
// pure parts (hashing, policy, arithmetic of delays) are packages password and
// limit; sessions begin elsewhere, after every step is done.
package credential
