package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/storage"
)

func (p *program) auditExportCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "export [--out FILE]",
		Short: "Write the audit log as a file that anybody can check",
		Long: `Signs a checkpoint over the audit log and writes the log up to there as NDJSON: a
header, the checkpoints, the entries. Check it anywhere with claviger audit verify
--bundle. That the log was handed out, and how much of it, is recorded in it, after
what is in the file.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return p.export(cmd.Context(), p.stdout)
			}
			f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // the operator names the file
			if err != nil {
				return err
			}
			return errors.Join(p.export(cmd.Context(), f), f.Sync(), f.Close())
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "`file` to write; standard output without it")
	selects(cmd, "out")
	return cmd
}

// export hands out the log, and records that first: nothing leaves without a trace.
func (p *program) export(ctx context.Context, w io.Writer) error {
	return p.logged(ctx, false, func(in *installation, key keys.AuditKey, sequencer *audit.Sequencer) error {
		// Nothing that happened until now is missing. A log that was altered gets no new
		// checkpoint, and can be handed out all the same: it is evidence of that.
		unsigned := sequencer.Finish(ctx)
		size, err := audit.Signed(ctx, in.store)
		if err != nil {
			return err
		}
		if err := in.store.Tx(ctx, func(tx storage.Tx) error {
			e := audit.Query{}.Looked(audit.AuditExported, int(size), operator())
			e.Detail["format"] = "ndjson"
			return audit.Record(ctx, tx, e)
		}); err != nil {
			return err
		}
		err = audit.Export(ctx, in.store, key.Verifier, size, w)
		placed := sequencer.Finish(context.WithoutCancel(ctx))
		if unsigned != nil { // it says the same as the second time
			placed = unsigned
		}
		return errors.Join(err, placed)
	})
}
