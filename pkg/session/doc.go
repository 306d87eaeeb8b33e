// Package session owns browser sessions: how they begin, what keeps them
// alive, and how they end.
//
// A session dies of inactivity or of age, and both are decided here, on the
// server. What counts as activity is what a person does: a sign-in, a hosted
// page, an authorization request that the person's browser brings. What does
// not: refreshing tokens, introspection, userinfo, a prompt=none request.
//
// Ending a session, for whatever reason, kills it first, with the reason noted; then
// ends its grants and writes one audit event, in one durable transaction; then a
// mark makes its access tokens unusable here until the last of them has expired;
// then the session is removed. The reaper does so for many sessions in one
// transaction. Whoever dies in between leaves a dead session where the reaper finds
// it. All of it may happen twice without harm.
//
// The cookie that carries a session is package web's, its address bar nobody's.
package session
