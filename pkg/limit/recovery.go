package limit

import "time"

// Recovery is the budget of an address for those who have forgotten something: a
// hospital may be behind it.
func Recovery() Budget {
	return Budget{Free: 29, Waits: []time.Duration{15 * time.Minute}, Forget: time.Hour}
}

// RecoveryOfAccount is the budget of what is asked about: three mails at once, and
// then one in twenty minutes.
func RecoveryOfAccount() Budget {
	return Budget{Free: 2, Waits: []time.Duration{20 * time.Minute}, Forget: time.Hour}
}

// Judgement is the budget of a link for how strong what was entered would be: who
// chooses a password hardly mistypes it ten times, and each costs an estimate.
func Judgement() Budget {
	return Budget{Free: 9, Waits: []time.Duration{time.Minute}, Forget: time.Hour}
}
