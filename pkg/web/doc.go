// Package web is the HTTP ground that every edge stands on: handlers that
// return errors, one mux for browsers and one for programs, the security
// headers of each, cookies, the client's address, the access log, static
// assets, and a server with all its limits set.
//
// A handler does its work and returns an error; the edge's one Fault turns
// the error into a page or a document, and the access log records it. Nothing
// else writes errors, and nobody logs and returns.
//
// It knows neither storage nor any service: pages stand in package pages, the
// protocol in package oidc.
package web
