package web

import (
	"log/slog"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/problem"
)

// Handler answers a request, or says why it did not. Once it has begun to
// write it can only be logged that it failed.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Fault writes an error as an answer: the one place of an edge that does. It
// uses Status and problem.From, and shows nothing of an error that is neither.
type Fault func(w http.ResponseWriter, r *http.Request, err error)

// Observe is told of each answered request, for metrics. The route is the
// pattern that matched, or "none".
type Observe func(edge, route, method string, status int, took time.Duration)

// BrowserOptions make the mux of the pages.
type BrowserOptions struct {
	Log   *slog.Logger
	Now   func() time.Time
	Fault Fault
	// Proxies decide whose word about the client's address is believed.
	Proxies Proxies
	// Secure says that the issuer is https: HSTS is sent.
	Secure bool
	// Observe may be nil.
	Observe Observe
}

// APIOptions make the mux of what programs call.
type APIOptions struct {
	Log     *slog.Logger
	Now     func() time.Time
	Fault   Fault
	Proxies Proxies
	// Secure says that the issuer is https: HSTS is sent.
	Secure bool
	// Observe may be nil.
	Observe Observe
}

// Route is one pattern and what is particular about it.
type Route struct {
	// Pattern is "METHOD /path", as for http.ServeMux.
	Pattern string
	Handler Handler
	// MaxBody is the most bytes a body may have; zero means 8 KiB.
	MaxBody int64
	// CrossOrigin lets pages of other origins POST here; on the browser mux
	// only, and only where a specification wants it: OpenID Connect Core
	// section 3.1.2.1 and RP-Initiated Logout section 2 do. What is posted
	// there must be harmless without further consent of the person.
	CrossOrigin bool
	// CORS lets scripts of other origins read the answer, without
	// credentials; on the API mux only.
	CORS bool
	// Origins lets scripts of those origins for which it is true read the answer,
	// without credentials; on the API mux only.
	Origins func(origin string) bool
}

const defaultMaxBody = 8 << 10

// Mux routes the requests of one edge.
type Mux struct {
	edge   edge
	routes *http.ServeMux
	// paths knows every path without its method, to tell 405 from 404.
	paths   *http.ServeMux
	allowed map[string][]string // methods by path pattern
	literal map[string]bool     // path patterns without wildcards
	wild    bool                // there are patterns with wildcards
	missing http.Handler
}

// NewBrowserMux returns a mux whose answers are pages.
func NewBrowserMux(o BrowserOptions) *Mux {
	return newMux(edge{
		name: "browser", log: o.Log, now: o.Now, fault: o.Fault, proxies: o.Proxies, observe: o.Observe,
		secure: o.Secure, browser: true, guard: http.NewCrossOriginProtection(),
	})
}

// NewAPIMux returns a mux whose answers are documents.
func NewAPIMux(o APIOptions) *Mux {
	return newMux(edge{
		name: "api", log: o.Log, now: o.Now, fault: o.Fault, proxies: o.Proxies, observe: o.Observe,
		secure: o.Secure,
	})
}

func newMux(e edge) *Mux {
	m := &Mux{
		edge: e, routes: http.NewServeMux(), paths: http.NewServeMux(),
		allowed: map[string][]string{}, literal: map[string]bool{},
	}
	m.missing = e.serve(Route{Handler: m.miss})
	m.routes.Handle("/", m.missing)
	return m
}

// Handle adds a route with nothing particular about it.
func (m *Mux) Handle(pattern string, h Handler) { m.HandleRoute(Route{Pattern: pattern, Handler: h}) }

// HandleRoute adds a route. Like http.ServeMux it panics on a pattern that is
// malformed or taken: that is a mistake in the program.
func (m *Mux) HandleRoute(r Route) {
	method, where, ok := strings.Cut(r.Pattern, " ")
	if !ok {
		panic("web: a pattern names its method: " + r.Pattern)
	}
	m.routes.Handle(r.Pattern, m.edge.serve(r))
	if _, known := m.allowed[where]; !known {
		m.paths.HandleFunc(where, func(http.ResponseWriter, *http.Request) {})
		if strings.Contains(where, "{") {
			m.wild = true
		} else {
			m.literal[where] = true
		}
	}
	m.allowed[where] = append(m.allowed[where], method)
	if method == http.MethodGet {
		m.allowed[where] = append(m.allowed[where], http.MethodHead)
	}
	if (r.CORS || r.Origins != nil) && !slices.Contains(m.allowed[where], http.MethodOptions) {
		m.HandleRoute(Route{Pattern: "OPTIONS " + where, Handler: preflight("GET, POST"), CORS: r.CORS, Origins: r.Origins})
	}
}

// Patterns returns the routes as "METHOD /path", sorted: the whole surface.
func (m *Mux) Patterns() []string {
	var all []string
	for where, methods := range m.allowed {
		for _, method := range methods {
			all = append(all, method+" "+where)
		}
	}
	slices.Sort(all)
	return all
}

// ServeHTTP answers. An address that is not in its canonical form is not
// found: http.ServeMux would redirect, and take the query along.
func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !canonical(r.URL.Path) {
		m.missing.ServeHTTP(w, r)
		return
	}
	m.routes.ServeHTTP(w, r)
}

func canonical(p string) bool {
	if p == "" || p[0] != '/' {
		return false
	}
	clean := path.Clean(p)
	return clean == p || len(p) > 1 && clean+"/" == p
}

// owns says that the mux has a route at this path, whatever the method.
func (m *Mux) owns(r *http.Request) bool {
	if m.literal[r.URL.Path] {
		return true
	}
	if !m.wild || !canonical(r.URL.Path) {
		return false
	}
	_, pattern := m.paths.Handler(r)
	return pattern != ""
}

// miss answers what no route matched.
func (m *Mux) miss(w http.ResponseWriter, r *http.Request) error {
	if canonical(r.URL.Path) {
		if _, where := m.paths.Handler(r); where != "" {
			methods := slices.Clone(m.allowed[where])
			slices.Sort(methods)
			w.Header().Set("Allow", strings.Join(methods, ", "))
			return refuse(http.StatusMethodNotAllowed, problem.Invalid, "This address does not take that method.", nil)
		}
	}
	return problem.New(problem.NotFound, "There is nothing at this address.")
}

// Join serves two muxes on one listener: what the API knows goes to it, all
// else to the browser mux.
func Join(api, browser *Mux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if api.owns(r) {
			api.ServeHTTP(w, r)
			return
		}
		browser.ServeHTTP(w, r)
	})
}
