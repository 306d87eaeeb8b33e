// Package person owns what is known of a human being: the profile, how it is
// sealed, and the blind indexes by which somebody is found without opening
// anything. It also knows what a National Provider Identifier looks like.
//
// Where a person comes from is package enroll's, how they prove who they are
// package credential's.
package person
