// Package pages is the hosted HTML: what clinicians and their staff see of
// Claviger in a browser.
//
// One page is one file, one template and one typed view. A page of a sign-in
// asks flow.Next whether it is its turn, shows itself or records what was done,
// and sends the browser back to the dispatcher at /interaction/{id}; pages
// never lead to one another, so no step can be skipped by address.
//
// Everything works without JavaScript. The one script adds conveniences.
// Every text stands in one catalogue, Texts.
//
// The dispatcher and the protocol are package oidc's; who may sign in is
// package credential's to say.
package pages
