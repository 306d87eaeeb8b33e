package outbound

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"time"
)

// nameTime is how long it is waited for the addresses of a name.
const nameTime = 2 * time.Second

// Barred says in words why nothing at an address would be reached as the configuration
// is, or "". A name is looked up; one that is not known now may be known later, so that
// nothing is said of it. Nothing is connected to.
func (c *Client) Barred(ctx context.Context, address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	host := u.Hostname()
	if u.Scheme == "http" {
		if c.plainAllowed(host) {
			return ""
		}
		return "plain http goes to networks of outbound.allow only, by address or as localhost, and " + host + " is in none"
	}
	if a, err := netip.ParseAddr(host); err == nil {
		if public(a) || c.allowed(a) {
			return ""
		}
		return host + " is not a public address, and in no network of outbound.allow"
	}
	ctx, cancel := context.WithTimeout(ctx, nameTime)
	defer cancel()
	all, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return ""
	}
	for _, a := range all {
		if !public(a) && !c.allowed(a) {
			return host + " has the address " + a.Unmap().String() + ", which is not public, and in no network of outbound.allow"
		}
	}
	return ""
}
