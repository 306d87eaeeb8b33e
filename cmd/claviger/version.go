package main

import (
	"cmp"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (p *program) versionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version of this program",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			b := built()
			return p.printSaid(asJSON, b, "claviger "+b.String())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// revision is the commit that the Makefile built, where the toolchain notes none.
var revision string

// build is what this program was built from.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Modified bool   `json:"modified,omitempty"`
}

// built is what the toolchain noted, and else what the Makefile said.
func built() build {
	b := build{Version: "unknown", Commit: revision}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Version = cmp.Or(info.Main.Version, b.Version)
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// String is the version, and the commit.
func (b build) String() string {
	if b.Commit == "" {
		return b.Version
	}
	said := b.Version + " (commit " + b.Commit
	if b.Modified {
		said += ", and changes that are in none"
	}
	return said + ")"
}

// buildVersion is the module's version, or the commit it was built from.
func buildVersion() string {
	b := built()
	if b.Commit != "" && (b.Version == "unknown" || b.Version == "(devel)") {
		return b.Commit
	}
	return b.Version
}
