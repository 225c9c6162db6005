package dataset

import "errors"

// JSONFacts is what LookJSON tells of a JSON text.
type JSONFacts struct {
	// Root is the first byte of the value: { [ " t f n - or a digit.
	Root byte
	// Keys are the keys of the root object, in order; Twice is one of them
	// that is there twice, or "".
	Keys  []string
	Twice string
	// Lone tells that a text holds half a surrogate pair.
	Lone bool
	// NaN tells that it is a literal NaN or Infinity that makes it no JSON.
	NaN bool
}

// LookJSON tells whether a text is one well-formed JSON value, and what of.
func LookJSON(text []byte) (JSONFacts, error) {
	s := &scanner{data: text}
	facts := JSONFacts{Root: s.peek()}
	var err error
	if facts.Root == '{' {
		seen := map[string]bool{}
		err = s.object(func(key string) error {
			if seen[key] {
				facts.Twice = key
			}
			seen[key] = true
			facts.Keys = append(facts.Keys, key)
			_, err := s.raw()
			return err
		})
	} else {
		_, err = s.raw()
	}
	if err == nil {
		err = s.end()
	}
	facts.Lone, facts.NaN = s.lone, errors.Is(err, errNaN)
	return facts, err
}
