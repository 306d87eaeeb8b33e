package password

import (
	"crypto/sha256"
	_ "embed"
	"sort"
	"strings"
	"unicode"
)

// commonList holds the passwords that most people choose: the first commonSize
// bytes of the SHA-256 of each, in order. It lies in the program's read-only
// data; nothing is made of it at the start. Where it comes from stands in
// data/NOTICE.md.
//
//go:embed data/common.bin
var commonList string

// commonSize leaves a wrong hit to one password in a billion.
const commonSize = 6

func commonKey(plain string) string {
	sum := sha256.Sum256([]byte(plain))
	return string(sum[:commonSize])
}

// isCommon reports whether a case-folded password is in the list.
func isCommon(plain string) bool {
	key := commonKey(plain)
	n := len(commonList) / commonSize
	at := func(i int) string { return commonList[i*commonSize : (i+1)*commonSize] }
	i := sort.Search(n, func(i int) bool { return at(i) >= key })
	return i < n && at(i) == key
}

// minCore is the shortest common password that counts as what a longer one is
// made of.
const minCore = 5

// cores returns the common passwords that a case-folded password is made of:
// itself without what stands around it (password of password123456789), and its
// stretches of letters, also where figures stand for some.
func cores(plain string) []string {
	var all []string
	seen := map[string]bool{}
	add := func(s string) {
		if n := codePoints(s); n < minCore || seen[s] {
			return
		}
		seen[s] = true
		if isCommon(s) {
			all = append(all, s)
		}
	}
	notLetter := func(r rune) bool { return !unicode.IsLetter(r) }
	for _, form := range [...]string{plain, skeletonLetters(plain)} {
		core := strings.TrimFunc(form, notLetter)
		add(core)
		add(string([]rune(core)[:min(period(core), codePoints(core))]))
		for _, part := range strings.FieldsFunc(form, notLetter) {
			add(part)
		}
	}
	return all
}

// skeletonLetters is the password with figures read as letters, for lists whose
// entries are words.
func skeletonLetters(plain string) string {
	return strings.NewReplacer("0", "o", "1", "i", "!", "i", "3", "e", "4", "a", "@", "a", "5", "s", "$", "s", "7", "t").Replace(bare(plain))
}
