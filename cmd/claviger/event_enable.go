package main

import "github.com/spf13/cobra"

func (p *program) eventEnableCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "enable SUBSCRIPTION",
		Short: "Tell a subscription of events again",
		Long:  `Switches a subscription on again. What happened while it was off is told now.`,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				service := in.events()
				return service.Enable(cmd.Context(), args[0], true, operator())
			})
		},
	}
}
