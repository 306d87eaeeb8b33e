package main

import (
	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/event"
)

func (p *program) eventEnableCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "enable SUBSCRIPTION --reason CODE",
		Short: "Tell a subscription of events again",
		Long:  `Switches a subscription on again. What happened while it was off is told now.`,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				if err := in.notAlone(cmd.Context(), sensitive{operation: "change-subscription", command: "event enable", given: [][2]string{{"subscription", args[0]}, {"reason", reason}}, reason: reason}); err != nil {
					return err
				}
				service := in.events()
				return service.Enable(cmd.Context(), args[0], true, event.Order{By: operator(), Reason: reason})
			})
		},
	}
	eventReason(cmd, &reason)
	return cmd
}
