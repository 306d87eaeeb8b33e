// Package approval asks a second person. What somebody wants to do that is not for one
// person alone becomes a request; somebody else approves or rejects it within a time; who
// asked then does it, once, in the transaction that ends the request. A request is bound
// to who asked and to exactly what was asked for.
//
// Which acts that are, and who may do and approve them, is package admin's. Applications
// and rosters have a second person of their own, in package enroll.
package approval
