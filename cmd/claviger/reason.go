package main

import (
	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
)

// reasonFlag asks for a code for the audit log.
func reasonFlag(cmd *cobra.Command, reason *string, example string) {
	cmd.Flags().StringVar(reason, "reason", "", "`code` for the audit log, such as "+example)
	selects(cmd, "reason")
}

// reasonOrNone refuses a reason that is there and no code.
func reasonOrNone(reason string) error {
	if reason != "" && !audit.IsReason(reason) {
		return problem.New(problem.Invalid, audit.ReasonWanted+"new_address.")
	}
	return nil
}
