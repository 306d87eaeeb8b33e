package admin

import (
	"encoding/base64"
	"regexp"

	"github.com/claviger-id/claviger/pkg/problem"
)

var idForm = regexp.MustCompile(`^[a-z2-7]{26}$`)

// cursor stands for the place after an id in a list.
func cursor(id string) string { return base64.RawURLEncoding.EncodeToString([]byte("1:" + id)) }

// after is the id that a cursor stands for.
func after(cursor string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(text) < 2 || string(text[:2]) != "1:" || !idForm.Match(text[2:]) {
		return "", problem.New(problem.Invalid, "The cursor is not one that was given here.")
	}
	return string(text[2:]), nil
}
