package client

import (
	"time"

	"github.com/claviger-id/claviger/storage"
)

// The longest limits that mean anything: those of the configuration.
const (
	maxSessionIdle     = 3600
	maxSessionAbsolute = 24 * 3600
)

// SessionLimits is the most that the application allows of a session in which it
// takes part; zero means that it has no limit of its own.
func SessionLimits(c storage.Client) (idle, absolute time.Duration) {
	return time.Duration(c.SessionIdle) * time.Second, time.Duration(c.SessionAbsolute) * time.Second
}

func (v *problems) session(c storage.Client) {
	if c.SessionIdle < 0 || c.SessionIdle > maxSessionIdle {
		v.add("the session_idle is %d seconds; it can be 1 second to 1 hour (%d)", c.SessionIdle, maxSessionIdle)
	}
	if c.SessionAbsolute < 0 || c.SessionAbsolute > maxSessionAbsolute {
		v.add("the session_absolute is %d seconds; it can be 1 second to 24 hours (%d)", c.SessionAbsolute, maxSessionAbsolute)
	}
}
