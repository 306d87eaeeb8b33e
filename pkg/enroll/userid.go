package enroll

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/mozillazg/go-unidecode"
	"golang.org/x/text/unicode/norm"

	"github.com/claviger-id/claviger/pkg/person"
)

// Pattern derives User IDs from names: {first}, {first:N}, {middle:N}, {last},
// {last:N} and {n}, and letters, digits, dots, hyphens and underscores between
// them. {n} is nothing for the first person of a name, then 2, 3, …
type Pattern struct{ parts []part }

type part struct {
	literal string
	field   string // first, middle, last, n
	length  int    // 0: all of it
}

// Bounds of a User ID, in characters.
const (
	minUserID = 3
	maxUserID = 32
	// maxStem leaves room for a number of up to eight digits.
	maxStem = maxUserID - 8
)

var patternPart = regexp.MustCompile(`^\{(first|middle|last|n)(?::([1-9][0-9]?))?\}|^[a-z0-9._-]+`)

// ParsePattern reads a pattern. {last} and {n} must occur once each.
func ParsePattern(text string) (Pattern, error) {
	var p Pattern
	count := map[string]int{}
	for rest := text; rest != ""; {
		m := patternPart.FindStringSubmatch(rest)
		if m == nil {
			return Pattern{}, fmt.Errorf("user ID pattern: %q is not understood; use {first:1}{last}{n} and the like", rest)
		}
		rest = rest[len(m[0]):]
		if m[1] == "" {
			p.parts = append(p.parts, part{literal: m[0]})
			continue
		}
		n, _ := strconv.Atoi(m[2])
		if m[1] == "n" && m[2] != "" {
			return Pattern{}, errors.New("user ID pattern: {n} takes no length")
		}
		count[m[1]]++
		p.parts = append(p.parts, part{field: m[1], length: n})
	}
	if count["last"] != 1 || count["n"] != 1 {
		return Pattern{}, errors.New("user ID pattern: {last} and {n} must stand there once each")
	}
	return p, nil
}

// Stem is what the pattern makes of a name before its number, in two halves:
// what stands before {n} and what stands after it.
func (p Pattern) Stem(who person.Profile) (before, after string) {
	var halves [2]strings.Builder
	at := 0
	for _, q := range p.parts {
		text := q.literal
		switch q.field {
		case "n":
			at = 1
			continue
		case "first":
			text = letters(who.GivenName, q.length)
		case "middle":
			text = letters(who.MiddleName, q.length)
		case "last":
			text = letters(who.FamilyName, q.length)
		}
		halves[at].WriteString(text)
	}
	before, after = halves[0].String(), halves[1].String()
	if len(before)+len(after) > maxStem {
		before = before[:max(maxStem-len(after), 0)]
	}
	// Names in a script that nobody knows how to write in Latin letters still need one.
	if strings.Trim(before+after, "._-") == "" {
		before, after = "user", ""
	}
	for len(before)+len(after) < minUserID {
		before += "x"
	}
	return before, after
}

// UserID is the User ID of the n-th person of a stem, from 1.
func UserID(before, after string, n int64) string {
	if n > 1 || slices.Contains(reserved[:], before+after) || offensive.MatchString(before+after) {
		// Of a word that nobody may have alone there is no first one.
		return before + strconv.FormatInt(n, 10) + after
	}
	return before + after
}

// reserved are names that would be taken for somebody else.
var reserved = [...]string{
	"admin", "administrator", "root", "system", "support", "help", "helpdesk", "security", "operator", "claviger",
	"postmaster", "webmaster", "abuse", "info", "test", "guest", "null", "undefined", "api", "oauth", "openid",
}

// offensive are words that chance puts together from honest names.
var offensive = regexp.MustCompile(`fuck|shit|cunt|nigg|fagg|rape|nazi|slut|whore|dick|cock|tits|arse|^ass$|sex`)

// letters brings a name down to a-z, at most n of them (0: all).
func letters(name string, n int) string {
	var out strings.Builder
	for _, c := range norm.NFKC.String(strings.ToLower(name)) {
		if unicode.IsLetter(c) && !unicode.Is(unicode.Latin, c) {
			// Letters of other scripts are not taken apart: the й of Сергей is no и.
			out.WriteString(plain(strings.ToLower(unidecode.Unidecode(string(c)))))
			continue
		}
		out.WriteString(plain(norm.NFKD.String(string(c))))
	}
	s := out.String()
	if n > 0 && len(s) > n {
		s = s[:n]
	}
	return s
}

// plain keeps a-z of a text, and what stands for other Latin letters.
func plain(text string) string {
	var out strings.Builder
	for _, c := range text {
		switch {
		case c >= 'a' && c <= 'z':
			out.WriteRune(c)
		case unicode.Is(unicode.Mn, c):
		default:
			out.WriteString(latin(c))
		}
	}
	return out.String()
}

// latin are the letters that do not decompose into a Latin one and a mark.
func latin(c rune) string {
	switch c {
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ø':
		return "o"
	case 'đ', 'ð':
		return "d"
	case 'þ':
		return "th"
	case 'ł':
		return "l"
	case 'ı':
		return "i"
	case 'ħ':
		return "h"
	case 'ŋ':
		return "n"
	case 'ŧ':
		return "t"
	}
	return ""
}
