package password

import (
	"slices"
	"strings"
	"unicode"
)

// published are passphrases that stand as examples in advice on passwords, and sayings that
// everybody knows: long, and in no list of what people chose before there was
// such advice. An estimate takes their words for independent ones.
var published = []string{
	"correct horse battery staple", "this is my password", "my password is password", "let me in please",
	"the quick brown fox jumps over the lazy dog", "may the force be with you", "to be or not to be that is the question",
	"i love you to the moon and back", "open sesame open sesame", "once upon a time", "an apple a day keeps the doctor away",
	"first do no harm", "primum non nocere", "four score and seven years ago", "in the beginning was the word",
	"our father who art in heaven", "the lord is my shepherd", "winter is coming", "live long and prosper", "hello darkness my old friend",
	"all work and no play makes jack a dull boy", "i solemnly swear that i am up to no good", "never gonna give you up",
	"you shall not pass", "elementary my dear watson", "houston we have a problem", "i will be back", "here is looking at you kid",
	"twinkle twinkle little star", "happy birthday to you", "mary had a little lamb", "row row row your boat",
	"we hold these truths to be self evident", "i think therefore i am", "veni vidi vici", "carpe diem carpe diem",
	"en un lugar de la mancha", "ser o no ser esa es la cuestion", "feliz cumpleanos", "padre nuestro que estas en el cielo",
}

// isPublished reports whether a case-folded password is a passphrase that
// everybody knows, whatever stands between its words or around them, once or
// over again.
func isPublished(plain string) bool {
	for _, form := range [...]string{plain, skeletonLetters(plain)} {
		if said := once(letters(form)); said != "" && slices.ContainsFunc(published, func(p string) bool { return said == once(letters(p)) }) {
			return true
		}
	}
	return false
}

// once is what a text repeats.
func once(s string) string { return string([]rune(s)[:period(s)]) }

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, s)
}
