package teststores

import (
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"testing"
)

// FreePort is a TCP port of the loopback interface on which nobody listens, and which
// nobody else draws until the test ends. It lies below the range that the kernel hands
// out, as those of .ci/testenv do, so that no connection is in the way either.
//
// Whoever draws a port holds the UDP port of the same number meanwhile, which tells
// the other tests of this process and those of other processes.
func FreePort(t testing.TB) int {
	t.Helper()
	var open net.ListenConfig
	for range 100 {
		port := 20000 + mathrand.IntN(12000) //nolint:gosec // which port is no secret
		address := fmt.Sprint("127.0.0.1:", port)
		mark, err := open.ListenPacket(t.Context(), "udp", address)
		if err != nil {
			continue
		}
		l, err := open.Listen(t.Context(), "tcp", address)
		if err != nil {
			_ = mark.Close()
			continue
		}
		_ = l.Close()
		t.Cleanup(func() { _ = mark.Close() })
		return port
	}
	t.Fatal("no free port")
	return 0
}
