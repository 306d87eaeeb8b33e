package password

import "github.com/claviger-id/claviger/pkg/secret"

// A temporary password is four groups of five: 20 letters of 31, 99 bits.
func temporary() secret.Legible { return secret.Legible{Groups: 4, Length: 5} }

// NewTemporary draws a temporary password, such as K7QX2-M9RTD-48WPA-HJ3CV.
func NewTemporary() string { return temporary().Draw() }

// NormalizeTemporary brings what somebody typed into the form that NewTemporary
// draws. What cannot be a temporary password is "", which matches none.
func NormalizeTemporary(typed string) string { return temporary().Normalize(typed) }
