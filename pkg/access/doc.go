// Package access owns who belongs where: organizations, the roles that people
// have in them, for what need and how long, and who may decide that.
//
// Rules.Decide is the whole policy, pure: an operator, a delegate administrator
// of an organization and the person concerned may do what it says, and nobody
// anything else. What is refused is recorded, and an organization that the caller
// has no business with is answered like one that does not exist.
//
// A membership ends in one transaction with its event. What rested on it,
// sessions and grants, ends right afterwards, or by Run when the process died in
// between: a membership is not settled before.
//
// A delegation lets one person act for another in some applications. It ends in the
// same way, and whatever is issued by it looks at it anew.
//
// It does not own accounts (package enroll), sessions (package session) or what
// applications are told (package claims).
package access
