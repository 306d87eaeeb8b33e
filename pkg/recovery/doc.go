// Package recovery lets people help themselves: a forgotten password is replaced
// through a mailed link, a forgotten User ID is mailed, and a temporary password is
// shown to whoever has the link that was mailed for it.
//
// Asking does the same whoever asks for whatever: it counts, and puts the question
// into the outbox. Whether there is such an account is found out by a worker, so
// that neither the answer nor the time it takes tells. Asking resets no count of
// guesses and changes no password.
//
// A link is 256 random bits, of which the store knows the hash; it works once, and
// not any more when the password has become another one, or a newer link was made.
package recovery
