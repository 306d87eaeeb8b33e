// Package factor owns what people have besides the password: it binds and verifies
// passkeys, one-time passwords and recovery codes, lets their owners rename, replace
// and remove them, removes them for who has lost them, and slows down those who guess at codes.
//
// The arithmetic is package mfa's, passwords are package credential's. What a
// sign-in needs of all that is decided by package flow.
package factor
