// Package operator decides who may use the admin API, and as what: it gives roles to
// people and to applications, takes them away, and lists them.
//
// What a role may do stands in package admin. Who manages the staff of one
// organization is package access's.
package operator
