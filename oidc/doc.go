// Package oidc owns the protocol over HTTP: OAuth 2.0 and OpenID Connect, one
// file an endpoint. What each specification asks for, and what is done of it,
// stands in docs/conformance.md.
//
// The rules of core OAuth are asked of an Engine, which package fositeop
// implements; everything around them is here: parsing and bounds, the
// dispatcher of interactions, sessions, the durable life of grants with its
// audit events, and the writing of answers. errors.go is the only place where
// anything becomes an OAuth error.
//
// What a person has to do before a code is issued is package flow's; the pages
// that people see are package pages'.
package oidc
