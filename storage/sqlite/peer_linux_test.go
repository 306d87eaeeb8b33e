package sqlite

import "testing"

func TestWhoMayAttach(t *testing.T) {
	for _, test := range []struct {
		uid  uint32
		own  int
		want bool
	}{
		{1000, 1000, true},
		{0, 1000, true}, // root
		{0, 0, true},
		{1001, 1000, false},
		{1000, 0, false},
		{1<<32 - 1, -1, false}, // nobody known
	} {
		if got := mayAttach(test.uid, test.own); got != test.want {
			t.Errorf("user %d at a process of %d: %v", test.uid, test.own, got)
		}
	}
}
