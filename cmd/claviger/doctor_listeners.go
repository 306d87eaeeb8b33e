package main

import (
	"context"
	"encoding/json"
	"net"
	"strings"
)

// operatorsPaths must exist on the admin listener only.
var operatorsPaths = [...]string{"/metrics", "/readyz", "/openapi.json"}

// listeners looks whether what is for operators can be reached from where people
// come: at the issuer, and at the other addresses of this machine.
func (d *doctor) listeners(ctx context.Context) {
	const check = "listeners"
	issuer := strings.TrimSuffix(d.in.config.Public.Issuer, "/")
	document, err := d.get.Get(ctx, issuer+"/.well-known/openid-configuration", "application/json")
	if err != nil {
		d.found(check, findingSkipped, "nobody answers at "+issuer, "start the server, or look at what stands before it, and ask again")
	} else {
		var about struct{ Issuer string }
		if json.Unmarshal(document.Body, &about) != nil || about.Issuer != d.in.config.Public.Issuer {
			d.found(check, findingFailed, "at "+issuer+" answers something that is not this issuer", "lead that address to public.listen")
		}
		exposed := false
		for _, path := range operatorsPaths {
			if _, err := d.get.Get(ctx, issuer+path, ""); err == nil {
				exposed = true
				d.found(check, findingFailed, path+" can be reached at "+issuer, "let the proxy lead to public.listen only, not to admin.listen")
			}
		}
		if !exposed {
			d.found(check, findingOK, "what is for operators is not at "+issuer, "")
		}
	}
	_, port, err := net.SplitHostPort(d.in.config.Admin.Listen)
	if err != nil {
		return // the configuration would have been refused
	}
	reached := false
	for _, a := range d.addresses {
		at := net.JoinHostPort(a.String(), port)
		if _, err := d.get.Get(ctx, "http://"+at+"/readyz", ""); err == nil {
			reached = true
			d.found(check, findingFailed, "the admin listener can be reached at "+at,
				"take away what forwards it; operators come through a tunnel or a proxy of their own that knows them")
		}
	}
	if !reached {
		d.found(check, findingOK, "the admin listener is reached on loopback only", "")
	}
}
