// Package otelx is the part of the upstream package of this name that fosite
// calls.
package otelx

import "go.opentelemetry.io/otel/trace"

// End records *err, when there is one, and ends the span.
func End(span trace.Span, err *error) {
	if err != nil && *err != nil {
		span.RecordError(*err)
	}
	span.End()
}
