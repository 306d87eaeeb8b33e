package hashworker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Serve computes what r asks for and answers to w, until r ends. What is under
// way then is finished, and answered if somebody still listens.
func Serve(r io.Reader, w io.Writer) error {
	var under sync.WaitGroup
	defer under.Wait()
	var mu sync.Mutex // guards out
	out := json.NewEncoder(w)
	in := json.NewDecoder(r)
	for {
		var q request
		if err := in.Decode(&q); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return fmt.Errorf("hashworker: what was asked cannot be read: %T", err) // the text may show a password
		}
		under.Go(func() {
			answer := response{N: q.N}
			result, err := q.Task.Compute()
			if err != nil {
				answer.Error = err.Error()
			}
			answer.Result = result
			mu.Lock()
			defer mu.Unlock()
			_ = out.Encode(answer) // who does not listen has gone
		})
	}
}
