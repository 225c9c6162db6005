package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	// splitBuffer is how much of a JSON file is read at once.
	splitBuffer = 1 << 20
	// mostRow bounds a row of JSON text.
	mostRow = 256 << 20
)

// splitter cuts a JSON file into its rows without looking into them. It knows
// an array of objects, {"rows": [objects]}, and objects one after another
// (lines).
type splitter struct {
	in  io.Reader
	buf []byte
	// off is where the next byte is in buf; base is the file's offset of
	// buf[0].
	off  int
	base int64
	eof  bool
	// shape is "array", "rows" or "lines".
	shape string
	bom   bool
	rows  int64
	done  bool
}

var errTooLong = fmt.Errorf("a row is longer than %d MB", mostRow>>20)

// openSplitter reads up to the first row.
func openSplitter(in io.Reader) (*splitter, error) {
	s := &splitter{in: in}
	if err := s.fill(64 << 10); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(s.buf, []byte(bom)) {
		s.bom, s.off = true, len(bom)
	}
	c, err := s.peek()
	if err != nil {
		return nil, err
	}
	switch {
	case c == '[':
		s.shape = "array"
		s.off++
	case c == '{' && s.opensRows():
		s.shape = "rows"
	case c == '{':
		s.shape = "lines"
	case c == 0 && s.eof && s.off == len(s.buf):
		s.shape, s.done = "lines", true
	default:
		return nil, fmt.Errorf("byte %d: JSON rows begin with [ or {, not %q", s.at(), c)
	}
	return s, nil
}

// opensRows passes {"rows": [ where that is what the file begins with.
func (s *splitter) opensRows() bool {
	j := &scanner{data: s.buf, off: s.off + 1}
	if j.peek() != '"' {
		return false
	}
	if key, err := j.text(); err != nil || key != "rows" || j.peek() != ':' {
		return false
	}
	if j.off++; j.peek() != '[' {
		return false
	}
	s.off = j.off + 1
	return true
}

func (s *splitter) at() int64 { return s.base + int64(s.off) }

// fill reads until at least n bytes are there, or the file ends.
func (s *splitter) fill(n int) error {
	for len(s.buf)-s.off < n && !s.eof {
		if s.off > 0 {
			s.base += int64(s.off)
			s.buf = s.buf[:copy(s.buf, s.buf[s.off:])]
			s.off = 0
		}
		if cap(s.buf)-len(s.buf) < splitBuffer {
			s.buf = append(make([]byte, 0, max(2*cap(s.buf), 2*splitBuffer)), s.buf...)
		}
		read, err := s.in.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+read]
		if errors.Is(err, io.EOF) {
			s.eof = true
		} else if err != nil {
			return err
		}
	}
	return nil
}

// peek is the next byte that is no space; 0 at the end of the file.
func (s *splitter) peek() (byte, error) {
	for {
		for ; s.off < len(s.buf); s.off++ {
			switch c := s.buf[s.off]; c {
			case ' ', '\t', '\r', '\n':
			default:
				return c, nil
			}
		}
		if s.eof {
			return 0, nil
		}
		if err := s.fill(1); err != nil {
			return 0, err
		}
	}
}

// next gives the bytes of the next row, valid until the next call; io.EOF at
// the end.
func (s *splitter) next() ([]byte, error) {
	if s.done {
		return nil, io.EOF
	}
	c, err := s.peek()
	if err != nil {
		return nil, err
	}
	if s.shape != "lines" {
		if c == ']' {
			s.done = true
			s.off++
			return nil, s.close()
		}
		if s.rows > 0 {
			if c != ',' {
				return nil, s.unclosed(c)
			}
			s.off++
			if c, err = s.peek(); err != nil {
				return nil, err
			}
		}
	}
	switch {
	case c == '{':
		s.rows++
		return s.object()
	case c == 0 && s.off == len(s.buf):
		s.done = true
		if s.shape == "lines" {
			return nil, io.EOF
		}
		return nil, s.unclosed(0)
	default:
		return nil, fmt.Errorf("byte %d: a row is an object, but %q is there", s.at(), c)
	}
}

func (s *splitter) unclosed(c byte) error {
	if c == 0 && s.off == len(s.buf) {
		return fmt.Errorf("byte %d: the file ends without the ] that closes the array of rows: it is cut off", s.at())
	}
	return fmt.Errorf("byte %d: a comma or ] is expected between rows, but %q is there", s.at(), c)
}

// close looks at what follows the rows.
func (s *splitter) close() error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	if s.shape == "rows" {
		if c != '}' {
			return fmt.Errorf("byte %d: the file ends without the } that closes {\"rows\": …}", s.at())
		}
		s.off++
		if c, err = s.peek(); err != nil {
			return err
		}
	}
	if c != 0 || s.off < len(s.buf) {
		return fmt.Errorf("byte %d: something follows the rows", s.at())
	}
	return io.EOF
}

// object finds the end of the object that begins here.
func (s *splitter) object() ([]byte, error) {
	depth, inText, escaped := 0, false, false
	for i := 0; ; i++ {
		if s.off+i == len(s.buf) {
			if s.eof {
				return nil, fmt.Errorf("byte %d: the file ends in the middle of row %d: it is cut off", s.at()+int64(i), s.rows-1)
			}
			if i > mostRow {
				return nil, errTooLong
			}
			if err := s.fill(i + 1); err != nil {
				return nil, err
			}
			i--
			continue
		}
		c := s.buf[s.off+i]
		switch {
		case inText:
			switch {
			case escaped:
				escaped = false
			case c == '\\':
				escaped = true
			case c == '"':
				inText = false
			}
		case c == '"':
			inText = true
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				row := s.buf[s.off : s.off+i+1]
				s.off += i + 1
				return row, nil
			}
		}
	}
}
