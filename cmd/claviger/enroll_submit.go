package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/person"
)

func (p *program) enrollSubmitCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "submit --given-name NAME --family-name NAME [--npi NUMBER] …",
		Short: "Hand in an application for an account",
		Long: `Writes down an application for an account. It waits until somebody approves or
rejects it. The User ID is made of the name at the approval; nobody chooses it.
Prints the reference of the application.`,
		Args: cobra.NoArgs,
	}
	asJSON := cmd.Flags().Bool("json", false, "print JSON")
	values := map[string]*string{}
	for _, f := range person.Fields() {
		values[f.Name] = cmd.Flags().String(flagOf(f), "", strings.ReplaceAll(f.Name, "_", " ")+fmt.Sprintf(", at most %d characters", f.Max))
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var written person.Profile
		for _, f := range person.Fields() {
			*f.Into(&written) = *values[f.Name]
		}
		return p.change(cmd.Context(), true, func(in *installation) error {
			s, err := in.applications()
			if err != nil {
				return err
			}
			reference, err := s.Submit(cmd.Context(), written, enroll.SourceOperator, operator())
			if err != nil {
				return byFlags(err)
			}
			return p.printSaid(*asJSON, map[string]string{"reference": reference}, reference)
		})
	}
	return cmd
}

// flagOf is the flag for a field.
func flagOf(f person.Field) string { return strings.ReplaceAll(f.Name, "_", "-") }

// byFlags says what is wrong with fields by the flags that they were given with.
func byFlags(err error) error {
	var invalid enroll.Invalid
	if !errors.As(err, &invalid) {
		return err
	}
	var all []string
	for _, f := range person.Fields() {
		if why, ok := invalid[f.Name]; ok {
			all = append(all, "--"+flagOf(f)+" "+why)
		}
	}
	return usageError{errors.New(strings.Join(all, "; "))}
}

// applications is the service, for the commands.
func (in *installation) applications() (*enroll.Applications, error) {
	pattern, err := enroll.ParsePattern(in.config.Enroll.UserIDPattern)
	if err != nil {
		return nil, usageError{err}
	}
	return &enroll.Applications{
		Store: in.store, People: &person.Directory{Keys: in.keyring}, Pattern: pattern, SecondPerson: in.config.Enroll.SecondPerson,
	}, nil
}
