package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/keys"
)

func (p *program) auditVerifyCommand() *cobra.Command {
	var (
		bundle, key string
		checkpoints []string
		asJSON      bool
	)
	cmd := &cobra.Command{
		Use:   "verify [--bundle FILE --key KEY] [--checkpoint FILE]...",
		Short: "Check that nothing in the audit log was changed",
		Long: `Checks every entry of the audit log against its Merkle tree, and the tree
against every signed checkpoint. The first entry that is wrong is named.

Without --bundle it checks the installation itself, beside a running server or
without one. With --bundle it checks an exported file and needs no installation;
--key is the log's public key as you noted it when
the log was young (claviger audit key). A --checkpoint that was kept elsewhere
shows whether an older copy was put in the log's place.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			outside, err := readCheckpoints(checkpoints)
			if err != nil {
				return err
			}
			var report audit.Report
			if bundle != "" {
				report, err = verifyBundle(bundle, key, outside)
			} else {
				report, err = p.verifyInstallation(cmd.Context(), outside)
			}
			if err != nil {
				var fault *audit.Fault
				if errors.As(err, &fault) {
					return fmt.Errorf("the audit log was changed: %w", fault)
				}
				return err
			}
			return p.printReport(report, bundle != "", asJSON)
		},
	}
	cmd.Flags().StringVar(&bundle, "bundle", "", "exported `file` to check instead of the installation")
	cmd.Flags().StringVar(&key, "key", "", "public `key` of the log, for --bundle")
	cmd.Flags().StringArrayVar(&checkpoints, "checkpoint", nil, "checkpoint `file` that was kept elsewhere; may be repeated")
	selects(cmd, "bundle", "key", "checkpoint")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// maxCheckpoint bounds a checkpoint file, in bytes.
const maxCheckpoint = 64 << 10

func readCheckpoints(paths []string) ([][]byte, error) {
	var all [][]byte
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if info.Size() > maxCheckpoint {
			return nil, fmt.Errorf("%s is too large for a checkpoint", path)
		}
		text, err := os.ReadFile(path) //nolint:gosec // the operator names the file
		if err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, nil
}

func (p *program) verifyInstallation(ctx context.Context, outside [][]byte) (audit.Report, error) {
	in, err := p.open(ctx, false)
	if err != nil {
		return audit.Report{}, err
	}
	defer func() { _ = in.close() }()
	key, err := keys.OpenAuditKey(ctx, in.store, in.keyring)
	if err != nil {
		return audit.Report{}, err
	}
	verifier, err := note.NewVerifier(key.Verifier)
	if err != nil {
		return audit.Report{}, err
	}
	return audit.Verify(ctx, in.store, verifier, outside...)
}

func verifyBundle(path, key string, outside [][]byte) (audit.Report, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return audit.Report{}, err
	}
	defer func() { _ = f.Close() }()
	var trusted note.Verifier
	if key != "" {
		if trusted, err = note.NewVerifier(key); err != nil {
			return audit.Report{}, usageError{errors.New("--key is no key of an audit log")}
		}
	}
	return audit.VerifyBundle(f, trusted, outside...)
}

func (p *program) printReport(r audit.Report, bundle, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(p.stdout).Encode(r)
	}
	waiting := plural(r.Pending, "event waits", "events wait")
	if r.Pending == 1000 {
		waiting = "1000 events or more wait"
	}
	_, err := fmt.Fprintf(p.stdout, "the audit log is sound: %s, %s, the newest covers %s; %s for their place\n",
		plural(r.Size, "entry", "entries"), plural(r.Checkpoints, "checkpoint", "checkpoints"), plural(r.Signed, "entry", "entries"), waiting)
	if bundle && !r.Vouched {
		_, err = fmt.Fprintln(p.stdout, "nobody vouched for the key in the file: give the one that you noted with --key")
	}
	return err
}
