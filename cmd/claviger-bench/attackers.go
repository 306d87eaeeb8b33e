package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"os/exec"
	"strconv"
	"sync"
	"time"
)

// attackers is a flood under way: a process of its own, of the class that gets
// what nobody else wants of the cores. Who attacks has a machine of their own, and the
// time that theirs takes is not the server's.
type attackers struct {
	cmd   *exec.Cmd
	until io.Closer
	told  io.Reader
}

// attack is what attackers are told.
type attack struct {
	Address string   `json:"address"`
	AtOnce  int      `json:"at_once"`
	Users   []string `json:"users"`
}

// damage is what attackers tell.
type damage struct {
	Tried   int    `json:"tried"`
	Refused int    `json:"refused"`
	Fault   string `json:"fault,omitempty"`
}

func (b *bench) startAttackers(ctx context.Context, in *installation, users []string) (*attackers, error) {
	a := &attackers{cmd: exec.CommandContext(ctx, "chrt", "--idle", "0", b.self, "reference", "attackers")} //nolint:gosec // ourselves
	a.cmd.Env = environment()
	stdin, err := a.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if a.told, err = a.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	a.until = stdin
	if err := a.cmd.Start(); err != nil {
		return nil, err
	}
	return a, json.NewEncoder(stdin).Encode(attack{Address: in.public, AtOnce: b.form.flood, Users: users})
}

func (a *attackers) end() (tried, refused int, err error) {
	var d damage
	err = errors.Join(a.until.Close(), json.NewDecoder(a.told).Decode(&d), a.cmd.Wait())
	if d.Fault != "" {
		err = errors.Join(err, errors.New(d.Fault))
	}
	return d.Tried, d.Refused, err
}

// attackNow signs in wrongly until its input ends, and says what came of it.
func attackNow(ctx context.Context, in io.Reader, out io.Writer) error {
	var a attack
	from := json.NewDecoder(in)
	if err := from.Decode(&a); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var d damage
	var mu sync.Mutex // guards d
	var all sync.WaitGroup
	for i := range a.AtOnce {
		all.Go(func() {
			c := &connection{address: a.Address}
			defer c.close()
			for n := 0; ctx.Err() == nil; n++ {
				// Each time another account: the guard of the account is not
				// what is measured. Every second one does not exist.
				user := fmt.Sprintf("nobody%d-%d", i, n)
				if n%2 == 0 {
					user = a.Users[mathrand.IntN(len(a.Users))] //nolint:gosec // who is no secret
				}
				answer, err := attempt(ctx, a.Address, c, user, "a wrong password")
				mu.Lock()
				d.count(answer.status, err)
				mu.Unlock()
				if err != nil {
					return
				}
				if seconds, err := strconv.Atoi(answer.header.Get("Retry-After")); err == nil {
					select {
					case <-ctx.Done():
					case <-time.After(time.Duration(seconds) * time.Second):
					}
				}
			}
		})
	}
	_, err := io.Copy(io.Discard, from.Buffered())
	if err == nil {
		_, err = io.Copy(io.Discard, in)
	}
	stop()
	all.Wait()
	return errors.Join(err, json.NewEncoder(out).Encode(d))
}

func (d *damage) count(status int, err error) {
	switch {
	case errors.Is(err, context.Canceled):
	case err != nil:
		d.Fault = err.Error()
	case status == http.StatusServiceUnavailable:
		d.Refused++
	default:
		d.Tried++
	}
}
