package breach_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/breach"
	"github.com/claviger-id/claviger/pkg/outbound"
)

// corpus is a list of n passwords, stolen-0 to stolen-(n-1), in text.
func corpus(n int, end string) string {
	var lines []string
	for i := range n {
		h := breach.HashOf(fmt.Sprintf("stolen-%d", i))
		lines = append(lines, fmt.Sprintf("%s:%d", strings.ToUpper(hex.EncodeToString(h[:])), i*i+1))
	}
	slices.Sort(lines)
	return strings.Join(lines, end) + end
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func silent(int64, int64) {}

func TestBothFormsAreSearched(t *testing.T) {
	for _, n := range []int{1, 2, 60, 61, 100, 5000} {
		text := corpus(n, "\r\n")
		textPath := write(t, "text", text)
		binaryPath := filepath.Join(t.TempDir(), "binary")
		if got, err := breach.Build(strings.NewReader(text), binaryPath, silent); err != nil || got != int64(n) {
			t.Fatalf("build: %d, %v", got, err)
		}
		if info, err := os.Stat(binaryPath); err != nil || info.Size() != int64(20*n) {
			t.Fatalf("binary: %v, %v", info, err)
		}
		noEnd := write(t, "no end", strings.TrimSpace(corpus(n, "\n")))
		noCount := write(t, "no count", func() string {
			var out strings.Builder
			for line := range strings.Lines(text) {
				out.WriteString(strings.ToLower(line[:40]) + "\n")
			}
			return out.String()
		}())
		for _, path := range []string{textPath, binaryPath, noEnd, noCount} {
			f, err := breach.Open(path)
			if err != nil {
				t.Fatalf("%s of %d: %v", filepath.Base(path), n, err)
			}
			for i := range n {
				if found, err := f.Contains(t.Context(), breach.HashOf(fmt.Sprintf("stolen-%d", i))); !found || err != nil {
					t.Fatalf("%s of %d: stolen-%d: %v, %v", filepath.Base(path), n, i, found, err)
				}
			}
			for i := range 500 {
				if found, err := f.Contains(t.Context(), breach.HashOf(fmt.Sprintf("mine-%d", i))); found || err != nil {
					t.Fatalf("%s of %d: mine-%d: %v, %v", filepath.Base(path), n, i, found, err)
				}
			}
			for _, edge := range []breach.Hash{{}, breach.Hash(bytes.Repeat([]byte{255}, 20))} {
				if found, err := f.Contains(t.Context(), edge); found || err != nil {
					t.Errorf("edge: %v, %v", found, err)
				}
			}
			if got, err := breach.Verify(path, silent); got != int64(n) || err != nil {
				t.Errorf("verify: %d, %v", got, err)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestFilesThatAreNoListAreRefused(t *testing.T) {
	sorted := strings.SplitAfter(strings.TrimSuffix(corpus(2000, "\n"), "\n"), "\n")
	backwards := slices.Clone(sorted)
	slices.Reverse(backwards)
	for name, text := range map[string]string{
		"empty": "", "no multiple of 20": strings.Repeat("x", 50), "prose": strings.Repeat("It was a dark night. ", 100),
		"backwards": strings.Join(backwards, ""), "one line, endless": sorted[0][:40] + strings.Repeat("1", 9999),
		"prose of 100 bytes":     strings.Repeat("It was a dark night.", 5)[:60] + "And then it was day, and all was well...",
		"passwords in the clear": strings.Repeat("password\n", 100) + "x",
	} {
		if f, err := breach.Open(write(t, "list", text)); err == nil {
			t.Errorf("%s: opened", name)
			_ = f.Close()
		}
	}
	if _, err := breach.Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	// One line out of place may escape the samples; building does not miss it.
	sorted[1000], sorted[1001] = sorted[1001], sorted[1000]
	into := filepath.Join(t.TempDir(), "binary")
	if _, err := breach.Build(strings.NewReader(strings.Join(sorted, "")), into, silent); !errors.Is(err, breach.ErrMalformed) || !strings.Contains(err.Error(), "line 1002") {
		t.Errorf("two lines swapped: %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(into)); len(left) != 0 || err != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestAListIsReplacedWhileItIsUsed(t *testing.T) {
	path := write(t, "list", corpus(10, "\n"))
	f, err := breach.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	newcomer := breach.HashOf("stolen-99")
	if found, _ := f.Contains(t.Context(), newcomer); found {
		t.Fatal("found before")
	}
	if _, err := breach.Build(strings.NewReader(corpus(100, "\n")), path, silent); err != nil {
		t.Fatal(err)
	}
	if found, err := f.Contains(t.Context(), newcomer); !found || err != nil {
		t.Errorf("after: %v, %v", found, err)
	}
	if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if found, err := f.Contains(t.Context(), breach.HashOf("mine")); found || err == nil {
		t.Errorf("a broken one in its place: %v, %v", found, err)
	}
}

func service(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) breach.Range {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(answer))
	t.Cleanup(s.Close)
	return breach.Range{URL: s.URL + "/range/", Fetch: outbound.New(outbound.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})}
}

func TestARangeIsAskedFor(t *testing.T) {
	h := breach.HashOf("password") // 5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8
	r := service(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/range/5BAA6" || r.Header.Get("Add-Padding") != "true" {
			t.Errorf("asked for %s with %v", r.URL, r.Header)
		}
		_, _ = fmt.Fprint(w, "0018A45C4D1DEF81644B54AB7F969B88D65:3\r\n1E4C9B93F3F0682250B6CF8331B7EE68FD8:9545824\r\n1E4C9B93F3F0682250B6CF8331B7EE68FD9:0\r\n")
	})
	if found, err := r.Contains(t.Context(), h); !found || err != nil {
		t.Errorf("stolen: %v, %v", found, err)
	}
	h[19]++ // padding
	if found, err := r.Contains(t.Context(), h); found || err != nil {
		t.Errorf("padding: %v, %v", found, err)
	}
}

func TestWhatIsNotKnown(t *testing.T) {
	var log bytes.Buffer
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"failing":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"nonsense": func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "<html>") },
	} {
		place := service(t, answer)
		closed := &breach.Screen{Places: []breach.Lookup{place}, Closed: true, Log: slog.New(slog.NewTextHandler(&log, nil))}
		if found, err := closed.Compromised(t.Context(), "quiet herons"); found || err == nil {
			t.Errorf("%s, closed: %v, %v", name, found, err)
		}
		open := &breach.Screen{Places: []breach.Lookup{place}, Log: closed.Log}
		if found, err := open.Compromised(t.Context(), "quiet herons"); found || err != nil || open.Unanswered() != 1 {
			t.Errorf("%s, open: %v, %v, %d", name, found, err, open.Unanswered())
		}
	}
	h := breach.HashOf("quiet herons")
	if text := log.String(); !strings.Contains(text, "not known") || strings.Contains(text, "herons") || strings.Contains(strings.ToLower(text), hex.EncodeToString(h[:])[:5]) {
		t.Errorf("log %s", text)
	}
	none := &breach.Screen{}
	if found, err := none.Compromised(context.Background(), "x"); found || err != nil {
		t.Errorf("no place: %v, %v", found, err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(corpus(3, "\n")))
	f.Add([]byte(corpus(3, "\r\n"))[:100])
	f.Add(bytes.Repeat([]byte{1}, 40))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := breach.Open(write(t, "list", string(text)))
		if err != nil {
			return
		}
		_, _ = l.Contains(t.Context(), breach.HashOf("stolen-1"))
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
}
