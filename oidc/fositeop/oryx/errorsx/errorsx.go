// Package errorsx is the part of the upstream package of this name that
// fosite calls. It captures no stacks, so that an error costs what an error
// should; docs/adr/0004-fosite-behind-a-seam.md says why it exists.
package errorsx

// Cause unwraps err down to the innermost error that has a cause.
func Cause(err error) error {
	type causer interface{ Cause() error }
	for err != nil {
		c, ok := err.(causer)
		if !ok || c.Cause() == nil {
			break
		}
		err = c.Cause()
	}
	return err
}

// WithStack returns err as it is.
func WithStack(err error) error { return err }

// The carriers are the optional faces of an error that fosite looks for.
type (
	// StatusCodeCarrier knows an HTTP status code.
	StatusCodeCarrier interface{ StatusCode() int }
	// RequestIDCarrier knows the id of the request that failed.
	RequestIDCarrier interface{ RequestID() string }
	// ReasonCarrier knows a reason.
	ReasonCarrier interface{ Reason() string }
	// DebugCarrier knows text for developers.
	DebugCarrier interface{ Debug() string }
	// StatusCarrier knows an HTTP status text.
	StatusCarrier interface{ Status() string }
	// DetailsCarrier knows further details.
	DetailsCarrier interface{ Details() map[string]any }
	// IDCarrier knows an id of its own.
	IDCarrier interface{ ID() string }
)
