package breach

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/outbound"
)

// rangeTimeout is how long a service may take: somebody waits.
const rangeTimeout = 2 * time.Second

// Range is a service that is told the first five hexadecimal digits of a hash and
// answers with all that begin so (k-anonymity): it does not learn which was meant.
type Range struct {
	// URL is what the five digits are added to.
	URL   string
	Fetch *outbound.Client
}

var _ Lookup = Range{}

// Contains asks the service.
func (r Range) Contains(ctx context.Context, h Hash) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, rangeTimeout)
	defer cancel()
	digits := strings.ToUpper(hex.EncodeToString(h[:]))
	// Padding hides from whoever watches the line how long the answer is.
	d, err := r.Fetch.GetWith(ctx, r.URL+digits[:5], "text/plain", map[string]string{"Add-Padding": "true"})
	if err != nil {
		return false, err
	}
	found := false
	lines := bufio.NewScanner(bytes.NewReader(d.Body))
	for lines.Scan() {
		rest, count, ok := strings.Cut(strings.TrimSpace(lines.Text()), ":")
		if !ok || len(rest) != len(digits)-5 {
			return false, errors.New("breach: the service answered with something else than a range of hashes")
		}
		// Padding has the count 0.
		if strings.EqualFold(rest, digits[5:]) && strings.Trim(count, "0") != "" {
			found = true
		}
	}
	return found, lines.Err()
}
