package main

import (
	"context"
	"errors"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/keys"
)

// change opens the installation for a command that leaves events in the audit
// log, and gives them their place there before it closes it: whoever exports
// the log next finds them, whether a server runs or not.
func (p *program) change(ctx context.Context, create bool, do func(in *installation) error) error {
	return p.logged(ctx, create, func(in *installation, _ keys.AuditKey, sequencer *audit.Sequencer) error {
		return errors.Join(do(in), sequencer.Finish(context.WithoutCancel(ctx)))
	})
}

// logged opens the installation with the key of the audit log, and with what gives events
// their place there.
func (p *program) logged(ctx context.Context, create bool, do func(in *installation, key keys.AuditKey, sequencer *audit.Sequencer) error) error {
	in, err := p.open(ctx, create)
	if err != nil {
		return err
	}
	defer func() { _ = in.close() }()
	key, err := keys.OpenAuditKey(ctx, in.store, in.keyring)
	if err != nil {
		return err
	}
	return do(in, key, &audit.Sequencer{Store: in.store, Signer: key.Signer, Log: in.log})
}
