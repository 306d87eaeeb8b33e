package web

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/claviger-id/claviger/pkg/secret"
)

// policy is the content security policy of one page (CSP Level 3). It begins
// with nothing allowed but our own style sheet, images and forms.
type policy struct {
	nonce   string
	targets []string // where a form's redirects may lead, besides ourselves
	frames  []string // what may be shown in frames
}

// String is the header's value.
func (p *policy) String() string {
	var b strings.Builder
	b.WriteString("default-src 'none'; style-src 'self'; img-src 'self' data:; ")
	if p.nonce != "" {
		b.WriteString("script-src 'nonce-" + p.nonce + "'; ")
	}
	if len(p.frames) > 0 {
		b.WriteString("frame-src " + strings.Join(p.frames, " ") + "; ")
	}
	b.WriteString("form-action 'self'")
	for _, t := range p.targets {
		b.WriteString(" " + t)
	}
	b.WriteString("; base-uri 'none'; frame-ancestors 'none'")
	return b.String()
}

// policyKey finds the policy of the page in a request's context: templates get
// a context, not a writer.
type policyKey struct{}

// Nonce returns the nonce of the page being made and allows scripts that carry
// it. Pages that do not ask allow no script at all. It is empty on the API
// edge.
func Nonce(ctx context.Context) string {
	p, _ := ctx.Value(policyKey{}).(*policy)
	if p == nil {
		return ""
	}
	if p.nonce == "" {
		p.nonce = secret.NewID()
	}
	return p.nonce
}

// AllowFormAction lets forms of the page being made end at the origin of the
// given address. Chromium holds every redirect that answers a form against
// form-action, so a page whose form leads, some redirects later, back to an
// application must name that application. An address that names no origin is
// ignored.
func AllowFormAction(w http.ResponseWriter, address string) {
	own := find(w)
	if own == nil || own.policy == nil {
		return
	}
	if source, ok := formSource(address); ok {
		own.policy.targets = append(own.policy.targets, source)
	}
}

// AllowFrame lets the page being made show frames of the origin of the given
// address. An address that names no web origin is ignored, and its frame stays
// empty.
func AllowFrame(w http.ResponseWriter, address string) {
	own := find(w)
	if own == nil || own.policy == nil {
		return
	}
	if source, ok := formSource(address); ok && strings.Contains(source, "://") && !slices.Contains(own.policy.frames, source) {
		own.policy.frames = append(own.policy.frames, source)
	}
}

// formSource is the CSP source expression (CSP Level 3 section 2.3.1) for the
// origin of an address. Its grammar knows host names and IPv4 addresses only:
// IPv6 hosts and the private-use schemes of native applications (RFC 8252
// section 7.1) are named by their scheme.
func formSource(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || !plain(u.Scheme) {
		return "", false
	}
	scheme := strings.ToLower(u.Scheme)
	switch scheme {
	case "http", "https":
		host := strings.ToLower(u.Hostname())
		if ip, err := netip.ParseAddr(host); err == nil && !ip.Is4() {
			return scheme + ":", true
		}
		if !plain(host) {
			return "", false
		}
		if port := u.Port(); port != "" {
			host += ":" + port
		}
		return scheme + "://" + host, true
	case "javascript", "data", "blob", "filesystem", "about", "view-source":
		return "", false
	}
	return scheme + ":", true
}

// plain says that s can stand in a policy without changing its meaning.
func plain(s string) bool {
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '+':
		default:
			return false
		}
	}
	return s != ""
}
