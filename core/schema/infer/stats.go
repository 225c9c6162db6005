package infer

import (
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/zeebo/xxh3"
)

// stats is what was seen of the values of a column, or of the elements of its
// arrays.
type stats struct {
	values, nulls                               int
	bools, ints, floats, texts, arrays, objects int

	minInt, maxInt     int64
	minFloat, maxFloat float64
	// notFinite counts NaN and infinities.
	notFinite int
	// maxBytes is that of the longest text, or of the longest value as text
	// where values come from text.
	maxBytes int

	minLen, maxLen int
	elements       *stats

	// sparse counts objects that look like sparse vectors, jsonTexts texts
	// that are JSON objects, and so on.
	sparse, jsonTexts, sparseTexts, wktTexts, timeTexts, badTexts int
	languages                                                     [languageCount]int

	// distinct counts equal values; nil where nobody asks.
	distinct map[string]int
	// keys are the members of objects, for the dynamic field; nil elsewhere.
	keys map[string]*stats
	// keyOrder lists the keys in the order in which they came up.
	keyOrder []string
}

func (s *stats) addNull() { s.nulls++ }

func (s *stats) count(key string) {
	s.values++
	if s.distinct != nil {
		if len(key) > 64 {
			key = strconv.FormatUint(xxh3.HashString(key), 36) + " of " + strconv.Itoa(len(key))
		}
		s.distinct[key]++
	}
}

func (s *stats) addBool(v bool) {
	s.count(strconv.FormatBool(v))
	s.bools++
}

func (s *stats) addInt(v int64) {
	s.count(strconv.FormatInt(v, 10))
	if s.ints == 0 {
		s.minInt, s.maxInt = v, v
	}
	s.ints++
	s.minInt, s.maxInt = min(s.minInt, v), max(s.maxInt, v)
}

func (s *stats) addFloat(v float64) {
	s.count(strconv.FormatFloat(v, 'g', -1, 64))
	if math.IsNaN(v) || math.IsInf(v, 0) {
		s.floats++
		s.notFinite++
		return
	}
	if s.floats == s.notFinite {
		s.minFloat, s.maxFloat = v, v
	}
	s.floats++
	s.minFloat, s.maxFloat = min(s.minFloat, v), max(s.maxFloat, v)
}

func (s *stats) addText(v string) {
	s.count(v)
	s.texts++
	s.maxBytes = max(s.maxBytes, len(v))
	if !utf8.ValidString(v) {
		s.badTexts++
		return
	}
	s.look(v)
}

// addArray notes an array of n elements and returns where they go.
func (s *stats) addArray(n int) *stats {
	s.values++
	if s.arrays == 0 {
		s.minLen, s.maxLen = n, n
	}
	s.arrays++
	s.minLen, s.maxLen = min(s.minLen, n), max(s.maxLen, n)
	if s.elements == nil {
		s.elements = &stats{}
	}
	return s.elements
}

func (s *stats) addObject(isSparse bool) {
	s.values++
	s.objects++
	if isSparse {
		s.sparse++
	}
}

// key finds or adds the member of that name.
func (s *stats) key(name string) *stats {
	if s.keys == nil {
		s.keys = map[string]*stats{}
	}
	k, ok := s.keys[name]
	if !ok {
		k = &stats{distinct: map[string]int{}}
		s.keys[name] = k
		s.keyOrder = append(s.keyOrder, name)
	}
	return k
}

// numbers tells whether all values are numbers.
func (s *stats) numbers() bool { return s.values > 0 && s.ints+s.floats == s.values }

// all tells whether n is the count of all values.
func (s *stats) all(n int) bool { return s.values > 0 && n == s.values }

// bounds are the least and the greatest number, integers included.
func (s *stats) bounds() (low, high float64, ok bool) {
	finite := s.floats - s.notFinite
	switch {
	case finite > 0 && s.ints > 0:
		return min(s.minFloat, float64(s.minInt)), max(s.maxFloat, float64(s.maxInt)), true
	case finite > 0:
		return s.minFloat, s.maxFloat, true
	case s.ints > 0:
		return float64(s.minInt), float64(s.maxInt), true
	}
	return 0, 0, false
}

// within tells whether all values are whole numbers from low to high.
func (s *stats) within(low, high int64) bool {
	return s.all(s.ints) && s.minInt >= low && s.maxInt <= high
}
