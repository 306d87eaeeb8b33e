//go:build !linux

package hashworker

// LowerPriority does nothing but on Linux.
func LowerPriority() error { return nil }

// TakeShortTurns does nothing but on Linux.
func TakeShortTurns() (realtime bool, err error) { return false, nil }
