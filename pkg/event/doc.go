// Package event tells others of what happened: signed webhooks (Standard Webhooks) for
// events of the life of accounts and of security.
//
// The audit log is where an event is written down in the transaction of its change.
// From there a worker hands it on, in the order of the log and exactly once, to the
// outbox of each subscription, whose workers deliver it; see packages audit and outbox.
// What is told are ids, never a name or a secret.
package event
