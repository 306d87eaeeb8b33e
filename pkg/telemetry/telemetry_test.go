package telemetry_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/telemetry"
)

func get(t *testing.T, h http.Handler) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	return w
}

func TestReadyNamesWhatFailsWithoutSayingWhy(t *testing.T) {
	h := telemetry.Ready(slog.New(slog.DiscardHandler),
		telemetry.Check{Name: "durable", Ping: func(context.Context) error { return nil }},
		telemetry.Check{Name: "ephemeral", Ping: func(context.Context) error { return errors.New("dial 10.1.2.3: refused") }})
	w := get(t, h)
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("status = %d", w.Code)
	}
	if body := w.Body.String(); !strings.Contains(body, `"failed":["ephemeral"]`) || strings.Contains(body, "10.1.2.3") {
		t.Errorf("body = %s", body)
	}
	if w := get(t, telemetry.Ready(slog.New(slog.DiscardHandler))); w.Code != http.StatusOK {
		t.Errorf("without checks: status = %d", w.Code)
	}
	if w := get(t, telemetry.Alive()); w.Code != http.StatusOK {
		t.Errorf("alive: status = %d", w.Code)
	}
}

func TestMetricsHoldNoCallersText(t *testing.T) {
	m := telemetry.NewMetrics()
	m.Request("public", "POST /token", "BREW", 200, 3*time.Millisecond)
	m.Gauge("claviger_test", "A test.", func() float64 { return 42 })
	m.Counter("claviger_test_total", "A test.", func() float64 { return 7 })
	body := get(t, m.Handler()).Body.String()
	for _, want := range []string{
		`claviger_http_request_duration_seconds_count{edge="public",method="other",route="POST /token",status="200"} 1`,
		"claviger_test 42", "claviger_test_total 7", "go_goroutines",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("missing %q", want)
		}
	}
	if strings.Contains(body, "BREW") {
		t.Error("a caller's method became a label")
	}
}
