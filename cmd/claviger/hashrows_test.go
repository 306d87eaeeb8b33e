package main

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzHashRows: whatever the file holds, reading ends, and each row is told apart
// by its line.
func FuzzHashRows(f *testing.F) {
	f.Add([]byte("user_id,npi,format,hash\njsmith,,bcrypt,$2a$05$x\n"))
	f.Add([]byte("\ufeffhash,NPI\r\n\"a\nb\",1\r\n\"\n"))
	f.Add([]byte("{\"user_id\":\"a\",\"hash\":{\"secretData\":{}}}\n\n{\n{}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "rows")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		rows, err := openHashRows(path)
		if err != nil {
			return
		}
		defer func() { _ = rows.close() }()
		last := int64(0)
		for more := true; more; {
			var batch []hashRow
			if batch, more, err = rows.next(3); err != nil {
				return
			}
			for _, row := range batch {
				if row.line <= last {
					t.Errorf("line %d after line %d", row.line, last)
				}
				last = row.line
			}
			if at := rows.fraction(); at < 0 || at > 1 {
				t.Errorf("fraction %v", at)
			}
		}
	})
}
