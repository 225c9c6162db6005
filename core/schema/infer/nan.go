package infer

import (
	"bufio"
	"errors"
	"io"
)

// withoutNaN reads JSON as some programs write it, Python's among them: NaN,
// Infinity and -Infinity, which JSON does not have, are read as null.
type withoutNaN struct {
	in *bufio.Reader
	// found tells whether there was any.
	found bool
	// left is what is still to be handed out of a word that was replaced.
	left              string
	inString, escaped bool
}

func (r *withoutNaN) Read(p []byte) (int, error) {
	for n := range p {
		b, err := r.next()
		if err != nil {
			if n > 0 && errors.Is(err, io.EOF) {
				return n, nil // told again by the next Read
			}
			return n, err
		}
		p[n] = b
	}
	return len(p), nil
}

func (r *withoutNaN) next() (byte, error) {
	if r.left != "" {
		b := r.left[0]
		r.left = r.left[1:]
		return b, nil
	}
	b, err := r.in.ReadByte()
	if err != nil {
		return 0, err
	}
	switch {
	case r.escaped:
		r.escaped = false
	case r.inString && b == '\\':
		r.escaped = true
	case b == '"':
		r.inString = !r.inString
	case !r.inString && (b == 'N' && r.follows("aN") || b == 'I' && r.follows("nfinity") || b == '-' && r.follows("Infinity")):
		r.found = true
		r.left = "ull"
		return 'n', nil
	}
	return b, nil
}

// follows takes the word off the input, if it comes next.
func (r *withoutNaN) follows(word string) bool {
	next, err := r.in.Peek(len(word))
	if err != nil || string(next) != word {
		return false
	}
	_, err = r.in.Discard(len(word))
	return err == nil
}
