package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// options are what can be said on the command line.
type options struct {
	claviger string // the program
	dir      string // what the instance keeps, made anew each time
	out      string // where the suite's configuration files go
	listen   string
	issuer   string
	suite    string // base address of the suite, no slash at the end
	suiteCA  string // PEM file with the authority of the suite's certificate
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var o options
	f := flag.NewFlagSet("conformance", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.claviger, "claviger", "bin/claviger", "the program")
	f.StringVar(&o.dir, "dir", ".run/conformance", "`directory` of the instance, made anew each time")
	f.StringVar(&o.out, "out", "deploy/conformance", "`directory` for the suite's configuration files")
	f.StringVar(&o.listen, "listen", "127.0.0.1:9443", "`address` to listen on")
	f.StringVar(&o.issuer, "issuer", "https://localhost:9443", "issuer")
	f.StringVar(&o.suite, "suite", "https://localhost.emobix.co.uk:8443", "base `address` of the suite")
	f.StringVar(&o.suiteCA, "suite-ca", "", "PEM `file` with the authority of the suite's certificate, for logout tokens")
	if err := f.Parse(args); err != nil {
		return err
	}
	return o.run(ctx, stdout, stderr)
}

// run prepares everything and serves until ctx ends.
func (o options) run(ctx context.Context, stdout, stderr io.Writer) error {
	in := &instance{options: o, stderr: stderr, now: time.Now}
	if err := in.prepare(ctx); err != nil {
		return err
	}
	server, err := in.start(ctx)
	if err != nil {
		return err
	}
	err = in.finish(ctx)
	if err != nil {
		stopped := server.stop()
		return errors.Join(err, stopped)
	}
	files, _ := filepath.Glob(filepath.Join(o.out, "*.json"))
	_, _ = fmt.Fprintf(stdout, "\n%s is ready for the conformance suite.\nIts certificate is vouched for by %s.\nConfigurations for the suite:\n", o.issuer, in.path("ca.crt"))
	for _, name := range files {
		_, _ = fmt.Fprintf(stdout, "  %s\n", name)
	}
	_, _ = fmt.Fprintf(stdout, "User ID %s, password %q. Ctrl-C stops it.\n", in.person.UserID, password)
	if err := server.wait(); ctx.Err() == nil {
		return err
	}
	return nil // somebody asked for the end
}
