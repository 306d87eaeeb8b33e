// Package telemetry is what an operator's machines ask a Claviger process: is
// it alive, is it ready, and how much has it done. It is served on the admin
// listener only. Numbers are in the Prometheus text format; labels are taken
// from closed sets (route patterns, methods, status classes), never from what
// a caller sends.
//
// The audit log is not telemetry: see package audit.
package telemetry
