package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (p *program) configCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check a configuration without starting anything",
		Long: `Reads the configuration and tells everything that is wrong with it, at once. Exit
code 2 says that something is. What it names (files, servers, listeners) is looked at
by claviger doctor.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if _, err := p.load(); err != nil {
				return err
			}
			what := "there is no file: the defaults hold"
			if p.configFile != "" {
				what = p.configFile + " can be used"
			}
			_, err := fmt.Fprintln(p.stdout, what)
			return err
		},
	}
}
