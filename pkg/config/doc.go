// Package config is the whole configuration of a Claviger process: one struct,
// its defaults in one function, and one check that reports every problem at
// once. Files are TOML 1.0; an unknown key is a problem, not a comment.
// Secrets are never values here, only names of files that hold them.
//
// It knows nothing of what the values are used for; cmd/claviger hands them to
// the packages that do.
package config
