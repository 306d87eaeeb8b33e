package password

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// foldCase brings together what differs in case only (simple case folding).
func foldCase(s string) string {
	return strings.Map(func(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }, s)
}

// bare removes accents: people who know a name try it without them.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}

// leet reads figures as the letters that they stand for. Some stand for two;
// both sides of a comparison are read alike.
var leet = strings.NewReplacer(
	"0", "o", "1", "i", "!", "i", "|", "i", "l", "i", "3", "e", "4", "a", "@", "a",
	"5", "s", "$", "s", "7", "t", "+", "t", "8", "b", "9", "g", "6", "g", "(", "c", "2", "z", "%", "x",
)

// skeleton is what is compared with names: no case, no accents, no figures for
// letters.
func skeleton(s string) string { return leet.Replace(bare(foldCase(s))) }

// minWord is the shortest name that is looked for.
const minWord = 3

// maxKnown bounds the names of one person, whatever their profile holds.
const maxKnown = 48

// known returns the names that are looked for: whole, in their parts, and
// without the figures at the end (jsmith of jsmith2). When there are too many,
// the person's own are kept.
func (p Policy) known(personal []string) []string {
	var all []string
	seen := map[string]bool{}
	add := func(word string) {
		key := skeleton(word)
		if n := codePoints(key); n < minWord || n > MaxCodePoints || seen[key] || len(all) >= maxKnown {
			return
		}
		seen[key] = true
		all = append(all, word)
	}
	notWord := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) }
	for _, list := range [][]string{personal, p.Words} {
		for _, name := range list {
			parts := strings.FieldsFunc(name, notWord)
			add(strings.Join(parts, ""))
			for _, part := range parts {
				add(part)
				add(strings.TrimRightFunc(part, unicode.IsDigit))
			}
		}
	}
	// The longest are looked for first: a short one must not spoil a long one.
	slices.SortStableFunc(all, func(a, b string) int { return codePoints(b) - codePoints(a) })
	return all
}

// decoration is how many letters and digits around known words still leave a
// password that is those words.
const decoration = 4

// madeOf returns a known word when the whole password is such words, forwards or
// backwards, and little else, whatever stands between them.
func madeOf(plain string, known []string) string {
	typed := []rune(bare(plain))
	rest, first := []rune(skeleton(plain)), ""
	for _, word := range known {
		for _, w := range [...]string{skeleton(word), reversed(skeleton(word))} {
			if strike(rest, []rune(w)) && first == "" {
				first = word
			}
		}
	}
	left := 0
	for i, r := range rest {
		if r != struck && (unicode.IsLetter(typed[i]) || unicode.IsDigit(typed[i])) {
			left++
		}
	}
	if left > decoration {
		return ""
	}
	return first
}

// struck stands where a known word was.
const struck = 0

// strike takes every occurrence of word out of text, and reports whether there
// was one.
func strike(text, word []rune) bool {
	found := false
	for i := 0; i+len(word) <= len(text); i++ {
		if slices.Equal(text[i:i+len(word)], word) {
			clear(text[i : i+len(word)])
			found = true
		}
	}
	return found
}

// mentions returns a known word that the password holds.
func mentions(plain string, known []string) string {
	in := skeleton(plain)
	for _, word := range known {
		if w := skeleton(word); strings.Contains(in, w) || strings.Contains(in, reversed(w)) {
			return word
		}
	}
	return ""
}

// spellings is how the estimate is told of names.
func spellings(known []string) []string {
	out := make([]string, 0, len(known))
	for _, word := range known {
		out = append(out, bare(foldCase(word)))
	}
	return out
}

func refuseContext(word string) *Refusal {
	r := refuse(Context, "This password is made of “"+word+"”, which others know too.")
	r.Word = word
	return r
}
