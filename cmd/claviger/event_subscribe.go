package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/event"
)

// events is the service of who outside is told of events.
func (in *installation) events() event.Service {
	return event.Service{Store: in.store, Keys: in.keyring}
}

func (p *program) eventSubscribeCommand() *cobra.Command {
	var address, out, reason string
	var kinds []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "subscribe --url URL --kinds KIND,KIND --secret-out FILE --reason CODE",
		Short: "Tell somebody of events from now on",
		Long: `Has a running server call a webhook for each event of these kinds (docs/events.md).
The calls are signed with the secret that is written to FILE, and shown nowhere else.
The kinds are ` + strings.Join(event.Kinds(), ", ") + `.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var made event.Subscription
			err := p.withSecret(cmd.Context(), out, func(in *installation) (id, secret string, err error) {
				way, err := in.outbound()
				if err != nil {
					return "", "", err
				}
				if err := in.notAlone(cmd.Context(), sensitive{operation: "create-subscription", command: "event subscribe", given: [][2]string{
					{"url", address}, {"kinds", strings.Join(kinds, ",")}, {"reason", reason},
				}, reason: reason}); err != nil {
					return "", "", err
				}
				service := in.events()
				if made, secret, err = service.Subscribe(cmd.Context(), address, kinds, event.Order{By: operator(), Reason: reason}); err != nil {
					return "", "", err
				}
				if why := way.BarredAt(cmd.Context(), address); why != "" {
					_, err = fmt.Fprintf(p.stderr, "warning: %s cannot be told of events: %s\n", address, why)
				}
				return made.ID, secret, err
			})
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(p.stdout).Encode(describeSubscription(made))
			}
			_, err = fmt.Fprintf(p.stdout, "subscription %s: %s is told of %s from now on\nsecret:      %s\n", made.ID, made.URL, strings.Join(made.Kinds, ", "), out)
			return err
		},
	}
	cmd.Flags().StringVar(&address, "url", "", "`address` that is called")
	cmd.Flags().StringSliceVar(&kinds, "kinds", nil, "`kinds` of events, separated by commas")
	cmd.Flags().StringVar(&out, "secret-out", "", "new `file` for the secret")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	eventReason(cmd, &reason)
	for _, name := range []string{"url", "kinds", "secret-out"} {
		_ = cmd.MarkFlagRequired(name)
	}
	return cmd
}

// eventReason adds the flag for why something is wanted of subscriptions.
func eventReason(cmd *cobra.Command, reason *string) {
	cmd.Flags().StringVar(reason, "reason", "", "`code` for the audit log, such as new_receiver")
	_ = cmd.MarkFlagRequired("reason")
}

// withSecret writes the secret of a subscription that was drawn to a new file.
func (p *program) withSecret(ctx context.Context, out string, draw func(in *installation) (id, secret string, err error)) error {
	if err := free(out); err != nil {
		return usageError{err}
	}
	return p.change(ctx, false, func(in *installation) error {
		id, secret, err := draw(in)
		if err != nil {
			return err
		}
		pending, err := writePending(out, secret+"\n")
		if err == nil {
			defer func() { _ = os.Remove(pending) }()
			err = os.Link(pending, out)
		}
		if err != nil {
			return fmt.Errorf("the secret of the subscription %s could not be written; draw another one with claviger event rotate: %w", id, err)
		}
		return syncDir(filepath.Dir(out))
	})
}
