package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/admin"
	operators "github.com/claviger-id/claviger/pkg/operator"
	"github.com/claviger-id/claviger/storage"
)

// operators is the service of the roles of operators.
func (in *installation) operators() *operators.Service {
	s := &operators.Service{Store: in.store}
	for _, r := range admin.Roles() {
		if r != admin.RoleDelegateAdministrator { // of one organization: claviger org admin
			s.Roles = append(s.Roles, string(r))
		}
	}
	s.Bound = []string{string(admin.RoleProvisioner)}
	return s
}

// holder names whom a role of operators is about.
type holder struct{ userID, clientID, role, reason, organization string }

func (h *holder) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&h.userID, "user-id", "", "`User ID` of a person")
	cmd.Flags().StringVar(&h.clientID, "client", "", "`ID` of an application")
	cmd.Flags().StringVar(&h.role, "role", "", "operator, help_desk, security_officer, auditor, application_owner or provisioner")
	cmd.Flags().StringVar(&h.reason, "reason", "", "`code` for the audit log, such as new_duty")
	cmd.MarkFlagsOneRequired("user-id", "client")
	cmd.MarkFlagsMutuallyExclusive("user-id", "client")
	_ = cmd.MarkFlagRequired("role")
	_ = cmd.MarkFlagRequired("reason")
}

// find finds the person or the application.
func (h *holder) find(ctx context.Context, in *installation) (operators.Holder, error) {
	if h.organization != "" {
		var err error
		if h.organization, err = in.access(nil).Meant(ctx, h.organization); err != nil {
			return operators.Holder{}, err
		}
	}
	if h.clientID != "" {
		return operators.Holder{Kind: storage.OperatorClient, ID: h.clientID, Organization: h.organization}, nil
	}
	if h.userID == "" {
		return operators.Holder{}, usageError{errors.New("--user-id or --client is empty")}
	}
	who, _, err := in.accounts(nil).Find(ctx, h.userID, operator())
	return operators.Holder{Kind: storage.OperatorPerson, ID: who.ID}, err
}

// act is what is done with the role.
func (h *holder) act(operation, command string, of operators.Holder) sensitive {
	s := sensitive{operation: operation, reason: h.reason, command: command, given: [][2]string{
		{"user-id", h.userID}, {"client", h.clientID}, {"role", h.role}, {"org", h.organization}, {"reason", h.reason},
	}}
	if of.Kind == storage.OperatorPerson {
		s.personID = of.ID
	}
	return s
}

// name is what the command line calls it.
func (h *holder) name() string { return h.userID + h.clientID }

func (p *program) adminGrantCommand() *cobra.Command {
	var h holder
	cmd := &cobra.Command{
		Use:   "grant (--user-id USER-ID | --client ID) --role ROLE --reason CODE",
		Short: "Make somebody an operator",
		Long: `Gives a person or an application a role in the admin API, from its next request on.
What each role may do stands in docs/admin-api.md. A delegate administrator is made
with claviger org admin add. A provisioner is an application that keeps accounts in
line with an employer's directory (docs/scim.md).`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				to, err := h.find(cmd.Context(), in)
				if err != nil {
					return err
				}
				if err := in.notAlone(cmd.Context(), h.act("appoint-operator", "admin grant", to)); err != nil {
					return err
				}
				if err := in.operators().Grant(cmd.Context(), to, h.role, h.reason, operator()); err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stdout, "%s is %s now\n", h.name(), h.role)
				return err
			})
		},
	}
	h.flags(cmd)
	cmd.Flags().StringVar(&h.organization, "org", "", "ID or `name` of the organization that a provisioner is for; all when it is left out")
	selects(cmd, "user-id", "client", "org")
	return cmd
}
