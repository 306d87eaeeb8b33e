package main

import (
	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/keys"
)

func (p *program) auditKeyCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Print the public key of the audit log",
		Long: `Prints the public key with which checkpoints of the audit log are checked. Note
it down outside of the installation while the log is young: whoever holds a
bundle and this key needs to trust nobody else.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := p.open(cmd.Context(), false)
			if err != nil {
				return err
			}
			defer func() { _ = in.close() }()
			key, err := keys.OpenAuditKey(cmd.Context(), in.store, in.keyring)
			if err != nil {
				return err
			}
			return p.printSaid(asJSON, map[string]string{"key": key.Verifier}, key.Verifier)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
