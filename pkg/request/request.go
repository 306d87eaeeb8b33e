// Package request carries what is known of the request being served: the only
// values that Claviger keeps in a context. Package web fills them in; the
// access log and package audit read them.
package request

import (
	"context"
	"net/netip"
)

// Info describes the request being served.
type Info struct {
	// ID names the request in logs, audit events and error pages.
	ID string
	// Address is the client's address after the trusted-proxy rule.
	Address netip.Addr
	// UserAgent is the header as sent, cut to 256 bytes.
	UserAgent string
}

type key struct{}

// With returns a context that carries info.
func With(ctx context.Context, info Info) context.Context {
	return context.WithValue(ctx, key{}, info)
}

// From returns the info in ctx, or the zero Info.
func From(ctx context.Context) Info {
	info, _ := ctx.Value(key{}).(Info)
	return info
}
