// Package agreement owns the Use Agreement: which versions were published, whom
// they bind, who accepted which of them, and what follows when somebody takes
// that back.
//
// When it is asked for is decided by package flow, and shown by package pages;
// sessions that end with it are package session's.
package agreement
