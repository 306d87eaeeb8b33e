package limit

import "time"

// Choice is the budget of a person for passwords that are refused because they have, or
// had, them: who chooses one hardly meets ten of their own, and each costs as many hashes
// as are remembered.
func Choice() Budget {
	return Budget{
		Free: 9, Waits: []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute},
		Forget: time.Hour,
	}
}
