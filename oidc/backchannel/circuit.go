package backchannel

import (
	"sync"
	"time"
)

// How much one application may take from the others.
const (
	// perClient is how many tokens a replica sends to one application at a
	// time.
	perClient = 4
	// circuitFailures in a row open the circuit.
	circuitFailures = 3
	// circuitPause is for how long, doubling with each try that fails, up to
	// circuitLongest.
	circuitPause   = 5 * time.Second
	circuitLongest = time.Minute
)

// circuits are what this replica knows of the applications that it tells. A
// replica that starts knows nothing, and finds out.
type circuits struct {
	mu  sync.Mutex
	all map[string]*circuit
}

func (c *circuits) of(clientID string) *circuit {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[string]*circuit{}
	}
	if c.all[clientID] == nil {
		c.all[clientID] = &circuit{slots: make(chan struct{}, perClient)}
	}
	return c.all[clientID]
}

// open returns how many applications are left alone because they do not answer.
func (c *circuits) open() (n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.all {
		if one.isOpen() {
			n++
		}
	}
	return n
}

// circuit is open while an application does not answer: it is left alone then, and
// asked with one line when the pause is over.
type circuit struct {
	slots chan struct{}

	mu       sync.Mutex
	failures int
	until    time.Time
	busy     bool // a lane works
	again    bool // there was more to do while it did
}

// begin reports whether the caller is to work through the lane, and then call end.
func (c *circuit) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy {
		c.again = true
		return false
	}
	c.busy = true
	return true
}

// end reports whether somebody found more to do meanwhile.
func (c *circuit) end() (again bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	again, c.busy, c.again = c.again, false, false
	return again
}

// room is how many lines to take, of at most so many.
func (c *circuit) room(now time.Time, most int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.failures < circuitFailures:
		return most
	case now.Before(c.until):
		return 0
	}
	return 1
}

func (c *circuit) isOpen() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failures >= circuitFailures
}

// note keeps what asking the application has shown of it.
func (c *circuit) note(now time.Time, how outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch how {
	case notAsked:
		return
	case answered:
		c.failures = 0
		return
	}
	c.failures++
	if over := c.failures - circuitFailures; over >= 0 {
		c.until = now.Add(min(circuitPause<<min(over, 8), circuitLongest))
	}
}

// outcome is what asking an application has shown of it.
type outcome int

const (
	notAsked outcome = iota
	silent
	answered
)
