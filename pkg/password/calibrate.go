package password

import "time"

// Calibrate finds the dearest argon2id parameters whose hash takes no longer than
// target on this machine: first as much memory as there may be, then as many
// passes (RFC 9106 section 4). It returns how long one takes. When even the floor
// takes longer, it is the floor.
func Calibrate(target time.Duration, mostMiB uint32, lanes uint8, measure func(Params) time.Duration) (Params, time.Duration) {
	p := Params{MemoryKiB: min(max(mostMiB<<10, floorMemoryKiB), maxMemoryKiB), Iterations: floorIterations, Parallelism: min(max(lanes, 1), maxLanes)}
	took := measure(p)
	for took > target && p.MemoryKiB > floorMemoryKiB {
		p.MemoryKiB = max(p.MemoryKiB/2, floorMemoryKiB)
		took = measure(p)
	}
	for p.Iterations < maxIterations {
		more := p
		more.Iterations++
		longer := measure(more)
		if longer > target {
			break
		}
		p, took = more, longer
	}
	return p, took
}

// Measure computes a hash.
func Measure(p Params) {
	argon2Hash{params: p, salt: make([]byte, saltLength), tag: make([]byte, tagLength)}.compute([]byte("correct horse battery staple"))
}

// Scheme names argon2id with these parameters, as Hasher.Scheme does.
func (p Params) Scheme() string { return argon2Hash{params: p}.String() }
