package agreement

import "testing"

// FuzzRead: what is read of a receipt is what would be written for it, and nothing
// else is a receipt.
func FuzzRead(f *testing.F) {
	whole := receiptHead + "\nlog: x\nreceipt: r\nuser-id: ada\nsubject: s\naudience: everyone\nversion: 1\nlanguage: en\nsha256: 00\n" +
		"accepted-at: 2026-05-01T08:00:00Z\nissued-at: 2026-05-01T08:01:00Z\n"
	f.Add(whole)
	f.Add(receiptHead + "\nlog: x\n")
	f.Add("")
	if _, err := read(whole, "x"); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		says, err := read(text, "x")
		if err != nil {
			if says != (Statement{}) {
				t.Fatalf("%q: %+v beside %v", text, says, err)
			}
			return
		}
		if again, err := says.text(); err != nil || again != text {
			t.Fatalf("%q was read as %q, %v", text, again, err)
		}
	})
}
