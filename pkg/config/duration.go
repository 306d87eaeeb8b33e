package config

import (
	"strings"
	"time"
)

// Duration is a length of time written as in Go: "15m", "12h", "90s". A text
// that is none is kept and reported by Validate with everything else.
type Duration struct {
	time.Duration
	bad string
}

// Of returns d as a configuration value.
func Of(d time.Duration) Duration { return Duration{Duration: d} }

// UnmarshalText never fails, so that one bad duration does not hide the next.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		*d = Duration{bad: string(text)}
		return nil
	}
	*d = Duration{Duration: parsed}
	return nil
}

// String says a duration without the units that are nothing: 15m, not 15m0s.
func (d Duration) String() string {
	text := d.Duration.String()
	for _, nothing := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, nothing) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// MarshalText writes what UnmarshalText reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }
