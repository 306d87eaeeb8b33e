package enroll_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/enroll/roster"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/sqlite"
)

const header = "NPI,Entity Type Code,Provider Last Name (Legal Name),Provider First Name,Organization\n"

// world is an installation in a directory; opening it again finds what is there.
type world struct {
	*enroll.Importer
	dir   string
	store *sqlite.Store
}

func openWorld(t testing.TB, dir string) *world {
	t.Helper()
	store, err := sqlite.Open(context.Background(), sqlite.Options{
		Path: filepath.Join(dir, "d.db"), Key: bytes.Repeat([]byte{1}, 32), Now: time.Now, Log: slog.New(slog.DiscardHandler), Migrate: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	rootFile := filepath.Join(dir, "keyring")
	root, err := secret.ParseRoot("claviger-root-key-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := os.ReadFile(rootFile)
	if err != nil {
		if _, wrapped, err = root.NewKeyring(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(rootFile, wrapped, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ring, err := root.OpenKeyring(wrapped)
	if err != nil {
		t.Fatal(err)
	}
	pattern, err := enroll.ParsePattern("{first:1}{last}{n}")
	if err != nil {
		t.Fatal(err)
	}
	head, err := enroll.NewLetterhead(enroll.Sender{
		Organization: "Example Health", Address: "https://id.example.org", Language: "en", Help: func(string) string { return "Call 555-0100." },
	})
	if err != nil {
		t.Fatal(err)
	}
	people := &person.Directory{Keys: ring}
	return &world{dir: dir, store: store, Importer: &enroll.Importer{
		Store: store, People: people, Pattern: pattern, Letterhead: head, ValidFor: 72 * time.Hour, Roles: []string{"biller", "clinician", "front_desk", "nurse"}, Log: slog.New(slog.DiscardHandler),
		Credentials: &credential.Service{Store: store, Keys: ring, People: people, Now: time.Now},
		Actor:       audit.Actor{Type: "operator", ID: "test"},
	}}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := openWorld(t, t.TempDir())
	t.Cleanup(func() { _ = w.store.Close() })
	return w
}

func (w *world) file(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (w *world) options(path string) enroll.Options {
	return enroll.Options{Path: path, RejectsPath: path + ".rejects"}
}

func (w *world) run(t *testing.T, o enroll.Options) enroll.Progress {
	t.Helper()
	p, err := w.Import(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (w *world) count(t *testing.T) (n int64) {
	t.Helper()
	if err := w.store.View(t.Context(), func(tx storage.Tx) error {
		counts, err := tx.People().Count(t.Context())
		for _, c := range counts {
			n += c
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func (w *world) profile(t *testing.T, npi string) (storage.Person, person.Profile) {
	t.Helper()
	var record storage.Person
	if err := w.store.View(t.Context(), func(tx storage.Tx) (err error) {
		record, err = tx.People().ByNPI(t.Context(), w.People.NPIIndex(npi))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	p, err := w.People.Open(record)
	if err != nil {
		t.Fatal(err)
	}
	return record, p
}

func npi(n int) string {
	nine := fmt.Sprintf("1%08d", n)
	return nine + string(person.CheckDigit(nine))
}

func TestImport(t *testing.T) {
	w := newWorld(t)
	path := w.file(t, "a.csv", header+
		npi(1)+",1,Smith,Jane,North\n"+npi(2)+",1,SMITH,John,North\n"+npi(3)+",1,Østergård,Zoë,\n"+
		npi(1)+",1,Smith,Jane,North\n"+"1234567890,1,Bad,Digit,\n"+npi(4)+",2,An,Org,\n")
	got := w.run(t, w.options(path))
	if got.Created != 3 || got.Known != 0 || got.Rejected != 3 || got.Letters != 0 {
		t.Errorf("%+v", got)
	}
	for n, want := range map[int]string{1: "jsmith", 2: "jsmith2", 3: "zostergard"} {
		record, p := w.profile(t, npi(n))
		if p.UserID != want || record.State != storage.PersonApproved || len(record.Subject) != 26 || record.Subject == record.ID {
			t.Errorf("person %d: %+v, User ID %s, want %s", n, record, p.UserID, want)
		}
	}
	rejects, err := os.ReadFile(path + ".rejects")
	want := "line,column,reason,npi\n5,NPI,this NPI stands in line 2 already," + npi(1) + "\n6,NPI,has a wrong check digit,\n" +
		"7,Entity Type Code,this NPI is an organisation's (type 2); accounts are for people," + npi(4) + "\n"
	if err != nil || string(rejects) != want {
		t.Errorf("rejects:\n%s\nwant:\n%s", rejects, want)
	}
}

func TestImportAgainChangesNothing(t *testing.T) {
	w := newWorld(t)
	path := w.file(t, "a.csv", header+npi(1)+",1,Smith,Jane,\n"+npi(2)+",1,Doe,John,\n"+npi(1)+",1,Smith,Jane,\n")
	w.run(t, w.options(path))
	again := w.run(t, w.options(path))
	if again.Created != 0 || again.Known != 2 || again.Rejected != 1 || w.count(t) != 2 {
		t.Errorf("%+v, %d people", again, w.count(t))
	}
	other := w.file(t, "b.csv", header+npi(1)+",1,SMITH,jane,\n"+npi(2)+",1,Impostor,John,\n")
	got := w.run(t, w.options(other))
	if got.Known != 1 || got.Rejected != 1 {
		t.Errorf("another file: %+v", got)
	}
}

func TestLetters(t *testing.T) {
	w := newWorld(t)
	path := w.file(t, "a.csv", header+npi(1)+",1,Smith,\"Jane <b>\",North & South\n"+npi(2)+",1,Doe,John,\n")
	w.run(t, w.options(path))
	o := w.options(path)
	o.LettersDir = filepath.Join(w.dir, "letters")
	if got := w.run(t, o); got.Letters != 2 || got.Created != 0 {
		t.Errorf("letters for people who had none: %+v", got)
	}
	if got := w.run(t, o); got.Letters != 0 {
		t.Errorf("letters for people who have some: %+v", got)
	}
	temporary := regexp.MustCompile(`[2-9A-HJKMNP-Z]{5}(-[2-9A-HJKMNP-Z]{5}){3}`)
	files := 0
	err := filepath.WalkDir(o.LettersDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		info, err := d.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		hasID := bytes.Contains(text, []byte("jsmith")) || bytes.Contains(text, []byte("jdoe"))
		hasSecret := temporary.Match(text)
		if hasID == hasSecret || hasSecret != strings.Contains(path, "temporary-password") {
			t.Errorf("%s: User ID %v, temporary password %v", path, hasID, hasSecret)
		}
		if bytes.Contains(text, []byte(npi(1))) || bytes.Contains(text, []byte("<b>,")) || strings.HasSuffix(path, ".html") && bytes.Contains(text, []byte("Jane <b>")) {
			t.Errorf("%s holds what it should not:\n%s", path, text)
		}
		return nil
	})
	if err != nil || files != 8 {
		t.Errorf("%d files, %v", files, err)
	}
	if record, _ := w.profile(t, npi(1)); record.State != storage.PersonCredentialIssued {
		t.Errorf("state %s", record.State)
	}
}

func TestAnUnfinishedImportWantsResume(t *testing.T) {
	w := newWorld(t)
	var text bytes.Buffer
	if err := roster.Sample(&text, 1500, 1); err != nil {
		t.Fatal(err)
	}
	path := w.file(t, "a.csv", text.String())
	ctx, cancel := context.WithCancel(t.Context())
	o := w.options(path)
	o.Progress = func(enroll.Progress) { cancel() }
	if _, err := w.Import(ctx, o); err == nil {
		t.Fatal("an import whose context ended succeeded")
	}
	before := w.count(t)
	if before == 0 || before == 1500 {
		t.Fatalf("%d people after the interruption", before)
	}
	_, err := w.Import(t.Context(), w.options(path))
	if p := problem.From(err); p.Code != problem.Conflict || !strings.Contains(p.Message, "--resume") {
		t.Errorf("without Resume: %v", err)
	}
	o = w.options(path)
	o.Resume = true
	if got := w.run(t, o); got.Created != 1500 || got.Known != 0 || got.Rejected != 0 {
		t.Errorf("%+v", got)
	}
}

// TestKilled imports in a child process, kills it again and again, and resumes.
func TestKilled(t *testing.T) {
	const rows = 4000
	// The child makes no directory of its own: nobody would remove it.
	if dir := os.Getenv("CLAVIGER_TEST_CHILD"); dir != "" {
		w := openWorld(t, dir)
		path := filepath.Join(dir, "a.csv")
		fmt.Println("begins")
		_, err := w.Import(t.Context(), enroll.Options{Path: path, RejectsPath: path + ".rejects", LettersDir: filepath.Join(dir, "letters"), Resume: true})
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	dir := t.TempDir()
	path, letters := filepath.Join(dir, "a.csv"), filepath.Join(dir, "letters")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := roster.Sample(f, rows, 2); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	// Each time a little later after the import began, however long the child
	// takes to come so far; the last one is left alone.
	const rounds = 14
	killed := 0
	for i := range rounds {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), "CLAVIGER_TEST_CHILD="+dir)
		var problem bytes.Buffer
		cmd.Stderr = &problem
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for lines.Scan() && lines.Text() != "begins" {
		}
		if i < rounds-1 {
			timer := time.AfterFunc(time.Duration(5+31*i)*time.Millisecond, func() { _ = cmd.Process.Kill() })
			defer timer.Stop()
		}
		said, _ := io.ReadAll(out)
		err = cmd.Wait()
		if err == nil {
			break
		}
		if !strings.Contains(err.Error(), "killed") {
			t.Fatalf("%v: %s%s", err, said, &problem)
		}
		killed++
	}
	if killed < 3 {
		t.Fatalf("the import was killed only %d times", killed)
	}
	w := openWorld(t, dir)
	defer func() { _ = w.store.Close() }()
	if n := w.count(t); n != rows {
		t.Errorf("%d people, want %d", n, rows)
	}
	texts, err := filepath.Glob(filepath.Join(letters, "temporary-password", "*.txt"))
	if err != nil || len(texts) != rows {
		t.Errorf("%d letters, want %d (%v)", len(texts), rows, err)
	}
	ids, _ := filepath.Glob(filepath.Join(letters, "user-id", "*.txt"))
	seen := map[string]bool{}
	line := regexp.MustCompile(`(?m)^ +User ID: +(\S+)$`)
	for _, path := range ids {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		id := line.FindStringSubmatch(string(text))
		if id == nil || seen[id[1]] {
			t.Fatalf("%s: User ID %v twice or missing", path, id)
		}
		seen[id[1]] = true
	}
	if _, err := os.Stat(filepath.Join(letters, ".spool")); err == nil {
		t.Error("the spool was left behind")
	}
	t.Logf("killed %d times", killed)
}

func TestPatterns(t *testing.T) {
	who := person.Profile{GivenName: "Anne-Marie", MiddleName: "Q", FamilyName: "Müller-Łuczak"}
	for pattern, want := range map[string]string{
		"{first:1}{last}{n}": "amullerluczak", "{first}.{last}{n}": "annemarie.mullerluczak", "{last:4}{first:1}{middle:1}{n}": "mullaq", "dr-{last}{n}": "dr-mullerluczak",
	} {
		p, err := enroll.ParsePattern(pattern)
		if err != nil {
			t.Fatal(err)
		}
		before, after := p.Stem(who)
		if got := enroll.UserID(before, after, 1); got != want {
			t.Errorf("%s: %s, want %s", pattern, got, want)
		}
	}
	for _, bad := range []string{"", "{last}", "{n}", "{last}{last}{n}", "{last}{n}{npi}", "{last} {n}", "{last:0}{n}", "{LAST}{n}", "{last}{n:2}"} {
		if _, err := enroll.ParsePattern(bad); err == nil {
			t.Errorf("%q: accepted", bad)
		}
	}
}

func TestUserIDs(t *testing.T) {
	p, err := enroll.ParsePattern("{first:1}{last}{n}")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][2]string{
		"Jane Smith": {"jsmith", "jsmith2"}, "Þóra Æsir": {"taesir", "taesir2"}, "Nguyệt Trần": {"ntran", "ntran2"},
		"小明 王": {"xwang", "xwang2"}, "Сергей Щукин": {"sshchukin", "sshchukin2"}, "Юлія Їжак": {"iyizhak", "iyizhak2"},
		"Ελένη Παπαδοπούλου": {"epapadopoulou", "epapadopoulou2"}, "민준 김": {"mgim", "mgim2"}, "آ ب": {"abx", "abx2"}, "😀 😀": {"user1", "user2"},
		"Чан Ко": {"cko", "cko2"}, "A Dmin": {"admin1", "admin2"}, "J O": {"jox", "jox2"}, "S Hit": {"shit1", "shit2"},
		"Jo " + strings.Repeat("Longname", 10): {"jlongnamelongnamelongnam", "jlongnamelongnamelongnam2"},
	} {
		first, last, _ := strings.Cut(name, " ")
		before, after := p.Stem(person.Profile{GivenName: first, FamilyName: last})
		for i, w := range want {
			got := enroll.UserID(before, after, int64(i+1))
			if name == "😀 😀" && i == 0 {
				w = "user"
			}
			if got != w || len(got) > 32 || len(got) < 3 {
				t.Errorf("%s, number %d: %q, want %q", name, i+1, got, w)
			}
		}
	}
}

func FuzzUserID(f *testing.F) {
	p, err := enroll.ParsePattern("{first:1}{last}{n}")
	if err != nil {
		f.Fatal(err)
	}
	good := regexp.MustCompile(`^[a-z0-9._-]{3,32}$`)
	f.Add("Jane", "Smith", int64(1))
	f.Fuzz(func(t *testing.T, first, last string, n int64) {
		if n < 1 || n > 99_999_999 {
			return
		}
		before, after := p.Stem(person.Profile{GivenName: first, FamilyName: last})
		if id := enroll.UserID(before, after, n); !good.MatchString(id) {
			t.Fatalf("%q", id)
		}
	})
}
