package web

import (
	"net/http"
)

// response is the writer that handlers get. It notes what was written and adds
// the content security policy at the last moment, when the page has said what
// it needs.
type response struct {
	http.ResponseWriter
	policy *policy // nil on the API edge
	status int     // 0 until the header is written
	bytes  int64
}

// Unwrap serves http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader sends the header once.
func (w *response) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	if status >= 100 && status < 200 && status != http.StatusSwitchingProtocols {
		w.ResponseWriter.WriteHeader(status) // informational: the real one follows
		return
	}
	w.status = status
	if w.policy != nil {
		w.Header().Set("Content-Security-Policy", w.policy.String())
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write sends the header first, when it was not sent.
func (w *response) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// find returns the response behind any writers wrapped around it.
func find(w http.ResponseWriter) *response {
	for w != nil {
		if own, ok := w.(*response); ok {
			return own
		}
		wrapper, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return nil
		}
		w = wrapper.Unwrap()
	}
	return nil
}
