package limit

import "time"

// The budget of an address for applications on the hosted form: a practice may
// hand in those of its staff in one sitting, a machine may not fill the desk of
// whoever reads them.
const (
	applicationsFree = 10
	// ApplicationForget is how long after the last one the count is forgotten,
	// and so the wait.
	ApplicationForget = time.Hour
)

// ApplicationDelay is how long after the last application from an address the
// next one must wait.
func ApplicationDelay(sent int64) time.Duration {
	if sent < applicationsFree {
		return 0
	}
	return ApplicationForget
}
