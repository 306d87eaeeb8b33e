//go:build !linux

package main

func (d *doctor) kernelClock() {
	d.found("clock", findingSkipped, "this system does not say whether its clock is kept", "")
}
