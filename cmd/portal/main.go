// Command portal is a sample relying application: the portal of an invented
// provider network, for clinicians who sign in with Claviger or with any other
// OpenID Provider. It shows what such an application has to do and how little
// that is with pkg/relying, the only package of this module that it imports.
//
// Four files are worth reading in this order: portal.go puts it together,
// routes.go has its addresses, home.go the page behind the sign-in, words.go
// what the claims mean in plain words.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stderr)
	stop()
	os.Exit(code)
}

// options are the command line. Each flag can be given as an environment
// variable too: --client-id as PORTAL_CLIENT_ID.
type options struct {
	listen       string
	url          string
	issuer       string
	clientID     string
	clientSecret string
	idle         time.Duration
}

func run(ctx context.Context, args []string, getenv func(string) string, stderr io.Writer) int {
	o, err := parse(args, getenv, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "portal:", err)
		return 2
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	if err := serve(ctx, o, log); err != nil {
		_, _ = fmt.Fprintln(stderr, "portal:", err)
		return 1
	}
	return 0
}

func parse(args []string, getenv func(string) string, stderr io.Writer) (options, error) {
	var o options
	var secretFile string
	flags := flag.NewFlagSet("portal", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		_, _ = fmt.Fprintf(stderr, "A sample portal that lets people sign in with an OpenID Provider.\n\nUsage: portal [flags]\n\n")
		flags.PrintDefaults()
	}
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8090", "`address` to listen on")
	flags.StringVar(&o.url, "url", "http://localhost:8090", "`address` under which browsers reach the portal")
	flags.StringVar(&o.issuer, "issuer", "http://localhost:8080", "the provider's issuer `URL`")
	flags.StringVar(&o.clientID, "client-id", "portal", "the portal's `name` at the provider")
	flags.StringVar(&secretFile, "client-secret-file", "", "`file` with the portal's secret; none for a public client")
	flags.DurationVar(&o.idle, "idle", 15*time.Minute, "sign out after this `time` without activity")
	var wrong error
	flags.VisitAll(func(f *flag.Flag) {
		name := "PORTAL_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if value := getenv(name); value != "" {
			if err := flags.Set(f.Name, value); err != nil {
				wrong = errors.Join(wrong, fmt.Errorf("%s: %w", name, err))
			}
		}
	})
	if wrong != nil {
		return options{}, wrong
	}
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.idle <= 0 {
		return options{}, errors.New("--idle must be more than nothing")
	}
	o.url = strings.TrimSuffix(o.url, "/")
	if secretFile != "" {
		secret, err := os.ReadFile(secretFile) //nolint:gosec // the operator names the file
		if err != nil {
			return options{}, fmt.Errorf("client secret: %w", err)
		}
		o.clientSecret = strings.TrimSpace(string(secret))
	}
	return o, nil
}

func serve(ctx context.Context, o options, log *slog.Logger) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return err
	}
	portal, err := newPortal(ctx, o, log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{
		Handler:           portal.routes(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	log.Info("listening", "address", listener.Addr().String(), "url", o.url)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return server.Shutdown(drain)
}
