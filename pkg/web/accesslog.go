package web

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/request"
)

// statusAborted stands in logs and metrics for an answer that was given up
// before its header was sent.
const statusAborted = 599

// record writes the one record of a request. It holds the path but never the
// query, the form or a header that could carry a secret: codes, tokens, hints
// and passwords travel in those.
func (e edge) record(r *http.Request, route Route, w *response, info request.Info, began time.Time, err error) {
	took := e.now().Sub(began)
	method := knownMethod(r.Method)
	pattern := route.Pattern
	if pattern == "" {
		pattern = "none"
	}
	status := w.status
	if status == 0 {
		status = statusAborted
	}
	if e.observe != nil {
		e.observe(e.name, pattern, method, status, took)
	}
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError || errors.Is(err, errBroken) {
		level = slog.LevelError
	}
	ctx := r.Context()
	if !e.log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("id", info.ID),
		slog.String("edge", e.name),
		slog.String("method", method),
		slog.String("route", pattern),
		slog.String("path", cut(r.URL.Path, 256)),
		slog.Int("status", status),
		slog.Int64("bytes", w.bytes),
		slog.Duration("took", took),
		slog.String("address", info.Address.String()),
		slog.String("agent", info.UserAgent),
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	e.log.LogAttrs(ctx, level, "request", attrs...)
}

// knownMethod keeps made-up methods out of logs and metrics.
func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// cut shortens s to at most n bytes of valid UTF-8.
func cut(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
