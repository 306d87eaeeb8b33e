package password

import "strings"

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

// runs are what people walk along.
var runs = [...]string{
	"abcdefghijklmnopqrstuvwxyz", "01234567890",
	"qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertz", "azerty",
	"1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1234qwerasdfzxcv",
}

// isSequence reports whether s is made of walks of four or more along one of
// the runs, in either direction, one after the other.
func isSequence(s string) bool {
	r := []rune(s)
	for len(r) > 0 {
		n := 0
		for _, run := range runs {
			n = max(n, walk(r, []rune(run)), walk(r, []rune(reversed(run))))
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

func reversed(s string) string {
	var out strings.Builder
	r := []rune(s)
	for i := len(r) - 1; i >= 0; i-- {
		out.WriteRune(r[i])
	}
	return out.String()
}
