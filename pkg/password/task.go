package password

import "errors"

// Task is one hash to be computed, wherever that is done.
type Task struct {
	// Stored is a hash as it is stored.
	Stored string
	// Text is the password, normalized.
	Text []byte
	// Fresh says that the hash of Text is wanted, with the cost and the salt of
	// Stored; otherwise, whether Stored is the hash of Text.
	Fresh bool
}

// String shows nothing of it.
func (t Task) String() string { return "a password hash to be computed" }

// Result is what a Task comes to.
type Result struct {
	Match  bool
	Stored string
}

// Computer computes tasks. It cannot be interrupted. ErrBusy says that a task was
// lost and may be tried again.
type Computer interface {
	Compute(t Task) (Result, error)
}

// Compute computes the task here and now, for as long as that takes.
func (t Task) Compute() (Result, error) {
	if len(t.Text) > 4*MaxCodePoints {
		return Result{}, ErrTooLong
	}
	what, err := parse(t.Stored)
	if err != nil {
		return Result{}, err
	}
	if !t.Fresh {
		return Result{Match: what.check(t.Text)}, nil
	}
	switch p := what.(type) {
	case argon2Hash:
		p.tag = p.compute(t.Text)
		what = p
	case pbkdf2Hash:
		p.tag = p.compute(t.Text)
		what = p
	default:
		return Result{}, errors.New("password: hashes of this kind are verified and not made")
	}
	return Result{Stored: what.encode()}, nil
}
