package limit

import "time"

// Application is the budget of an address for applications on the hosted form: a
// practice may hand in those of its staff in one sitting, a machine may not fill
// the desk of whoever reads them.
func Application() Budget {
	return Budget{Free: 9, Waits: []time.Duration{time.Hour}, Forget: time.Hour}
}
