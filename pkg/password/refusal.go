package password

import "strconv"

// Code says in one word why a password is refused. Codes are stable, so that
// pages can say it in other languages.
type Code string

// The codes.
const (
	TooShort Code = "too_short"
	TooLong  Code = "too_long"
	// NotText: it holds what cannot be typed.
	NotText Code = "not_text"
	// Repeated: a short piece over and over.
	Repeated Code = "repeated"
	// Sequence: along the alphabet, the digits or the keyboard.
	Sequence Code = "sequence"
	// Context: made of names that others know.
	Context Code = "context"
	// Common: among those that most people choose, or one of them with
	// something around it.
	Common Code = "common"
	// Weak: guessed soon, for no single reason.
	Weak Code = "weak"
	// Breached: in a collection of stolen passwords.
	Breached Code = "breached"
)

// Codes are all of them.
func Codes() []Code {
	return []Code{TooShort, TooLong, NotText, Repeated, Sequence, Context, Common, Weak, Breached}
}

// Refusal says why a password was refused.
type Refusal struct {
	Code Code
	// Message is the reason in plain words, with what to do instead. It may
	// hold a name of the person's, and never the password.
	Message string
	// Limit is the length that TooShort and TooLong speak of, in code points.
	Limit int
	// Word is the name that Context speaks of, as a whole.
	Word string
	// Strength is how well the password withstands guessing, where Judged says
	// that it was looked at.
	Strength Strength
}

// Judged tells whether the password was such that its strength can be told.
func (r *Refusal) Judged() bool { return r.Code != TooLong && r.Code != NotText }

// Error holds no name: errors get into logs.
func (r *Refusal) Error() string { return "password: refused: " + string(r.Code) }

// advice is what all refusals of something guessable end with.
const advice = " Please choose another one: four or more words that have nothing to do with each other are easy to remember and hard to guess."

func refuse(code Code, reason string) *Refusal {
	return &Refusal{Code: code, Message: reason + advice}
}

func refuseLength(n, minimum int, strength Strength) *Refusal {
	has := strconv.Itoa(n) + " characters"
	if n == 1 {
		has = "1 character"
	}
	return &Refusal{
		Code: TooShort, Limit: minimum, Strength: strength,
		Message: "This password has " + has + ". Please use at least " + strconv.Itoa(minimum) + "; a few words are easy to remember.",
	}
}

func refuseTooLong() *Refusal {
	return &Refusal{
		Code: TooLong, Limit: MaxCodePoints,
		Message: "This password is too long. The limit is " + strconv.Itoa(MaxCodePoints) + " characters.",
	}
}

// RefuseBreached is for what Policy cannot know: that others have the password.
func RefuseBreached() *Refusal {
	return refuse(Breached, "This password appears in lists of stolen passwords, which attackers try first. If you use it anywhere, change it there too.")
}
