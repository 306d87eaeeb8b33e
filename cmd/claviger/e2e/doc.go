// Package e2e tests the built programs from outside: `claviger` and `portal`
// as processes, a real Chromium, and relying parties that were written
// elsewhere.
//
// It owns the scenarios that no single package can show. What one package can
// show on its own is tested there. It imports nothing of ours: what it knows of
// Claviger is its command line, its HTTP surface and the ids of its form
// fields.
package e2e
