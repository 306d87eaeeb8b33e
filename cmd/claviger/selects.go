package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// selects names flags of a command that narrow what it is about, or say why. Each is refused
// where it is given without a value: a script whose variable is empty does not mean
// everyone, or everything, or nothing.
func selects(cmd *cobra.Command, flags ...string) {
	former := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if former != nil {
			if err := former(cmd, args); err != nil {
				return err
			}
		}
		for _, name := range flags {
			if f := cmd.Flags().Lookup(name); f.Changed && blank(f.Value) {
				return usageError{fmt.Errorf("--%s is empty", name)}
			}
		}
		return nil
	}
}

// blank says that a flag, or one of its several values, says nothing.
func blank(v pflag.Value) bool {
	values := []string{v.String()}
	if several, ok := v.(pflag.SliceValue); ok {
		if values = several.GetSlice(); len(values) == 0 {
			return true
		}
	}
	for _, value := range values {
		if strings.TrimSpace(value) == "" {
			return true
		}
	}
	return false
}
