package outbound

import (
	"strconv"
	"strings"
	"time"
)

// maxAge reads how long a document may be kept (RFC 9111 section 5.2.2); 0 when
// the header does not say, or forbids it.
func maxAge(header string) time.Duration {
	var age time.Duration
	for directive := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31)
			if err == nil {
				age = time.Duration(seconds) * time.Second
			}
		}
	}
	return age
}
