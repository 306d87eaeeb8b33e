// Package teststores gives tests the stores that Claviger serves from: files of
// their own, and databases of their own in the servers that .ci/testenv starts. It
// is the one place that decides what becomes of a test whose server is missing.
// Sentinels and clusters of Redis are started here, from the system's package.
//
// What every backend must do is package storagetest's.
package teststores
