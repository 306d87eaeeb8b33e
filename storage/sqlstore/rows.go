package sqlstore

import (
	"iter"
	"strconv"
	"strings"
)

// rowsAtOnce is how many rows one statement writes at most.
const rowsAtOnce = 32

// chunks cuts a list into parts of rowsAtOnce, and what is left over into parts of
// which each is a power of two: so there are six texts of each statement to
// prepare, however many rows come.
func chunks[T any](all []T) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		for n := rowsAtOnce; len(all) > 0; {
			if n > len(all) {
				n /= 2
				continue
			}
			if !yield(all[:n]) {
				return
			}
			all = all[n:]
		}
	}
}

// filled repeats the last of a list until its length is a power of two: where a
// row that is named twice does no harm, all of them go into one statement, of which
// there are few texts.
func filled[T any](all []T) []T {
	n := 1
	for n < len(all) {
		n *= 2
	}
	out := append(make([]T, 0, n), all...)
	for len(out) < n {
		out = append(out, all[len(all)-1])
	}
	return out
}

// values lists n rows of parameters. types are those of the columns, where the
// database cannot know them from the place; empty where it can.
func values(n int, types ...string) string {
	var b strings.Builder
	next := 1
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for k, t := range types {
			if k > 0 {
				b.WriteString(", ")
			}
			if t != "" {
				b.WriteString("CAST($" + strconv.Itoa(next) + " AS " + t + ")")
			} else {
				b.WriteString("$" + strconv.Itoa(next))
			}
			next++
		}
		b.WriteByte(')')
	}
	return b.String()
}

// parameters lists n parameters from $first on.
func parameters(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(first+i))
	}
	return b.String()
}
