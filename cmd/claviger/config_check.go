package main

import (
	"fmt"
	"strings"

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
			c, err := p.load()
			if err != nil {
				return err
			}
			what := "there is no file: the defaults hold"
			if p.configFile != "" {
				what = p.configFile + " can be used"
			}
			if roles := c.OnlyInPolicies(); len(roles) > 0 {
				what += fmt.Sprintf("\nnote: policies name roles that access.roles does not list: %s. "+
					"Where one is misspelt, its policy holds for nobody", strings.Join(roles, ", "))
			}
			_, err = fmt.Fprintln(p.stdout, what)
			return err
		},
	}
}
