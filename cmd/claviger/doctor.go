package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/config"
	"github.com/claviger-id/claviger/pkg/outbound"
)

// How a check went.
const (
	findingOK      = "ok"
	findingWarning = "warning" // it works, and could be better
	findingFailed  = "failed"
	findingSkipped = "skipped" // there is nothing to check, or no way to
)

// finding is what a check found.
type finding struct {
	Check  string `json:"check"`
	Status string `json:"status"`
	Found  string `json:"found"`
	// Remedy is what to do; empty where there is nothing to do.
	Remedy string `json:"remedy,omitempty"`
}

// doctor collects findings. Checks only look: nothing is written but the lock of the
// embedded files.
type doctor struct {
	in *installation
	// get fetches from the listeners of this installation.
	get *outbound.Client
	// addresses are those of this machine at which no operator's listener may answer.
	addresses []netip.Addr
	findings  []finding
}

func (d *doctor) found(check, status, found, remedy string) {
	d.findings = append(d.findings, finding{check, status, found, remedy})
}

func (p *program) doctorCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what is wrong with an installation, and say what to do",
		Long: `Checks the configuration, files, TLS, listeners, the clock, the databases, the keys,
the mail relay, the schema, what a password hash costs, and whether applications can
be told of the end of sessions and subscriptions of events, beside a running server
or without one, and changes nothing. Each line is ok, a warning, failed, or skipped;
with a remedy below where there is something to do. Exit code 1 says that a check
failed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			addresses, err := outsideAddresses()
			if err != nil {
				return err
			}
			findings := p.examine(cmd.Context(), addresses)
			if err := p.printFindings(findings, asJSON); err != nil {
				return err
			}
			failed := 0
			for _, f := range findings {
				if f.Status == findingFailed {
					failed++
				}
			}
			if failed > 0 {
				return errors.New(plural(failed, "check", "checks") + " failed")
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// outsideAddresses are the addresses of this machine that others can reach.
func outsideAddresses() ([]netip.Addr, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var outside []netip.Addr
	for _, a := range all {
		prefix, err := netip.ParsePrefix(a.String())
		if err == nil && !prefix.Addr().IsLoopback() && !prefix.Addr().IsLinkLocalUnicast() {
			outside = append(outside, prefix.Addr().Unmap())
		}
	}
	return outside, nil
}

// examine runs every check that can be run.
func (p *program) examine(ctx context.Context, addresses []netip.Addr) []finding {
	d := &doctor{addresses: addresses}
	c, err := p.load()
	if err != nil {
		var problems config.Problems
		if errors.As(err, &problems) {
			for _, one := range problems {
				d.found("configuration", findingFailed, fmt.Sprint(one), "correct it; deploy/config/embedded.toml shows every key")
			}
		} else {
			d.found("configuration", findingFailed, err.Error(), "name the file with --config or CLAVIGER_CONFIG")
		}
		return d.findings
	}
	d.in = p.unopened(c)
	d.in.unmigrated = true
	wrong := append(d.in.wrongValues(), d.in.wrongFiles()...)
	for _, one := range wrong {
		d.found("configuration", findingFailed, one, "correct it: the server does not start")
	}
	if len(wrong) == 0 {
		d.found("configuration", findingOK, "every key is known, every value possible, and every file that is named can be used", "")
	}
	// What is asked are this installation's own addresses, wherever they are.
	d.get = outbound.New(outbound.Options{Allow: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}, InsecurePlaintext: true})
	d.tls()
	d.listeners(ctx)
	d.files()
	d.brand()
	d.kernelClock()
	d.hashing(ctx)
	d.mail(ctx)
	d.ephemeral(ctx)
	d.durable(ctx)
	return d.findings
}

// printFindings prints a line for each, and below it what to do.
func (p *program) printFindings(findings []finding, asJSON bool) error {
	if asJSON {
		return printTable(p.stdout, true, findings, "", nil)
	}
	paint := newPaint(p.stdout)
	for _, f := range findings {
		word := map[string]string{
			findingOK: paint.good("ok     "), findingWarning: paint.warn("warning"), findingFailed: paint.bad("FAILED "), findingSkipped: paint.dim("skipped"),
		}[f.Status]
		if _, err := fmt.Fprintf(p.stdout, "%s  %-13s  %s\n", word, f.Check, cells(f.Found)); err != nil {
			return err
		}
		if f.Remedy != "" {
			if _, err := fmt.Fprintf(p.stdout, "         %-13s  → %s\n", "", cells(f.Remedy)); err != nil {
				return err
			}
		}
	}
	return nil
}
