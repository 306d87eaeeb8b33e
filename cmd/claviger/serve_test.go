package main

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// shownLog is a log that is read while it is written.
type shownLog struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (l *shownLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *shownLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestServeSaysThatItStops: who reads the log knows why a server is not there.
func TestServeSaysThatItStops(t *testing.T) {
	p := newPatient(t, "")
	p.configure("[public]\nlisten = \"127.0.0.1:0\"\n[admin]\nlisten = \"127.0.0.1:0\"\n")
	ctx, stop := context.WithCancelCause(t.Context())
	log, ended := &shownLog{}, make(chan int, 1)
	go func() { ended <- run(ctx, []string{"serve", "--config", p.config}, strings.NewReader(""), log, log) }()
	for !strings.Contains(log.String(), "msg=listening") {
		select {
		case code := <-ended:
			t.Fatalf("exit code %d\n%s", code, log)
		case <-time.After(10 * time.Millisecond):
		}
	}
	stop(errors.New("terminated signal received")) // as package signal says it
	if code := <-ended; code != exitOK {
		t.Fatalf("exit code %d\n%s", code, log)
	}
	if !regexp.MustCompile(`msg=stopping because="terminated signal received"\n(.*\n)*.*msg=stopped\n$`).MatchString(log.String()) {
		t.Errorf("nothing of the end in\n%s", log)
	}
}
