package main

import "github.com/spf13/cobra"

func (p *program) eventRotateCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "rotate SUBSCRIPTION --secret-out FILE",
		Short: "Draw another secret for a subscription",
		Long: `Draws another secret, written to FILE and shown nowhere else. For a day the calls are
signed with the former one as well.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withSecret(cmd.Context(), out, func(in *installation) (string, error) {
				if err := in.notAlone(cmd.Context(), sensitive{operation: "rotate-subscription-secret", command: "event rotate", given: [][2]string{{"subscription", args[0]}}}); err != nil {
					return "", err
				}
				service := in.events()
				return service.Rotate(cmd.Context(), args[0], operator())
			})
		},
	}
	cmd.Flags().StringVar(&out, "secret-out", "", "new `file` for the secret")
	_ = cmd.MarkFlagRequired("secret-out")
	return cmd
}
