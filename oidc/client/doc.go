// Package client owns the rules for what a relying application may be
// registered as, and for what follows from its registration: which redirect
// URIs are its own, how it authenticates, which algorithms sign its tokens.
//
// The rules are pure. The records are package storage's, the cache of them
// package oidc's, the command that registers one cmd/claviger's.
package client
