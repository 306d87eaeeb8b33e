package main

import (
	"net/http"

	"github.com/claviger-id/claviger/oidc/backchannel"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/telemetry"
	"github.com/claviger-id/claviger/storage"
)

// operations is the admin listener without its API: health and metrics.
func (in *installation) operations(metrics *telemetry.Metrics, hasher *password.Hasher, sequencer *audit.Sequencer, logouts *backchannel.Logouts, leaving *outbox.Worker, ephemeral storage.Ephemeral) *http.ServeMux {
	in.outboxMetrics(metrics, leaving)
	metrics.Counter("claviger_password_hashes_total", "Password hashes that were begun.", func() float64 { return float64(hasher.Stats().Computed) })
	metrics.Counter("claviger_password_hashes_refused_total", "Sign-ins that were told to come back because all hashing slots were taken.", func() float64 { return float64(hasher.Stats().Refused) })
	metrics.Gauge("claviger_password_hashes_running", "Password hashes under way.", func() float64 { return float64(hasher.Stats().Running) })
	metrics.Gauge("claviger_audit_behind", "1 while audit events wait longer for their place than they should.", func() float64 {
		if sequencer.Behind() {
			return 1
		}
		return 0
	})
	metrics.Gauge("claviger_logouts_waiting", "Applications that have yet to be told of the end of a session.", func() float64 {
		n, _ := logouts.Waiting()
		return float64(n)
	})
	metrics.Gauge("claviger_logouts_oldest_seconds", "How long the first of them has been waiting.", func() float64 {
		_, age := logouts.Waiting()
		return age.Seconds()
	})
	metrics.Gauge("claviger_logouts_silent", "Applications that are left alone for a while because they do not answer.", func() float64 { return float64(logouts.Silent()) })
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", telemetry.Alive())
	mux.Handle("GET /readyz", telemetry.Ready(in.log,
		telemetry.Check{Name: "durable", Ping: in.store.Ping}, telemetry.Check{Name: "ephemeral", Ping: ephemeral.Ping}))
	mux.Handle("GET /metrics", metrics.Handler())
	return mux
}
