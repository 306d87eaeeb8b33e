package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/admin"
	"github.com/claviger-id/claviger/pkg/approval"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

// approvals is the service that asks a second person.
func (in *installation) approvals() *approval.Service {
	s := &approval.Service{
		Store: in.store, Keys: in.keyring, Within: in.config.Admin.SecondPersonWithin.Duration, May: admin.MayApprove, Log: in.log,
		UserIDIndex: (&person.Directory{Keys: in.keyring}).UserIDIndex,
	}
	for _, class := range in.config.Admin.SecondPerson {
		s.Classes = append(s.Classes, approval.Class(class))
	}
	return s
}

// sensitive is what a command does that policy may want a second person for.
type sensitive struct {
	// operation is that of the admin API which does the same.
	operation string
	personID  string
	reason    string
	// command is the command, with the names and values of what it is given.
	command string
	given   [][2]string
}

// notAlone asks a second person for a command, where policy wants one. Where it returns
// nil, the next transaction of the store ends the request that was approved. While no
// server runs there is nobody to ask whom the machine does not obey anyway: the command is
// carried out, and the log says so.
func (in *installation) notAlone(ctx context.Context, what sensitive) error {
	service := in.approvals()
	if !service.Asks(admin.SecondClass(what.operation)) {
		return nil
	}
	shown := "claviger " + what.command + "\n"
	for _, g := range what.given {
		if g[1] != "" {
			shown += "\n" + g[0] + ": " + strings.Map(oneLine, g[1])
		}
	}
	act := approval.Act{Name: what.operation, By: operator(), PersonID: what.personID, Reason: what.reason, Shown: shown}
	store := in.store
	if !in.served(ctx) {
		in.store = &approval.Guard{Store: store, Enter: func(ctx context.Context, tx storage.Tx) error { return service.Waive(ctx, tx, act) }}
		return nil
	}
	id, err := service.Seek(ctx, act, nil)
	var waiting *approval.Waiting
	if errors.As(err, &waiting) {
		return fmt.Errorf("somebody else has to approve this first: claviger admin request approve %s --reason CODE\nGive the same command again when they have, before %s",
			waiting.Request.ID, shortTime(waiting.Request.ExpiresAt))
	}
	if err != nil {
		return err
	}
	in.store = &approval.Guard{Store: store, Enter: func(ctx context.Context, tx storage.Tx) error { return service.Spend(ctx, tx, id, act.By) }}
	return nil
}

// oneLine keeps a value on its line.
func oneLine(r rune) rune {
	if r < ' ' {
		return ' '
	}
	return r
}

// served says whether a server runs: it shares the embedded files, or listens for
// operators on this machine.
func (in *installation) served(ctx context.Context) bool {
	if in.embedded() {
		return sqlite.Shared(ctx, in.socketPath())
	}
	d := net.Dialer{Timeout: time.Second}
	c, err := d.DialContext(ctx, "tcp", in.config.Admin.Listen)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}
