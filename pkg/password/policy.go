package password

import (
	"strconv"
	"strings"
	"unicode"
)

// Policy is what a personal password must be (NIST SP 800-63B-4 section
// 3.1.1.2): long, and not one that an attacker tries first. There are no rules
// of composition.
type Policy struct {
	// MinLength is in code points: 15 where the password is the only factor.
	MinLength int
	// Words are names that everybody here knows: the product, the organisation.
	Words []string
}

// Refusal says why a password was refused.
type Refusal struct {
	// Code is stable: too_short, too_long, repeated, sequence, context,
	// not_text.
	Code string
	// Message is the reason in plain words.
	Message string
}

// Error is the message.
func (r *Refusal) Error() string { return r.Message }

// Check returns why the password is refused, or nil. personal are the person's
// own names, which others know too.
func (p Policy) Check(password string, personal ...string) *Refusal {
	text, err := Normalize(password)
	if err != nil {
		return &Refusal{"too_long", "This password is too long. The limit is " + strconv.Itoa(MaxCodePoints) + " characters."}
	}
	for _, r := range text {
		if r == unicode.ReplacementChar || (unicode.IsControl(r)) {
			return &Refusal{"not_text", "This password holds a character that cannot be typed. Please use letters, digits, spaces and punctuation."}
		}
	}
	if n := codePoints(text); n < p.MinLength {
		return &Refusal{"too_short", "This password has " + count(n) + ". Please use at least " + strconv.Itoa(p.MinLength) + "; a few words are easy to remember."}
	}
	plain := fold(text)
	if period(plain) <= len([]rune(plain))/3 {
		return &Refusal{"repeated", "This password repeats a short piece over and over, which is guessed early. Please choose another one."}
	}
	if isSequence(plain) {
		return &Refusal{"sequence", "This password follows the alphabet, the digits or the keyboard, which is guessed early. Please choose another one."}
	}
	if word := p.contextWord(plain, personal); word != "" {
		return &Refusal{"context", "This password is made of “" + word + "”, which others know too. Please choose another one."}
	}
	return nil
}

func count(n int) string {
	if n == 1 {
		return "1 character"
	}
	return strconv.Itoa(n) + " characters"
}

// fold brings variations together that people, and attackers, make.
func fold(s string) string {
	return strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "$", "s", "@", "a").
		Replace(strings.ToLower(s))
}

// period is the length of the shortest piece of which all of s is made by
// repetition, the last repetition possibly cut.
func period(s string) int {
	r := []rune(s)
	for n := 1; n < len(r); n++ {
		same := true
		for i := n; i < len(r) && same; i++ {
			same = r[i] == r[i-n]
		}
		if same {
			return n
		}
	}
	return max(len(r), 1)
}

// runs are what people walk along, folded as passwords are.
var runs = [...]string{
	fold("abcdefghijklmnopqrstuvwxyz"), fold("01234567890"),
	fold("qwertyuiop"), fold("asdfghjkl"), fold("zxcvbnm"), fold("qwertz"), fold("azerty"),
	fold("1qaz2wsx3edc4rfv5tgb6yhn7ujm"), fold("1234qwerasdfzxcv"),
}

// isSequence reports whether s is made of walks of four or more along one of
// the runs, in either direction, one after the other.
func isSequence(s string) bool {
	r := []rune(s)
	for len(r) > 0 {
		n := 0
		for _, run := range runs {
			n = max(n, walk(r, []rune(run)), walk(r, reversed(run)))
		}
		if n < min(4, len(r)) {
			return false
		}
		r = r[n:]
	}
	return true
}

// walk is how far the beginning of r goes along run, from anywhere in it.
func walk(r, run []rune) int {
	best := 0
	for at := range run {
		n := 0
		for n < len(r) && at+n < len(run) && r[n] == run[at+n] {
			n++
		}
		best = max(best, n)
	}
	return best
}

func reversed(s string) []rune {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return r
}

// decoration is how many characters around known words still leave a password
// that is those words.
const decoration = 4

// contextWord returns a known word when the whole password is such words and
// little else, whatever stands between them.
func (p Policy) contextWord(plain string, personal []string) string {
	rest, first := plain, ""
	for _, list := range [][]string{personal, p.Words} {
		for _, name := range list {
			for _, word := range append(strings.Fields(name), strings.ReplaceAll(name, " ", "")) {
				w := fold(word)
				if len([]rune(w)) < 3 || !strings.Contains(rest, w) {
					continue
				}
				rest = strings.ReplaceAll(rest, w, "")
				if first == "" {
					first = word
				}
			}
		}
	}
	if first == "" {
		return ""
	}
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, rest)
	if len([]rune(letters)) > decoration {
		return ""
	}
	return first
}
