package web

import "net/http"

// hsts is two years, for all hosts below, fit for preloading (RFC 6797).
const hsts = "max-age=63072000; includeSubDomains; preload"

// permissions switches off what no page of ours uses.
const permissions = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), " +
	"fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), " +
	"picture-in-picture=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()"

// bothHeaders are the defaults of every answer. A handler that may be cached
// sets Cache-Control again.
func bothHeaders(h http.Header, secure bool) {
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	if secure {
		h.Set("Strict-Transport-Security", hsts)
	}
}

// browserHeaders are the defaults of pages. The content security policy is
// added when the header is written.
func browserHeaders(h http.Header, secure bool) {
	bothHeaders(h, secure)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", permissions)
	h.Set("X-Frame-Options", "DENY") // for browsers older than frame-ancestors
}

// apiHeaders are the defaults of answers to programs. They are documents, not
// pages: a browser that shows one runs and frames nothing.
func apiHeaders(h http.Header, secure bool) {
	bothHeaders(h, secure)
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// openHeaders let scripts of any origin read an answer. No cookie is read on
// the API edge and credentials are not allowed here, so this gives a script
// nothing that a program elsewhere could not have.
func openHeaders(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After, X-Request-Id")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// originHeaders let scripts of one origin read an answer, as openHeaders do of
// all.
func originHeaders(h http.Header, origin string, allowed func(string) bool) {
	h.Set("Vary", "Origin")
	if origin == "" || !allowed(origin) {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "WWW-Authenticate, DPoP-Nonce, Retry-After, X-Request-Id")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// preflight answers the question that browsers ask before a request of another
// origin (Fetch, CORS-preflight).
func preflight(methods string) Handler {
	return func(w http.ResponseWriter, _ *http.Request) error {
		h := w.Header()
		h.Set("Access-Control-Allow-Methods", methods)
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, DPoP")
		h.Set("Access-Control-Max-Age", "7200")
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}
