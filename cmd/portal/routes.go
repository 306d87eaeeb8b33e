package main

import (
	"embed"
	"net/http"
	"net/url"
)

//go:embed pages/style.css pages/countdown.js
var static embed.FS

func (p *portal) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.welcome)
	mux.HandleFunc("GET /login", p.app.Login)
	mux.HandleFunc("GET /callback", p.app.Callback)
	mux.Handle("GET /home", p.app.Require(http.HandlerFunc(p.home)))
	mux.Handle("POST /refresh", p.app.Require(http.HandlerFunc(p.refresh)))
	mux.HandleFunc("GET /left", p.left)
	mux.HandleFunc("POST /stay", p.stay)
	mux.HandleFunc("POST /backchannel-logout", p.app.BackchannelLogout)
	mux.HandleFunc("GET /idle", p.idled)
	mux.HandleFunc("POST /logout", p.app.Logout)
	mux.HandleFunc("GET /signed-out", p.signedOut)
	mux.HandleFunc("GET /style.css", asset("pages/style.css", "text/css; charset=utf-8"))
	mux.HandleFunc("GET /countdown.js", asset("pages/countdown.js", "text/javascript; charset=utf-8"))
	mux.HandleFunc("GET /", p.notFound)
	return p.headers(http.NewCrossOriginProtection().Handler(mux))
}

// headers are on every answer. Browsers apply form-action to the redirects
// after a form too, so the provider, where the logout form leads, is in it.
func (p *portal) headers(next http.Handler) http.Handler {
	policy := "default-src 'none'; style-src 'self'; script-src 'self' " + origin(p.app.Provider.Issuer) + "; connect-src 'self'; img-src 'self'; " +
		"base-uri 'none'; frame-ancestors 'none'; form-action 'self' " + origin(p.app.Provider.EndSessionEndpoint)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func asset(name, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "max-age=300")
		http.ServeFileFS(w, r, static, name)
	}
}
