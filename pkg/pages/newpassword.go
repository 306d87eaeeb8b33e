package pages

import (
	"context"
	"errors"

	"github.com/claviger-id/claviger/pkg/password"
)

// newPassword is the part of a page where a new password is entered, twice.
type newPassword struct {
	Minimum int
	// Shared says that the browser is not to remember it.
	Shared bool
	// First says that no other password is asked for before.
	First bool
	// BadNew and BadConfirm say which of the fields are wrong.
	BadNew, BadConfirm bool
	// Strength is that of what was entered, in words; it may be empty.
	Strength string
}

// strength says in words how well what was entered withstands guessing; cause is
// why it was not taken, or nil where only the rest of the form is wrong. It may be
// empty.
func (p *Pages) strength(ctx context.Context, texts *Texts, personID, chosen string, cause error) (string, error) {
	var refusal *password.Refusal
	if errors.As(cause, &refusal) {
		if !refusal.Judged() {
			return "", nil
		}
		return texts.ChoosePassword.Strength(refusal.Strength), nil
	}
	strength, ok, err := p.Credentials.Strength(ctx, personID, chosen)
	if err != nil || !ok {
		return "", err
	}
	return texts.ChoosePassword.Strength(strength), nil
}
