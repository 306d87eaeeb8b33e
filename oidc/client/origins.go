package client

import (
	"net/url"
	"strings"

	"github.com/claviger-id/claviger/storage"
)

// Origins returns the origins whose scripts a client may consist of, as browsers
// write them (RFC 6454 section 6.1): those that a public client is returned to.
// The scripts of others have a server to speak for them.
func Origins(c storage.Client) []string {
	if !Public(c) {
		return nil
	}
	var origins []string
	for _, uri := range c.RedirectURIs {
		u, err := url.Parse(uri)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" {
			continue
		}
		host := strings.ToLower(u.Host)
		if u.Scheme == "https" {
			host = strings.TrimSuffix(host, ":443")
		} else {
			host = strings.TrimSuffix(host, ":80")
		}
		origins = append(origins, u.Scheme+"://"+host)
	}
	return origins
}
