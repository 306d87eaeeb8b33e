package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// Proxies are the networks of the reverse proxies in front of us. The zero
// value trusts nobody: the client is whoever opened the connection.
type Proxies struct{ Trusted []netip.Prefix }

// ParseProxies reads networks in CIDR form, or single addresses.
func ParseProxies(networks []string) (Proxies, error) {
	var p Proxies
	for _, text := range networks {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			p.Trusted = append(p.Trusted, prefix.Masked())
			continue
		}
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return Proxies{}, fmt.Errorf("web: %q is neither a network (10.0.0.0/8) nor an address", text)
		}
		p.Trusted = append(p.Trusted, netip.PrefixFrom(addr, addr.BitLen()))
	}
	return p, nil
}

// Address is the client's address: the peer, or, when the peer is a trusted
// proxy, the rightmost hop of X-Forwarded-For that is not. What stands further
// left was written by somebody we do not trust and is never looked at.
func (p Proxies) Address(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	client := tidy(peer.Addr())
	if len(p.Trusted) == 0 {
		return client
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && p.trusts(client); i-- {
		hop, ok := parseHop(strings.TrimSpace(hops[i]))
		if !ok {
			break // a trusted proxy wrote something odd: it is the last we know
		}
		client = hop
	}
	return client
}

func (p Proxies) trusts(a netip.Addr) bool {
	for _, prefix := range p.Trusted {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// parseHop reads an address; some proxies add the port.
func parseHop(s string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return tidy(a), true
	}
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return tidy(ap.Addr()), true
	}
	return netip.Addr{}, false
}

func tidy(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }
