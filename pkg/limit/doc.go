// Package limit is the arithmetic of attempts: how long to wait after so many
// failures. It keeps nothing; storage.Attempts counts, package credential asks.
package limit
