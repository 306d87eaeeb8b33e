package main

import (
	"context"
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
	// outside says that its transaction has an effect outside of the store, such as a
	// letter: it is not tried before somebody is asked.
	outside bool
}

// notAlone has a second person asked for a command, where policy wants one: in the next
// transaction of the store, which is tried before and undone, so that what is wrong with
// it is said at once. Nothing that the command does elsewhere comes before that one, or is
// part of it. While no server runs there is nobody to ask whom the machine does not obey
// anyway: the command is carried out, and the log says so.
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
	// before does something in the transaction, and then what the command does.
	before := func(enter func(ctx context.Context, tx storage.Tx) error) func(context.Context, func(storage.Tx) error) error {
		return func(ctx context.Context, fn func(storage.Tx) error) error {
			return store.Tx(ctx, func(tx storage.Tx) error {
				if err := enter(ctx, tx); err != nil {
					return err
				}
				return fn(tx)
			})
		}
	}
	guard := &approval.Guard{Store: store}
	switch {
	case !in.served(ctx):
		guard.First = before(func(ctx context.Context, tx storage.Tx) error { return service.Waive(ctx, tx, act) })
	case what.outside:
		id, err := service.Seek(ctx, act)
		if err != nil {
			return err
		}
		guard.First = before(func(ctx context.Context, tx storage.Tx) error { return service.Spend(ctx, tx, id, act.By) })
	default:
		guard.First = func(ctx context.Context, fn func(storage.Tx) error) error { return service.Do(ctx, act, nil, fn) }
	}
	in.store = guard
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
