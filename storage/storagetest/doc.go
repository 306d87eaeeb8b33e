// Package storagetest is the one suite that every backend of package storage
// must pass. It states the contracts as behaviour, the races among them.
package storagetest
