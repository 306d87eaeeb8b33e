package main

import (
	"runtime"
	"sync"
	"time"
)

// pause is what counts as one: a token is made several times over in it.
const pause = time.Millisecond

// pauses says for how much of the time, and how often in a second, a core is taken from a loop that
// wants it all the time, while as many such loops run as are told and nothing else does.
// A virtual machine shares its cores with others, and what it is paused for
// is in every figure of a machine whose cores are busy.
func pauses(loops int, length time.Duration) (part, perSecond float64) {
	var mu sync.Mutex // guards what follows
	var paused time.Duration
	n := 0
	var all sync.WaitGroup
	for range loops {
		all.Go(func() {
			runtime.LockOSThread()
			var mine time.Duration
			times := 0
			began := time.Now()
			for last := began; last.Sub(began) < length; {
				now := time.Now()
				if d := now.Sub(last); d > pause {
					mine, times = mine+d, times+1
				}
				last = now
			}
			mu.Lock()
			defer mu.Unlock()
			paused, n = paused+mine, n+times
		})
	}
	all.Wait()
	whole := length.Seconds() * float64(loops)
	return paused.Seconds() / whole, float64(n) / whole
}
