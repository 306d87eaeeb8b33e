package main

import (
	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/event"
)

func (p *program) eventRotateCommand() *cobra.Command {
	var out, reason string
	cmd := &cobra.Command{
		Use:   "rotate SUBSCRIPTION --secret-out FILE --reason CODE",
		Short: "Draw another secret for a subscription",
		Long: `Draws another secret, written to FILE and shown nowhere else. For a day the calls are
signed with the former one as well.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withSecret(cmd.Context(), out, func(in *installation) (id, secret string, err error) {
				if err := in.notAlone(cmd.Context(), sensitive{operation: "rotate-subscription-secret", command: "event rotate", given: [][2]string{{"subscription", args[0]}, {"reason", reason}}, reason: reason}); err != nil {
					return "", "", err
				}
				service := in.events()
				secret, err = service.Rotate(cmd.Context(), args[0], event.Order{By: operator(), Reason: reason})
				return args[0], secret, err
			})
		},
	}
	cmd.Flags().StringVar(&out, "secret-out", "", "new `file` for the secret")
	eventReason(cmd, &reason)
	_ = cmd.MarkFlagRequired("secret-out")
	return cmd
}
