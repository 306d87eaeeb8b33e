package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlstore"
)

func (p *program) migrateUpCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "up [--dry-run]",
		Short: "Take the steps of the schema that are pending",
		Long: `Takes the steps that the database needs for this version of claviger, each in a
transaction of its own, and records it in the audit log. claviger serve does the same
when it starts, unless the database is so large that tables could not be used for a
while; this is for doing it before, or with a database role that may make
tables while the server's may not. Make a backup first: there is no way back.

--dry-run prints the SQL of each step and changes nothing.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			return p.withSchema(ctx, func(in *installation, s schema) error {
				pending, err := s.Pending(ctx)
				if err != nil {
					return explainOpen("the database", err)
				}
				if len(pending) == 0 {
					_, err := fmt.Fprintln(p.stdout, "the schema is that of this version")
					return err
				}
				if dryRun {
					for _, m := range pending {
						if _, err := fmt.Fprintf(p.stdout, "-- step %d, %s\n%s\n", m.Number, m.Name, m.SQL); err != nil {
							return err
						}
					}
					return nil
				}
				if file := in.files[durableFile]; file != nil && file.Attached() {
					return errors.New("a server has the database; it is stopped first")
				}
				if err := s.Migrate(ctx); err != nil {
					return err
				}
				if err := in.recordMigration(ctx, pending); err != nil {
					return fmt.Errorf("the steps were taken, and could not be recorded: %w", err)
				}
				_, err = fmt.Fprintf(p.stdout, "took %s\n", plural(len(pending), "step", "steps"))
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print the SQL of what is pending, and change nothing")
	return cmd
}

// recordMigration leaves an event of the steps that were taken.
func (in *installation) recordMigration(ctx context.Context, taken []sqlstore.Migration) error {
	if err := in.openKeyring(ctx, true); err != nil { // nobody may have been here yet
		return err
	}
	key, err := keys.OpenAuditKey(ctx, in.store, in.keyring)
	if err != nil {
		return err
	}
	err = in.store.Tx(ctx, func(tx storage.Tx) error {
		return audit.Record(ctx, tx, audit.Event{
			Kind: audit.InstallationMigrated, Outcome: audit.OutcomeAllow, Actor: operator(),
			Detail: map[string]string{"from": fmt.Sprint(taken[0].Number - 1), "to": fmt.Sprint(taken[len(taken)-1].Number)},
		})
	})
	sequencer := &audit.Sequencer{Store: in.store, Signer: key.Signer, Log: in.log}
	return errors.Join(err, sequencer.Finish(context.WithoutCancel(ctx)))
}
