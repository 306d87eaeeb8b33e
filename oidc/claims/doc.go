// Package claims owns what applications learn of a person: which scope stands
// for which claims, and how a profile is told in them.
//
// The scopes profile, email, phone and address are those of OpenID Connect Core
// section 5.4. The scope provider is Claviger's own and stands for what a
// health plan knows of a clinician: npi, credential, taxonomy, license_number,
// license_state and organization, each a string. So are npi, for the NPI alone, and
// org and roles: where a person belongs, and as what.
//
// It is pure. Who may ask for a scope is package client's, and who has asked
// for it package oidc's.
package claims
