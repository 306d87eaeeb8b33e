package main

import (
	"context"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/password"
)

// hashing measures a password hash on this machine: a new password is compared with those
// that are remembered, one hash after the other, in a time that is bounded.
func (d *doctor) hashing(ctx context.Context) {
	const check = "hashing"
	c := d.in.config.Password
	hasher, err := newHasher(c)
	if err != nil {
		d.found(check, findingFailed, err.Error(), "correct the configuration")
		return
	}
	var one time.Duration
	for i := range 3 { // what else runs only makes it longer
		begun := d.in.now()
		if err := hasher.VerifyNothing(ctx, "correct horse battery staple"); err != nil {
			d.found(check, findingSkipped, fmt.Sprintf("no hash was computed: %v", err), "")
			return
		}
		if took := d.in.now().Sub(begun); i == 0 || took < one {
			one = took
		}
	}
	d.choosing(check, one, rotations(c.Rotation).Longest())
}

// choosing judges how long a new password takes where a hash takes so long and so many
// are remembered.
func (d *doctor) choosing(check string, one time.Duration, remembered int) {
	const remedy = "a lower password.rotation.history, or cheaper hashes (claviger password calibrate)"
	alone, beside := password.InTurn(remembered+1, one)
	found := fmt.Sprintf("a password hash takes %d ms here; a new password is compared with %d", one.Milliseconds(), remembered)
	switch {
	case remembered > 1 && alone > password.TurnTime:
		d.found(check, findingFailed, fmt.Sprintf("%s, which takes %v, and may take %v: nobody can choose one", found, alone.Round(time.Second), password.TurnTime), remedy)
	case remembered > 1 && beside > password.TurnTime:
		d.found(check, findingWarning, fmt.Sprintf("%s, which takes up to %v while others sign in, and may take %v", found, beside.Round(time.Second), password.TurnTime), remedy)
	default:
		d.found(check, findingOK, found, "")
	}
}
