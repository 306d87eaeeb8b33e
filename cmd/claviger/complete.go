package main

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/admin"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/storage"
)

// completedMost is how many values a shell is offered.
const completedMost = 500

// complete gives shells what may stand in arguments and flags. User IDs are not among
// it: that somebody read who has an account is recorded, and a key that is pressed by
// habit would fill the log.
func (p *program) complete(root *cobra.Command) {
	var proofs, kinds, roles []string
	for _, known := range credential.Proofs() {
		proofs = append(proofs, string(known))
	}
	for _, k := range audit.Kinds() {
		kinds = append(kinds, string(k))
	}
	for _, r := range admin.Roles() {
		if r != admin.RoleDelegateAdministrator {
			roles = append(roles, string(r))
		}
	}
	fixed := map[string][]string{
		"audit list --outcome": {string(audit.OutcomeAllow), string(audit.OutcomeDeny)}, "audit list --kind": kinds,
		"person list --state": personStates[:], "person find --state": personStates[:],
		"enroll list --state":        {string(storage.ApplicationSubmitted), string(storage.ApplicationApproved), string(storage.ApplicationRejected)},
		"admin request list --state": requestStates(),
		"logout list --state":        {"pending", "delivered", "refused", "gave_up"},
		"mail list --state":          {"pending", "sent", "bounced", "gave_up"},
		"enroll reject --reason":     enroll.Reasons(), "person reset --proof": proofs, "person factor reset --proof": proofs,
		"admin grant --role": roles, "admin remove --role": roles, "org create --kind": {"practice", "facility", "department"},
		"password import --format": password.Formats(),
		"enroll import --deliver":  {"mail", "webhook"}, "person reset --deliver": {"mail", "webhook"}, "password reissue --deliver": {"mail", "webhook"},
		"client register --id-token-alg": {"ES256", "RS256", "PS256", "EdDSA"}, "client register --access-token-alg": {"ES256", "RS256", "PS256", "EdDSA"},
		"client change --id-token-alg": {"ES256", "RS256", "PS256", "EdDSA"}, "client change --access-token-alg": {"ES256", "RS256", "PS256", "EdDSA"},
	}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		name := strings.TrimPrefix(c.CommandPath(), root.Name()+" ")
		flag := func(flag string, values cobra.CompletionFunc) {
			if f := c.Flags().Lookup(flag); f != nil && f.Value.Type() != "bool" {
				_ = c.RegisterFlagCompletionFunc(flag, values)
			}
		}
		for _, f := range []string{"state", "outcome", "kind", "reason", "proof", "role", "format", "deliver", "id-token-alg", "access-token-alg"} {
			if values, ok := fixed[name+" --"+f]; ok {
				flag(f, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
			}
		}
		flag("client", p.clientIDs)
		flag("org", p.organizationIDs)
		flag("parent", p.organizationIDs)
		_, arguments, _ := strings.Cut(c.Use, " ")
		switch {
		case strings.HasPrefix(arguments, "ORG"):
			c.ValidArgsFunction = first(p.organizationIDs)
		case strings.HasPrefix(arguments, "ID") && strings.HasPrefix(name, "client ") && c.Parent().Name() == "client":
			c.ValidArgsFunction = first(p.clientIDs)
		case strings.HasPrefix(arguments, "FILE"), strings.HasPrefix(arguments, "DIR"), strings.HasPrefix(arguments, "ROSTER"):
			// the shell knows files
		default:
			c.ValidArgsFunction = cobra.NoFileCompletions
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	for _, c := range root.Commands() {
		walk(c)
	}
}

// first completes the first argument and no other.
func first(values cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return values(cmd, args, begun)
	}
}

func (p *program) clientIDs(cmd *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return p.offer(cmd.Context(), begun, func(ctx context.Context, in *installation, add func(id, name string)) error {
		return in.store.View(ctx, func(tx storage.Tx) error {
			all, err := tx.Clients().List(ctx, "", completedMost)
			for _, c := range all {
				add(c.ID, c.Name)
			}
			return err
		})
	})
}

func (p *program) organizationIDs(cmd *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return p.offer(cmd.Context(), begun, func(ctx context.Context, in *installation, add func(id, name string)) error {
		all, err := in.access(nil).List(ctx, "", memberPage)
		for _, o := range all {
			add(o.ID, o.Name)
		}
		return err
	})
}

// offer completes from the installation, where there is one that opens. It says
// nothing: what it wrote would stand in the middle of a command line.
func (p *program) offer(ctx context.Context, begun string, list func(ctx context.Context, in *installation, add func(id, name string)) error) ([]cobra.Completion, cobra.ShellCompDirective) {
	quiet := *p
	quiet.stderr = io.Discard
	in, err := quiet.open(ctx, false)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer func() { _ = in.close() }()
	var all []cobra.Completion
	if err := list(ctx, in, func(id, name string) {
		if strings.HasPrefix(id, begun) {
			all = append(all, cobra.CompletionWithDesc(id, cells(name)))
		}
	}); err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}
