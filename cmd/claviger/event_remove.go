package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/event"
)

func (p *program) eventRemoveCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "remove SUBSCRIPTION --reason CODE",
		Short: "End a subscription",
		Long:  `Ends a subscription. What it has not been told of, it is not told of any more.`,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				if err := in.notAlone(cmd.Context(), sensitive{operation: "remove-subscription", command: "event remove", given: [][2]string{{"subscription", args[0]}, {"reason", reason}}, reason: reason}); err != nil {
					return err
				}
				service := in.events()
				if err := service.Remove(cmd.Context(), args[0], event.Order{By: operator(), Reason: reason}); err != nil {
					return err
				}
				_, err := fmt.Fprintf(p.stdout, "subscription %s is over\n", args[0])
				return err
			})
		},
	}
	eventReason(cmd, &reason)
	return cmd
}
