package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/pkg/secret"
)

// requestTimeout bounds the work on one request. It is longer than any wait of
// a service and shorter than the server's write timeout, so that whoever waits
// still gets an answer.
const requestTimeout = 20 * time.Second

// edge is what all routes of a mux share.
type edge struct {
	name    string
	log     *slog.Logger
	now     func() time.Time
	fault   Fault
	proxies Proxies
	observe Observe
	secure  bool
	browser bool
	guard   *http.CrossOriginProtection // browser only
}

// serve wraps a route: identity, headers, limits, the handler, its error, its
// panic, and one record in the access log.
func (e edge) serve(route Route) http.Handler {
	limit := route.MaxBody
	if limit == 0 {
		limit = defaultMaxBody
	}
	// The values are shared by all answers: to set a header replaces its value,
	// and to add to one copies it, since each has no room to grow.
	defaults := e.headers(route)
	return http.HandlerFunc(func(original http.ResponseWriter, r *http.Request) {
		began := e.now()
		w := &response{ResponseWriter: original}
		info := request.Info{
			// The id is always our own: one that came from outside could be
			// made to collide or to forge log lines.
			ID:        secret.NewID(),
			Address:   e.proxies.Address(r),
			UserAgent: cut(r.UserAgent(), 256),
		}
		ctx, cancel := context.WithTimeout(request.With(r.Context(), info), requestTimeout)
		defer cancel()
		h := w.Header()
		maps.Copy(h, defaults)
		h.Set("X-Request-Id", info.ID)
		if route.Origins != nil {
			originHeaders(h, r.Header.Get("Origin"), route.Origins)
		}
		if e.browser {
			w.policy = &policy{}
			ctx = context.WithValue(ctx, policyKey{}, w.policy)
		}
		handled := r.WithContext(ctx)
		if r.Body != nil && r.Body != http.NoBody {
			// MaxBytesReader gets the server's own writer: it closes the
			// connection of who sends too much.
			handled.Body = http.MaxBytesReader(original, r.Body, limit)
		}

		err := e.call(w, handled, route)
		broken := errors.Is(err, errBroken)
		if err != nil && w.status == 0 && !broken {
			e.answer(w, handled, err)
		}
		if w.status == 0 && !broken {
			w.WriteHeader(http.StatusOK) // a handler that wrote nothing
		}
		e.record(handled, route, w, info, began, err)
		if broken {
			panic(http.ErrAbortHandler) // half an answer must not look whole
		}
	})
}

func (e edge) headers(route Route) http.Header {
	h := http.Header{}
	if e.browser {
		browserHeaders(h, e.secure)
		return h
	}
	apiHeaders(h, e.secure)
	if route.CORS {
		openHeaders(h)
	}
	return h
}

// errBroken marks an answer that was given up after it had begun.
var errBroken = errors.New("web: the answer was given up")

// call runs the handler behind the guard and turns a panic into an error.
func (e edge) call(w *response, r *http.Request, route Route) (err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler { //nolint:errorlint // a sentinel that net/http compares in the same way
			err = errBroken
			return
		}
		err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		if w.status != 0 {
			err = fmt.Errorf("%w: %w", errBroken, err)
		}
	}()
	if e.guard != nil && !route.CrossOrigin {
		if err := e.guard.Check(r); err != nil {
			return refuse(http.StatusForbidden, problem.Denied,
				"This form was sent from another site, or by a browser too old to say where it came from.", err)
		}
	}
	return route.Handler(w, r)
}

// answer lets the edge's Fault write the error; should that panic as well, the
// bare status is all there is.
func (e edge) answer(w *response, r *http.Request, err error) {
	defer func() {
		if v := recover(); v != nil {
			e.log.ErrorContext(r.Context(), "the error could not be written", "panic", fmt.Sprint(v))
			if w.status == 0 {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}
	}()
	e.fault(w, r, err)
}
