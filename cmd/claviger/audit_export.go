package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/keys"
)

func (p *program) auditExportCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "export [--out FILE]",
		Short: "Write the audit log as a file that anybody can check",
		Long: `Writes the audit log up to its newest checkpoint as NDJSON: a header, the
checkpoints, the entries. Check it anywhere with claviger audit verify --bundle.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			in, err := p.open(ctx, false)
			if err != nil {
				return err
			}
			defer func() { _ = in.close() }()
			key, err := keys.OpenAuditKey(ctx, in.store, in.keyring)
			if err != nil {
				return err
			}
			if out == "" {
				return audit.Export(ctx, in.store, key.Verifier, p.stdout)
			}
			f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // the operator names the file
			if err != nil {
				return err
			}
			return errors.Join(audit.Export(ctx, in.store, key.Verifier, f), f.Sync(), f.Close())
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "`file` to write; standard output without it")
	return cmd
}
