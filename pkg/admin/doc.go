// Package admin is the REST API for operators: OpenAPI 3.1 made from typed
// operations, answers in JSON, errors as RFC 9457 problems. One file holds one
// operation, and rules.go who may do what: an operation without a rule cannot be
// added.
//
// Who asks brings an access token of ours that is addressed to this API. What it
// may do is what its scopes and the roles of who it stands for both allow.
//
// The decisions themselves are the services'; what a token is, package oidc's.
package admin
