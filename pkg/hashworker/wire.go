package hashworker

import "github.com/claviger-id/claviger/pkg/password"

// request and response are what goes over the pipes, as JSON, one after the
// other. The answers come in any order.
type request struct {
	N    uint64
	Task password.Task
}

type response struct {
	N      uint64
	Result password.Result
	// Error says why the task cannot be computed; it never holds the password.
	Error string `json:",omitempty"`

	// killed and gaveUp are not sent: no answer comes, because the process was
	// killed, or because it ended by itself.
	killed, gaveUp bool
}
