package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func (p *program) docsManCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the manual pages",
		Long: `Writes a manual page for each command into DIR, which is made where it is missing:
claviger.1, claviger-serve.1, and so on. make install puts them where man finds them.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil { //nolint:gosec // manual pages are for everybody
				return err
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true // the same program writes the same pages
			date := time.Time{}
			if err := doc.GenManTree(root, &doc.GenManHeader{
				Title: "CLAVIGER", Section: "1", Source: "claviger " + buildVersion(), Manual: "Claviger", Date: &date,
			}, args[0]); err != nil {
				return err
			}
			_, err := fmt.Fprintf(p.stdout, "wrote the manual pages to %s\n", args[0])
			return err
		},
	}
}
