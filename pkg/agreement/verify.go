package agreement

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// MaxReceipt is how large a receipt may be, in bytes.
const MaxReceipt = 16 << 10

// Why a file is no receipt that can be relied on.
var (
	// ErrForeign: it is signed with another key, if it is signed at all.
	ErrForeign = errors.New("agreement: the receipt is not signed with this key")
	// ErrAltered: it has the name of the key, and says something that was not signed.
	ErrAltered = errors.New("agreement: the receipt was altered")
	// ErrNoReceipt: it is something else, though it may be signed.
	ErrNoReceipt = errors.New("agreement: this is no receipt of an agreement")
)

// Verify reads a receipt that was signed with a key. What it says was true when it was
// issued.
func Verify(receipt []byte, key note.Verifier) (says Statement, err error) {
	if len(receipt) > MaxReceipt {
		return says, ErrNoReceipt
	}
	opened, err := note.Open(receipt, note.VerifierList(key))
	var (
		unverified *note.UnverifiedNoteError
		invalid    *note.InvalidSignatureError
	)
	switch {
	case errors.As(err, &unverified):
		return says, ErrForeign
	case errors.As(err, &invalid):
		return says, ErrAltered
	case err != nil:
		return says, fmt.Errorf("%w: %w", ErrNoReceipt, err)
	}
	return read(opened.Text, key.Name())
}

// read reads the text of a receipt, which is none unless it is what would be signed
// for what it says.
func read(text, log string) (Statement, error) {
	var says Statement
	head, rest, _ := strings.Cut(text, "\n")
	if head != receiptHead {
		return says, ErrNoReceipt
	}
	for _, l := range says.lines() {
		after, ok := strings.CutPrefix(rest, l.name+": ")
		if !ok {
			continue // what had no value; what should have one is missed below
		}
		var value string
		value, rest, _ = strings.Cut(after, "\n")
		if err := l.read(value); err != nil {
			return Statement{}, fmt.Errorf("%w: %w", ErrNoReceipt, err)
		}
	}
	again, err := says.text()
	if err != nil || again != text || says.Log != log || says.Receipt == "" || says.Version == "" || says.SHA256 == "" || says.AcceptedAt.IsZero() || says.IssuedAt.IsZero() {
		return Statement{}, ErrNoReceipt
	}
	return says, nil
}
