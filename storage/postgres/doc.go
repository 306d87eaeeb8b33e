// Package postgres is the durable store on PostgreSQL 14 or newer, for
// installations of any number of replicas.
//
// It speaks the protocol natively, so that statements are prepared once for a
// connection and several share a round trip: the first statement of a
// transaction travels with BEGIN, writes whose outcome nobody asks for travel
// with COMMIT.
package postgres
