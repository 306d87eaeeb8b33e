// Package rotation is the arithmetic of periodic change: when a password has to
// be replaced, from when on its owner is asked, and how many people that will be
// on which day. It is pure; package credential knows whose password it is, and
// enforces what is said here.
package rotation
