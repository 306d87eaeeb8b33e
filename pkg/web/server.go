package web

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// drain is how long Serve waits for requests under way when it is told to stop.
const drain = 10 * time.Second

// ServerOptions make a server.
type ServerOptions struct {
	Handler http.Handler
	// TLS is nil for plaintext on loopback.
	TLS *tls.Config
	Log *slog.Logger
}

// NewServer returns a server with every limit set. The limits are for answers
// of a few kilobytes over slow lines; nothing here streams.
func NewServer(o ServerOptions) *http.Server {
	return &http.Server{
		Handler:                      o.Handler,
		TLSConfig:                    o.TLS,
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            5 * time.Second,
		ReadTimeout:                  15 * time.Second,
		WriteTimeout:                 30 * time.Second,
		IdleTimeout:                  120 * time.Second,
		MaxHeaderBytes:               32 << 10,
		ErrorLog:                     slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
	}
}

// Serve answers on the listener until ctx ends, then finishes what is under
// way, for at most ten seconds. Requests do not hear of ctx: they run to their
// end. The listener is closed when Serve returns.
func Serve(ctx context.Context, s *http.Server, l net.Listener) error {
	failed := make(chan error, 1)
	go func() {
		if s.TLSConfig != nil {
			failed <- s.ServeTLS(l, "", "")
			return
		}
		failed <- s.Serve(l)
	}()
	select {
	case err := <-failed:
		return fmt.Errorf("web: serve on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	err := s.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.Join(fmt.Errorf("web: requests were still under way after %s", drain), s.Close())
	}
	return err
}
