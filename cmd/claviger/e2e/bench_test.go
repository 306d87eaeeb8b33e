package e2e

import (
	"fmt"
	"path/filepath"
	"testing"
)

// BenchmarkImport measures an import with letters, in rows per second, start of
// the program included.
func BenchmarkImport(b *testing.B) {
	const rows = 5000
	for _, backend := range backends {
		b.Run(backend, func(b *testing.B) {
			for b.Loop() {
				in := newInstallation(b, backend, nil)
				roster := filepath.Join(in.dir, "roster.csv")
				in.start("roster", "sample", "--rows", fmt.Sprint(rows), "--seed", "7", "--out", roster)
				in.claviger("enroll", "import", roster, "--letters", filepath.Join(in.dir, "letters"))
			}
			b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
