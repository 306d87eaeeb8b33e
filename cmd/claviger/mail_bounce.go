package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/mail"
	"github.com/claviger-id/claviger/storage"
)

func (p *program) mailBounceCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "bounce < NOTIFICATION",
		Short: "Note that a mail came back",
		Long: `Reads a delivery status notification (RFC 3464), as a mail server pipes it, finds
the mail that it returns by its Message-ID, and marks that mail as bounced when the
delivery has failed: for good (5.x.x), or because a server has given up (4.x.x, such as
4.4.7). A delay or an arrival is printed and changes nothing. Of the
notification, only the status code is kept. What is no notification, or is about a
mail that is not known, ends with exit code 1.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			n, err := mail.ReadNotification(p.stdin)
			if err != nil {
				return err
			}
			return p.change(cmd.Context(), false, func(in *installation) error {
				done, err := (&mail.Bounces{Store: in.store}).Note(cmd.Context(), n, operator())
				if err != nil {
					return err
				}
				what := fmt.Sprintf("nothing was changed; it is %s", done.State)
				switch {
				case done.Changed:
					what = "bounced"
				case n.Final && done.State == storage.ParcelBounced:
					what = "bounced before"
				}
				_, err = fmt.Fprintf(p.stdout, "mail %s: %s: %s\n", n.Mail, n.Status, what)
				return err
			})
		},
	}
}
