//go:build !race

package credential_test

// usualSequences is how many sequences the model test plays.
const usualSequences = 500
