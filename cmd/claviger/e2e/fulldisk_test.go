package e2e

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/sys/unix"

	"github.com/claviger-id/claviger/storage/teststores"
)

// smallDisk mounts a file system of that many bytes on a directory of the test.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size+",mode=0700")
	if errors.Is(err, unix.EPERM) {
		teststores.Missing(t, "only root may mount a file system of its own to fill")
	}
	if err != nil {
		t.Fatalf("mounting a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill writes until nothing more fits, and returns what makes room again.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, chunk := range []int{1 << 20, 4 << 10, 1} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, chunk))
		}
	}
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFullDisk lets the embedded stores run out of disk: no token, an answer in
// time, and once there is room all goes on without a restart, with everything
// that was promised.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "48m")
	in := newInstallation(t, "embedded", map[string]string{"data.directory": quote(disk)})
	who := in.enroll(1)[0]
	secret := in.register("app", redirectTo, goodbye)
	in.serve()
	p := newPerson(t, redirectTo, http.DefaultTransport)
	verifier := oauth2.GenerateVerifier()
	address := in.issuer + "/authorize?" + url.Values{
		"client_id": {"app"}, "redirect_uri": {redirectTo}, "response_type": {"code"}, "scope": {"openid profile"}, "state": {"s-0123456789"},
		"code_challenge": {challenge(verifier)}, "code_challenge_method": {"S256"},
	}.Encode()
	back := p.signIn(address, who.userID, who.temporary, personal)
	redeem := url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {redirectTo}, "code_verifier": {verifier}}
	status, out := in.token(secret, redeem)
	if status != http.StatusOK {
		t.Fatalf("%d %+v", status, out)
	}
	renew := func(token string) url.Values {
		return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	}
	refresh := out.Refresh
	free := fill(t, disk)
	// What fits into space that a file has already may still be written; then
	// the token is good. Soon nothing fits.
	full := false
	for range 2000 {
		began := time.Now()
		status, out = in.token(secret, renew(refresh))
		if took := time.Since(began); took > outageLimit {
			t.Fatalf("a request waited %s", took)
		}
		if status != http.StatusOK {
			full = true
			break
		}
		refresh = out.Refresh
	}
	if !full || status != http.StatusServiceUnavailable || out.Error != "temporarily_unavailable" || out.Access != "" || out.Refresh != "" {
		t.Fatalf("on a full disk: %d %+v", status, out)
	}
	free()
	deadline := time.Now().Add(30 * time.Second)
	for status = 0; status != http.StatusOK && time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		status, out = in.token(secret, renew(refresh))
	}
	if status != http.StatusOK {
		t.Fatalf("there is room again, and the server does not go on: %d %+v", status, out)
	}
	if status, _ := in.token(secret, renew(out.Refresh)); status != http.StatusOK {
		t.Errorf("the token that came after the outage: %d", status)
	}
}
