//go:build race

package credential_test

// usualSequences is how many sequences the model test plays: few where the race
// detector makes the databases ten times as slow.
const usualSequences = 100

// timings is how many sign-ins of each kind are timed.
const timings = 12
