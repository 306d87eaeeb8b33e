package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/storage"
)

func (p *program) clientChangeCommand() *cobra.Command {
	var (
		said              clientFlags
		secretOut, reason string
		asJSON            bool
	)
	cmd := &cobra.Command{
		Use:   "change ID (--file FILE | [--redirect-uri URI] ...)",
		Short: "Change what an application is registered with",
		Long: `Changes what is named, and nothing else; what changed is printed. A list that is
named, such as --redirect-uri, takes the place of the one there was. Running replicas
follow within five seconds.

An empty value takes away what may be absent: --backchannel-logout-uri "". That holds
for --redirect-uri, --post-logout-redirect-uri, --backchannel-logout-uri, --audience,
--session-idle and --session-absolute; every other flag refuses it.

--file names a JSON document with members of RFC 7591 and its companions, as
"claviger client show" prints them: those that are in it change, the others stay, and
null takes one away. Only --secret-out and --reason go with it.

The secret stays; "claviger client rotate-secret" makes another one. That of an
application that does not authenticate with one any more, as after --public, is thrown
away, which is said. An application that has none, and authenticates with one, gets it
in the new file named by --secret-out, whether anything else changes or not.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := reasonOrNone(reason); err != nil {
				return err
			}
			patch, err := said.document(cmd.Flags(), false)
			if said.file != "" && err == nil {
				patch, err = os.ReadFile(said.file)
			}
			if err != nil {
				return err
			}
			if string(patch) == "{}" && secretOut == "" {
				return usageError{errors.New("say what is to change: a flag for each thing, or --file FILE")}
			}
			change := clientChange{id: args[0], patch: patch, secretOut: secretOut, reason: reason, asJSON: asJSON}
			return said.blame(p.change(cmd.Context(), false, func(in *installation) error { return p.changeClient(cmd.Context(), in, change) }))
		},
	}
	cmd.Flags().StringVar(&said.file, "file", "", "JSON `document` with the members that change")
	said.add(cmd)
	for flag, nothing := range map[string]string{"scope": "[]", "grant-type": "[]", "auth-method": "", "id-token-alg": "", "access-token-alg": ""} {
		cmd.Flags().Lookup(flag).DefValue = nothing // what is not named stays
	}
	cmd.Flags().StringVar(&secretOut, "secret-out", "", "new `file` for the first secret")
	reasonFlag(cmd, &reason, "new_address")
	selects(cmd, clientNeeds...)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// clientChange is a change that an operator wants.
type clientChange struct {
	id, secretOut, reason string
	patch                 []byte
	asJSON                bool
}

func (p *program) changeClient(ctx context.Context, in *installation, o clientChange) error {
	former, err := in.client(ctx, o.id)
	if err != nil {
		return err
	}
	d, err := client.Amend(client.Describe(former), o.patch)
	if err != nil {
		return usageError{err}
	}
	next := d.Client()
	differences, err := client.Differences(client.Describe(former), client.Describe(next))
	if err != nil {
		return err
	}
	first := client.HasSecret(next) && len(former.Secrets) == 0
	switch {
	case first && o.secretOut == "":
		return usageError{fmt.Errorf("%s has no secret yet: say --secret-out FILE", o.id)}
	case !first && o.secretOut != "":
		return usageError{fmt.Errorf("--secret-out is for the first secret of an application; another one: claviger client rotate-secret %s", o.id)}
	}
	if client.HasSecret(next) {
		next.Secrets = former.Secrets
	}
	out, err := in.outbound()
	if err != nil {
		return err
	}
	if len(differences) > 0 || first {
		if err := oidc.CheckSector(ctx, out, next); err != nil {
			return err
		}
		if err := in.putClient(ctx, o, former, next, differences); err != nil {
			return err
		}
	}
	secret := ""
	switch {
	case first:
		secret = "made"
	case len(former.Secrets) > 0 && !client.HasSecret(next):
		secret = "thrown away"
	}
	if err := p.printDifferences(o, differences, secret); err != nil {
		return err
	}
	return p.warnBarred(ctx, out, next)
}

// putClient puts next in the place of former, where that is what there still is.
func (in *installation) putClient(ctx context.Context, o clientChange, former, next storage.Client, differences []client.Difference) error {
	what := sensitive{operation: "change-client", command: "client change", reason: o.reason, given: [][2]string{
		{"client", o.id}, {"secret-out", o.secretOut}, {"reason", o.reason},
	}}
	for _, d := range differences {
		what.given = append(what.given, [2]string{d.Member, shownMember(d.Before) + " -> " + shownMember(d.After)})
	}
	if err := in.notAlone(ctx, what); err != nil {
		return err
	}
	file := newSecretFile{path: o.secretOut}
	if err := file.begin(&next); err != nil {
		return err
	}
	defer file.abandon()
	err := in.store.Tx(ctx, func(tx storage.Tx) error {
		_, err := oidc.ChangeClient(ctx, tx, former, next, o.reason, operator())
		return wrongUsage(err)
	})
	if errors.Is(err, storage.ErrStale) || errors.Is(err, storage.ErrNotFound) {
		return fmt.Errorf("somebody else changed %s at the same moment; look at it, and give the command again", o.id)
	}
	if err != nil {
		return err
	}
	return file.finish(o.id, "changed")
}

// printDifferences says what changed, and what became of the secret, where something did.
func (p *program) printDifferences(o clientChange, differences []client.Difference, secret string) error {
	type change struct {
		Before json.RawMessage `json:"before"`
		After  json.RawMessage `json:"after"`
	}
	changed := map[string]change{}
	sentence := "nothing to change: " + o.id + " is so already"
	if len(differences) > 0 || secret != "" {
		sentence = "changed application " + o.id
	}
	for _, d := range differences {
		changed[d.Member] = change{d.Before, d.After}
		sentence += "\n  " + cells(d.Member+": "+shownMember(d.Before)+" -> "+shownMember(d.After))
	}
	switch secret {
	case "made":
		sentence += "\n  its secret is in " + o.secretOut
	case "thrown away":
		sentence += "\n  its secret is thrown away; another one: claviger client change " + o.id + " --auth-method client_secret_basic --secret-out FILE"
	}
	return p.printSaid(o.asJSON, struct {
		ID      string            `json:"client_id"`
		Changed map[string]change `json:"changed"`
		Secret  string            `json:"secret,omitempty"`
	}{o.id, changed, strings.ReplaceAll(secret, " ", "_")}, sentence)
}

// shownMember is a member of a registration for people to read.
func shownMember(value json.RawMessage) string {
	var text string
	var list []string
	switch {
	case value == nil:
		return "none"
	case json.Unmarshal(value, &text) == nil:
		return text
	case json.Unmarshal(value, &list) == nil:
		return strings.Join(list, " ")
	}
	return string(value)
}
