package main

import "golang.org/x/sys/unix"

// kernelClock asks the kernel whether somebody keeps its clock.
func (d *doctor) kernelClock() {
	var t unix.Timex
	_, err := unix.Adjtimex(&t)
	switch {
	case err != nil:
		d.found("clock", findingSkipped, "the kernel does not say whether its clock is kept", "")
	case t.Status&unix.STA_UNSYNC != 0:
		d.found("clock", findingWarning, "nobody keeps the clock of this machine", "run a time service, such as chrony or systemd-timesyncd; in a container, on the host")
	default:
		d.found("clock", findingOK, "the clock of this machine is kept", "")
	}
}
