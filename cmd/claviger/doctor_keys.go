package main

import (
	"context"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/keys"
)

// keySlack is how much older than it should a key may get: a server renews it
// within minutes, where one runs.
const keySlack = 24 * time.Hour

// keys checks the age of what signs tokens.
func (d *doctor) keys(ctx context.Context) {
	const check = "keys"
	list, err := d.in.listKeys(ctx)
	if err != nil {
		d.found(check, findingFailed, explain(err), "")
		return
	}
	if len(list) == 0 {
		d.found(check, findingSkipped, "there are no signing keys yet", "the first start of the server makes them")
		return
	}
	sound := true
	for _, k := range list {
		age := d.in.now().Sub(k.ActiveFrom)
		if k.Status != keys.StatusActive || age <= keys.Period+keySlack {
			continue
		}
		sound = false
		d.found(check, findingFailed, fmt.Sprintf("key %s has signed %s for %d days", k.ID, k.Algorithm, int(age.Hours()/24)),
			fmt.Sprintf("a running server announces a new one after %d days; start it, and see in its log why it does not", int(keys.Period.Hours()/24)))
	}
	if sound {
		d.found(check, findingOK, "no signing key is older than it should be", "")
	}
}
