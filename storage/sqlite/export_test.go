package sqlite

import "github.com/ncruces/go-sqlite3"

// Steps is how many steps the statements of readers took since it was asked last.
func (f *File) Steps() (n int64) {
	var all []*conn
	for range cap(f.readers) {
		all = append(all, <-f.readers)
	}
	for _, c := range all {
		for _, s := range c.prepared {
			n += int64(s.Status(sqlite3.STMTSTATUS_VM_STEP, true))
		}
		f.readers <- c
	}
	return n
}
