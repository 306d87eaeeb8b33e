//go:build !race

package credential_test

// usualSequences is how many sequences the model test plays.
const usualSequences = 500

// timings is how many sign-ins of each kind are timed.
const timings = 60
