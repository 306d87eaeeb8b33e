// Package keys owns the signing keys: their life from creation to removal,
// signing, and the public set (RFC 7517) that relying applications fetch.
//
// A key is published before it signs and stays published after it stopped, so
// that rotation fails nobody's request; lifecycle.go is that arithmetic and
// nothing else. Private keys are stored sealed and live in memory only while
// they may sign or verify. The keys of the audit log's checkpoints are apart
// from those of tokens and are never in the public set.
//
// It knows no protocol: what is signed, and under which header type, is the
// caller's.
package keys
