package main

import (
	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/event"
)

func (p *program) eventDisableCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "disable SUBSCRIPTION --reason CODE",
		Short: "Tell a subscription of nothing for a while",
		Long:  `Switches a subscription off. What happens meanwhile waits until it is switched on.`,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				if err := in.notAlone(cmd.Context(), sensitive{operation: "change-subscription", command: "event disable", given: [][2]string{{"subscription", args[0]}, {"reason", reason}}, reason: reason}); err != nil {
					return err
				}
				service := in.events()
				return service.Enable(cmd.Context(), args[0], false, event.Order{By: operator(), Reason: reason})
			})
		},
	}
	eventReason(cmd, &reason)
	return cmd
}
