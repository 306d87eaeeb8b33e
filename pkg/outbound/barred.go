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
// nothing is said of it. Nothing is connected to. Which address a name has is not said:
// whoever may register an application does not learn from it what the network has inside.
func (c *Client) Barred(ctx context.Context, address string) string {
	why, _ := c.barred(ctx, address)
	return why
}

// BarredAt is Barred for who runs the installation: it says the address of a name, too.
func (c *Client) BarredAt(ctx context.Context, address string) string {
	why, at := c.barred(ctx, address)
	if at.IsValid() {
		return why + ": " + at.String()
	}
	return why
}

func (c *Client) barred(ctx context.Context, address string) (why string, at netip.Addr) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return "", at
	}
	host := u.Hostname()
	if u.Scheme == "http" {
		if c.plainAllowed(host) {
			return "", at
		}
		if ThisMachine(host) {
			return host + " is in no network of outbound.allow", at
		}
		return "plain http is for this machine alone, by its loopback address or as localhost, and " + host + " is another one: use https", at
	}
	if a, err := netip.ParseAddr(host); err == nil {
		if public(a) || c.allowed(a) {
			return "", at
		}
		return host + " is not a public address, and in no network of outbound.allow", at
	}
	ctx, cancel := context.WithTimeout(ctx, nameTime)
	defer cancel()
	all, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return "", at
	}
	for _, a := range all {
		if !public(a) && !c.allowed(a) {
			return host + " has an address that is not public, and in no network of outbound.allow", a.Unmap()
		}
	}
	return "", at
}
