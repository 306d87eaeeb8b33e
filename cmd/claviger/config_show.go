package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/config"
)

func (p *program) configShowCommand() *cobra.Command {
	var asJSON, changed bool
	cmd := &cobra.Command{
		Use:   "show [--changed]",
		Short: "Show the configuration that holds, and where each value comes from",
		Long: `Lists every key with the value that holds and where it comes from: the file, a flag,
or the default. Secrets are in files of their own and are not shown; of an address,
neither a password nor a query is. --changed leaves the defaults out.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := p.load()
			if err != nil {
				return err
			}
			values, err := config.Describe(c, p.configFile)
			if err != nil {
				return err
			}
			list := []config.Value{}
			for _, v := range values {
				if v.Key == "data.directory" && p.dataDir != "" {
					v.From = "--data"
				}
				if !changed || v.From != "default" {
					list = append(list, v)
				}
			}
			return printTable(p.stdout, asJSON, list, "KEY\tVALUE\tFROM", func(v config.Value) []any {
				return []any{v.Key, shownValue(v.Value), v.From}
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&changed, "changed", false, "only what is not the default")
	return cmd
}

// shownValue is a value as a configuration file would have it.
func shownValue(v any) string {
	if text, err := json.Marshal(v); err == nil {
		return strings.TrimSpace(string(text))
	}
	return fmt.Sprint(v)
}
