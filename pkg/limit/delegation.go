package limit

import "time"

// Delegate is the budget of a person for naming people who do not exist as delegates:
// who knows their staff hardly mistypes ten times, and the answers tell who has an
// account.
func Delegate() Budget {
	return Budget{Free: 9, Waits: []time.Duration{time.Hour}, Forget: 24 * time.Hour}
}

// Delegation is the budget of a person for delegations that are granted: those of a
// practice in one sitting, and then one an hour. Nobody is asked before.
func Delegation() Budget {
	return Budget{Free: 19, Waits: []time.Duration{time.Hour}, Forget: 24 * time.Hour}
}
