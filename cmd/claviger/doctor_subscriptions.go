package main

import (
	"context"
	"maps"
	"slices"
)

// subscriptions checks whether who subscribed can be told of events, as far as that hangs
// on the configuration. Nothing is sent to them.
func (d *doctor) subscriptions(ctx context.Context) {
	const check = "events"
	service := d.in.events()
	all, err := service.Addresses(ctx)
	if err != nil {
		d.found(check, findingFailed, explain(err), "")
		return
	}
	if len(all) == 0 {
		d.found(check, findingSkipped, "nobody subscribes to events", "")
		return
	}
	out, err := d.in.outbound()
	if err != nil {
		return // the configuration was told of
	}
	barred := false
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if why := out.BarredAt(ctx, all[id]); why != "" {
			barred = true
			d.found(check, findingWarning, "the subscription "+id+" cannot be told of events: "+why,
				"name its network in outbound.allow, and start the server again; or subscribe with another address, and take this one away with claviger event remove")
		}
	}
	if !barred {
		d.found(check, findingOK, plural(len(all), "subscription", "subscriptions")+" may be told of events", "")
	}
}
