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
}
