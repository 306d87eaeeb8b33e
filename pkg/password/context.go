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

// knownWord is a name, or a part of one, that is looked for.
type knownWord struct {
	text string
	// name is what people know it as: O'Brien, of which Brien is a part.
	name string
}

// known returns the names that are looked for: whole, in their parts, and
// without the figures at the end (jsmith of jsmith2). When there are too many,
// the person's own are kept.
func (p Policy) known(personal []string) []knownWord {
	var all []knownWord
	seen := map[string]bool{}
	add := func(word, name string) {
		key := skeleton(word)
		if n := codePoints(key); n < minWord || n > MaxCodePoints || seen[key] || len(all) >= maxKnown {
			return
		}
		seen[key] = true
		all = append(all, knownWord{word, name})
	}
	notWord := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) }
	for _, list := range [][]string{personal, p.Words} {
		for _, name := range list {
			add(strings.Join(strings.FieldsFunc(name, notWord), ""), name)
			for _, one := range strings.Fields(name) {
				parts := strings.FieldsFunc(one, notWord)
				add(strings.Join(parts, ""), one)
				for _, part := range parts {
					add(part, one)
					add(strings.TrimRightFunc(part, unicode.IsDigit), one)
				}
			}
		}
	}
	// The longest are looked for first: a short one must not spoil a long one.
	slices.SortStableFunc(all, func(a, b knownWord) int { return codePoints(b.text) - codePoints(a.text) })
	return all
}

// decoration is how many letters and digits around known words still leave a
// password that is those words.
const decoration = 4

// madeOf returns a known name when the whole password is such words, forwards or
// backwards, and little else, whatever stands between them.
func madeOf(plain string, known []knownWord) string {
	typed := []rune(bare(plain))
	rest, first := []rune(skeleton(plain)), ""
	for _, word := range known {
		for _, w := range [...]string{skeleton(word.text), reversed(skeleton(word.text))} {
			if strike(rest, []rune(w)) && first == "" {
				first = word.name
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

// mentions returns a known name that the password holds, or holds a part of.
func mentions(plain string, known []knownWord) string {
	in := skeleton(plain)
	for _, word := range known {
		if w := skeleton(word.text); strings.Contains(in, w) || strings.Contains(in, reversed(w)) {
			return word.name
		}
	}
	return ""
}

// spellings is how the estimate is told of names.
func spellings(known []knownWord) []string {
	out := make([]string, 0, len(known))
	for _, word := range known {
		out = append(out, bare(foldCase(word.text)))
	}
	return out
}

func refuseContext(name string) *Refusal {
	r := refuse(Context, "This password is made of “"+name+"”, which others know too.")
	r.Word = name
	return r
}
