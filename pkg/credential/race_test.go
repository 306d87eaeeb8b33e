//go:build race

package credential_test

// usualSequences is how many sequences the model test plays: few where the race
// detector makes the databases ten times as slow.
const usualSequences = 100
