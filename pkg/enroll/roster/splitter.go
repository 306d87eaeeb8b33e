package roster

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// Bounds of a record, in bytes. What is longer is skipped, not kept.
const (
	maxCell   = 64 << 10
	maxRecord = 1 << 20
	maxCells  = 2000
)

// record is one CSV record (RFC 4180; LF alone also ends one).
type record struct {
	cells []string
	// line is the line on which it begins, from 1.
	line int64
	// end is the offset of the byte after it.
	end int64
	// problem says why it cannot be used, or is empty; cell is the number of
	// the cell at fault, from 0.
	problem string
	cell    int
	// last says that no line end followed: the file stops here.
	last bool
}

// splitter cuts a stream into records and knows where each ends.
type splitter struct {
	in     *bufio.Reader
	offset int64
	line   int64
	buffer []byte
	ends   []int
}

func newSplitter(r io.Reader, offset, line int64) *splitter {
	return &splitter{in: bufio.NewReaderSize(r, 64<<10), offset: offset, line: line}
}

func (s *splitter) read() (byte, error) {
	b, err := s.in.ReadByte()
	if err == nil {
		s.offset++
	}
	return b, err
}

// peekIs consumes the next byte if it is b.
func (s *splitter) peekIs(b byte) bool {
	next, err := s.in.Peek(1)
	if err != nil || next[0] != b {
		return false
	}
	_, _ = s.in.Discard(1)
	s.offset++
	return true
}

// next returns the next record, or io.EOF. Empty lines are no records.
func (s *splitter) next() (record, error) {
	for {
		r, err := s.one()
		if err != nil || len(r.cells) != 1 || r.cells[0] != "" || r.problem != "" {
			return r, err
		}
		if r.last {
			return record{}, io.EOF
		}
	}
}

// collector gathers the cells of one record within its bounds.
type collector struct {
	s       *splitter
	r       record
	cellLen int
}

func (c *collector) fault(problem string) {
	if c.r.problem == "" {
		c.r.problem, c.r.cell = problem, len(c.s.ends)
	}
}

func (c *collector) add(b byte) {
	c.cellLen++
	switch {
	case c.cellLen > maxCell:
		c.fault("the cell is longer than 64 KiB")
	case len(c.s.buffer) >= maxRecord:
		c.fault("the row is longer than 1 MiB")
	case c.r.problem == "":
		c.s.buffer = append(c.s.buffer, b)
	}
}

func (c *collector) endCell() {
	if len(c.s.ends) >= maxCells {
		c.fault("the row has more than 2,000 columns")
		return
	}
	c.s.ends = append(c.s.ends, len(c.s.buffer))
	c.cellLen = 0
}

func (c *collector) finish(last bool) record {
	c.endCell()
	c.r.end, c.r.last = c.s.offset, last
	text := string(c.s.buffer)
	c.r.cells = make([]string, len(c.s.ends))
	from := 0
	for i, to := range c.s.ends {
		c.r.cells[i] = text[from:to]
		from = to
	}
	return c.r
}

// one reads one record, an empty line included.
func (s *splitter) one() (record, error) {
	s.buffer, s.ends = s.buffer[:0], s.ends[:0]
	c := &collector{s: s, r: record{line: s.line + 1}}
	quoted, closed, begun := false, false, false
	for {
		b, err := s.read()
		if errors.Is(err, io.EOF) {
			if !begun && len(s.ends) == 0 {
				return record{}, io.EOF
			}
			if quoted {
				// Said before any other fault: what follows the mark is lost with it.
				c.r.problem = ""
				c.fault("a quotation mark in this row is never closed: nothing from here on was read, or the file was cut")
			}
			return c.finish(true), nil
		}
		if err != nil {
			return record{}, err
		}
		switch {
		case quoted:
			if b == '\n' {
				s.line++
			}
			if b != '"' {
				c.add(b)
			} else if s.peekIs('"') {
				c.add('"')
			} else {
				quoted, closed = false, true
			}
		case b == '\n' || (b == '\r' && s.peekIs('\n')):
			s.line++
			return c.finish(false), nil
		case b == ',':
			c.endCell()
			closed, begun = false, true
			c.cellLen = 0
		case b == '"' && c.cellLen == 0 && !closed:
			quoted, begun = true, true
		default:
			begun = true
			if closed || b == '"' {
				c.fault("the cell has a quote in the wrong place")
			}
			c.add(b)
		}
	}
}

// skipBOM passes over a UTF-8 byte order mark and refuses other encodings.
func (s *splitter) skipBOM() error {
	head, err := s.in.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch {
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		_, _ = s.in.Discard(3)
		s.offset += 3
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return errors.New("the file is UTF-16; save it as CSV in UTF-8")
	}
	return nil
}
