// Package outbox brings out of the house what has to leave it: mails, calls to
// webhooks, and work that is done apart from the request that asked for it.
//
// A parcel is written in the transaction of the change that it tells of, so that
// there is never one without the other. Workers of any number of replicas take
// parcels under a lease, try, and note what became of it; a worker that is killed
// leaves a lease that runs out. Contents and addresses are sealed, and the content
// goes when the parcel has left.
//
// What a parcel holds and how it is carried is its carrier's: packages mail,
// webhook, event, recovery and session.
package outbox
