// Package scim is a SCIM 2.0 server (RFC 7643, RFC 7644) on the admin listener: what
// a provisioning client of an employer's directory makes, reads, changes and ends.
// Users are accounts, made through enrolment; groups are the roles that people have in
// organizations.
//
// Who may ask, the Gate says; the decisions are those of packages enroll and access.
// A client that is for one organization sees whom it made and who works there, and
// nobody else exists to it. No password comes in or goes out.
package scim
