// Package audit is the record of who did what, when, to whom, and whether it
// was allowed. It owns the kinds of event, their encoding, the Merkle tree that
// makes a quiet change impossible, and the checks that prove it.
//
// Record writes an event in the caller's transaction: a change and its event
// stand or fall together. The Sequencer gives events their place in the tree
// afterwards, so that writers do not queue on one row, and signs checkpoints
// (C2SP tlog-checkpoint). Verify and VerifyBundle are the auditor's side.
//
// What the tree cannot show is the removal of an event in the second before it
// gets its place, and a rewrite of everything by somebody who holds the
// checkpoint key; checkpoints kept elsewhere answer the latter.
//
// It is not the diagnostic log, and it knows no other service.
package audit
