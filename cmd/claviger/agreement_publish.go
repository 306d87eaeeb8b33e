package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (p *program) agreementPublishCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "publish",
		Short: "Publish the texts that the configuration names",
		Long: `Publishes what agreement.documents of the configuration names and was not
published before, all of it or nothing; claviger serve does the same when it starts.
Nothing of a version that was published changes: with another text, date or grace
period it is refused, and a new version is what is needed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			return p.change(ctx, false, func(in *installation) error {
				s, err := in.agreements(ctx, nil)
				if err != nil {
					return err
				}
				n, err := in.publish(ctx, s, operator())
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stdout, "published: %d of %d\n", n, len(in.config.Agreement.Documents))
				return err
			})
		},
	}
}
