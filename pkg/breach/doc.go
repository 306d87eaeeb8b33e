// Package breach knows which passwords were stolen and are in the hands of
// others: from a file of SHA-1 hashes of any size beside the program, from a
// service that is asked for a range of hashes, or from both. Both are off unless
// the configuration names them.
//
// The list of common passwords is package password's; what becomes of a person
// whose password is found, package credential's.
package breach
