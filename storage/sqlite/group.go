package sqlite

import "context"

// group is transactions that are committed together. Each of them is complete
// or not there at all, they ran one after the other, and none is answered before
// all of them are on disk; but they wait for the disk once, and the pages that
// several of them changed are written once.
type group struct {
	done chan struct{} // closed when it is over
	err  error         // why nothing of it was kept; read after done
}

// Write runs fn in a read-write transaction.
func (f *File) Write(ctx context.Context, fn func(*Tx) error) error {
	c, err := f.take(ctx, f.writer)
	if err != nil {
		return err
	}
	if c.far != nil {
		defer func() { f.writer <- c }()
		return c.far.run(ctx, true, fn)
	}
	var g *group
	func() {
		defer func() { f.writer <- c }() // even when fn panics
		g, err = c.join(ctx, fn)
	}()
	if g == nil {
		return err
	}
	// A channel serves those who wait in their order. So the connection goes to
	// everybody who has been waiting to write, and comes back to the first of
	// the group once they all have: who gets it back commits.
	for {
		select {
		case <-g.done:
			// Where nothing was kept, what fn saw of the others, and failed on,
			// has never been.
			if g.err != nil {
				return g.err
			}
			return err
		case c := <-f.writer:
			if c.group == g {
				c.commit()
			}
			f.writer <- c
		}
	}
}

// join runs fn as one transaction of the open group, or of a new one. It
// returns the group whose end decides about the outcome; nil when it is decided.
func (c *conn) join(ctx context.Context, fn func(*Tx) error) (g *group, err error) {
	if c.group == nil {
		return c.lead(ctx, fn)
	}
	g = c.group
	tx := &Tx{c: c}
	// An interrupted write takes back all of the transaction, which is not ours
	// alone any more. ctx is looked at between statements, by Do.
	if err := tx.run("SAVEPOINT member"); err != nil {
		return g, err
	}
	kept := false
	defer func() {
		if !kept { // fn failed or panicked
			if over := c.takeBack(tx); over {
				g = nil // err says why
			}
		}
	}()
	err = fn(tx)
	if err == nil {
		err = ended(ctx)
	}
	if err == nil {
		err = tx.run("RELEASE member")
	}
	kept = err == nil
	return g, err
}

// lead runs fn as the first transaction of a new group.
func (c *conn) lead(ctx context.Context, fn func(*Tx) error) (*group, error) {
	c.db.SetInterrupt(ctx)
	defer c.db.SetInterrupt(context.Background())
	tx := &Tx{c: c}
	if err := tx.run("BEGIN IMMEDIATE"); err != nil {
		return nil, err
	}
	kept := false
	defer func() {
		if !kept { // fn failed or panicked
			c.rollback(tx)
		}
	}()
	err := fn(tx)
	if err == nil {
		err = ended(ctx)
	}
	if err == nil {
		err = tx.dead // fn may have overlooked it
	}
	if err != nil {
		return nil, err
	}
	kept = true
	c.group = &group{done: make(chan struct{})}
	return c.group, nil
}

func ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return interrupted(err)
	}
	return nil
}

// takeBack takes back what one member has written. Where the database has taken
// back everything by itself (a full disk), the group is over.
func (c *conn) takeBack(tx *Tx) (over bool) {
	cause := tx.dead
	tx.dead = nil
	if cause == nil {
		if cause = tx.run("ROLLBACK TO member"); cause == nil {
			cause = tx.run("RELEASE member")
		}
	}
	if cause == nil {
		return false
	}
	c.rollback(tx)
	c.over(cause)
	return true
}

// rollback takes back the whole transaction; it fails only where there is
// nothing left to take back.
func (c *conn) rollback(tx *Tx) {
	c.db.SetInterrupt(context.Background())
	tx.dead = nil
	_ = tx.run("ROLLBACK")
}

// commit ends the open group.
func (c *conn) commit() {
	tx := &Tx{c: c}
	err := tx.run("COMMIT")
	if err != nil {
		c.rollback(tx)
	}
	c.over(err)
}

func (c *conn) over(err error) {
	g := c.group
	c.group = nil
	g.err = err
	close(g.done)
}
