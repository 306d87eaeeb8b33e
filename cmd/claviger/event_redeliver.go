package main

import "github.com/spf13/cobra"

func (p *program) eventRedeliverCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "redeliver DELIVERY",
		Short: "Tell once more of an event",
		Long: `Has a running server tell once more of the event of a delivery, whatever became of
that. The call has the same webhook-id as the one before.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				service := in.events()
				return service.Redeliver(cmd.Context(), args[0], operator())
			})
		},
	}
}
