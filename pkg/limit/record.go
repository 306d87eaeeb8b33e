package limit

import "time"

// Record is the budget of an address for failed authentications of clients that
// are recorded one by one: whoever knows the id of a client can fail as often as
// they like, and would fill the log. After a hundred, one in ten seconds stands
// for the others.
func Record() Budget {
	return Budget{Free: 100, Waits: []time.Duration{10 * time.Second}, Forget: 15 * time.Minute}
}
