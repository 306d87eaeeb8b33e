package teststores

import (
	"os"
	"os/exec"
	"testing"
)

// Variables of the environment that .ci/testenv sets.
const (
	// Postgres and Redis are addresses of servers.
	Postgres = "CLAVIGER_TEST_POSTGRES"
	Redis    = "CLAVIGER_TEST_REDIS"
	// Chromium is the path of the browser.
	Chromium = "CLAVIGER_TEST_CHROMIUM"
)

// Missing ends a test that cannot be run here: loudly on a developer's machine,
// and as a failure where CI is set.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s, and CI is set", what)
	}
	t.Skipf("SKIPPED, THIS TESTS NOTHING: %s; run the tests with make test", what)
}

// Given returns a variable of the environment.
func Given(t testing.TB, variable string) string {
	t.Helper()
	value := os.Getenv(variable)
	if value == "" {
		Missing(t, variable+" is not set")
	}
	return value
}

// Program returns the path of a program.
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, "there is no "+name)
	}
	return path
}
