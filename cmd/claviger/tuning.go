package main

import (
	"os"
	"runtime/debug"
)

// headroom is how much more garbage may gather before it is collected than Go
// would let by itself, in bytes. What is live is a few megabytes, so that Go
// would collect many times a second under load, for which requests pay more
// than for anything else but signatures (docs/performance.md).
const headroom = 32 << 20

// makeHeadroom returns memory that is only there to be counted: nobody touches
// it, so no page of it exists. A larger GOGC would do the same for what is live
// now, but multiply the memory of password hashes as well. Who sets GOGC has
// decided; who sets GOMEMLIMIT gets more frequent collections, as they asked.
func makeHeadroom() []byte {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	return make([]byte, headroom)
}

// settle gives back what starting has left behind.
func settle() { debug.FreeOSMemory() }
