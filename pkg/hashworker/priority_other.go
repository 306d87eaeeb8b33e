//go:build !linux

package hashworker

// LowerPriority does nothing but on Linux.
func LowerPriority() error { return nil }
