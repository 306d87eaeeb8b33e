package limit

import "time"

// Record is the budget of an address for what is recorded one by one although
// anybody can do it as often as they like, and would fill the log: authentications
// of clients that fail, sign-ins that do not wait. After a hundred, one in ten
// seconds stands for the others.
func Record() Budget {
	return Budget{Free: 100, Waits: []time.Duration{10 * time.Second}, Forget: 15 * time.Minute}
}
