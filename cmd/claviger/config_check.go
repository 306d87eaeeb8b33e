package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func (p *program) configCheckCommand() *cobra.Command {
	var withoutFiles bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check a configuration without starting anything",
		Long: `Reads the configuration and the files that it names, and tells everything for which
the server would not start, at once. Exit code 2 says that there is something. Run it
as the user of the server, who has to be able to read these files. Nothing is opened
but files: databases, the relay and listeners are looked at by claviger doctor.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := p.load()
			if err != nil {
				return err
			}
			in := p.unopened(c)
			wrong := in.wrongValues()
			if !withoutFiles {
				wrong = append(wrong, in.wrongFiles()...)
			}
			if len(wrong) > 0 {
				return p.inFile(wrong)
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
	cmd.Flags().BoolVar(&withoutFiles, "without-files", false, "look at the configuration alone, where the files that it names are not")
	return cmd
}
