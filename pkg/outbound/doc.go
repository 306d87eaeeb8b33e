// Package outbound is the one way out: every request that Claviger makes to an
// address which somebody else has chosen (the keys of a client, a sector
// identifier, a logout endpoint) goes through its Client.
//
// It connects to public addresses only, unless a network is allowed by name;
// the check is made on the address that is connected to, after names have been
// resolved and at every redirect, so that no name can point elsewhere in
// between. Time, size and redirects are bounded.
package outbound
