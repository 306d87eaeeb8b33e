package person

// ValidNPI reports whether s has the form of a National Provider Identifier:
// ten digits, the first 1 or 2, the last a Luhn check digit over the prefix
// 80840 and the other nine (45 CFR 162.406). It says nothing about whether the
// number was given to anybody.
func ValidNPI(s string) bool {
	if len(s) != 10 || (s[0] != '1' && s[0] != '2') {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s[9] == CheckDigit(s[:9])
}

// CheckDigit returns the tenth digit of an NPI for its first nine.
func CheckDigit(nine string) byte {
	sum := 24 // what the prefix 80840 adds
	for i := range len(nine) {
		d := int(nine[i] - '0')
		if i%2 == 0 { // of nine digits the first and every second are doubled
			d *= 2
		}
		sum += d/10 + d%10
	}
	return byte('0' + (10-sum%10)%10)
}
