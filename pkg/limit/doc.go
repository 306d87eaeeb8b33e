// Package limit is the arithmetic of attempts: what a number of failures costs,
// and how many there may be. It keeps nothing; storage.Attempts and
// storage.Guesses count, package credential asks.
package limit
