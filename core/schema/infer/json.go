package infer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"

	"github.com/zilliz/milvus-ingest/core"
)

// fromJSON reads an array of objects, {"rows": [...]}, or one object a line.
func fromJSON(r io.Reader) (*sample, error) {
	limited := &io.LimitedReader{R: r, N: sampleBytes}
	buffered := bufio.NewReader(limited)
	if head, err := buffered.Peek(len(bom)); err == nil && string(head) == bom {
		_, _ = buffered.Discard(len(bom)) // it is in the buffer
	}
	plain := &withoutNaN{in: buffered}
	decoder := json.NewDecoder(plain)
	decoder.UseNumber()
	s := &sample{}
	err := s.readRows(decoder)
	if err != nil && limited.N == 0 && s.rows > 0 {
		err = nil // the sample ends within a row
	} else if err == nil && s.rows < sampleRows {
		s.whole = true
	}
	if err != nil {
		return nil, notJSON(err, decoder.InputOffset())
	}
	if s.rows == 0 {
		return nil, core.Errorf(core.InvalidData, "it has no rows")
	}
	if plain.found {
		s.note("NaN or Infinity, which JSON does not have, is read as null; Milvus refuses such files")
	}
	for _, c := range s.columns {
		c.nulls = s.rows - c.values // absent keys, too
	}
	return s, nil
}

func notJSON(err error, offset int64) error {
	var known *core.Error
	if errors.As(err, &known) {
		return err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return core.Errorf(core.InvalidData, "the JSON ends in the middle, after byte %d", offset)
	}
	return core.Errorf(core.InvalidData, "no valid JSON at byte %d: %w", offset, err)
}

func (s *sample) readRows(d *json.Decoder) error {
	first, err := d.Token()
	if err != nil {
		return err
	}
	switch first {
	case json.Delim('['):
		return s.readArray(d)
	case json.Delim('{'):
		return s.readObjects(d)
	}
	return core.Errorf(core.InvalidData, "it holds %v, expected an array of objects, {\"rows\": [...]} or an object a line", first)
}

func (s *sample) readArray(d *json.Decoder) error {
	for s.rows < sampleRows && d.More() {
		if err := s.readRow(d); err != nil {
			return err
		}
	}
	if s.rows < sampleRows {
		_, err := d.Token()
		return err
	}
	return nil
}

func (s *sample) readRow(d *json.Decoder) error {
	first, err := d.Token()
	if err != nil {
		return err
	}
	if first != json.Delim('{') {
		return core.Errorf(core.InvalidData, "it holds %v, expected an object", first).WithRow(int64(s.rows))
	}
	_, err = s.readMembers(d, false)
	return err
}

// readObjects goes on after the first brace of a file that begins with an
// object: its first key may be the list of rows, else each object is a row.
func (s *sample) readObjects(d *json.Decoder) error {
	isRows, err := s.readMembers(d, true)
	if err != nil || isRows {
		return err
	}
	for s.rows < sampleRows {
		err := s.readRow(d)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readMembers reads the members of an object, whose brace was read, as a row.
// With maybeRows, a member "rows" that is an array is the list of rows.
func (s *sample) readMembers(d *json.Decoder, maybeRows bool) (isRows bool, err error) {
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return false, err
		}
		name, ok := key.(string)
		if !ok {
			return false, core.Errorf(core.InvalidData, "a key is %v, expected text", key).WithRow(int64(s.rows))
		}
		if maybeRows && name == "rows" && len(seen) == 0 {
			if isRows, err := s.rowsOrMember(d); isRows || err != nil {
				return isRows, err
			}
			seen[name] = true
			continue
		}
		var v any
		if err := d.Decode(&v); err != nil {
			return false, inside(err)
		}
		if seen[name] {
			s.noteOnce("some rows have a key twice, the first time %s in row %d: the first value counts", printable(name), s.rows)
			continue
		}
		seen[name] = true
		if err := s.addMember(name, v); err != nil {
			return false, err
		}
	}
	if _, err := d.Token(); err != nil {
		return false, inside(err)
	}
	s.rows++
	return false, nil
}

// addMember notes the value of a key of a row.
func (s *sample) addMember(name string, v any) error {
	c := s.column(name)
	if c == nil {
		var err error
		if c, err = s.add(name); err != nil {
			return err
		}
	}
	c.addJSON(v, name == core.DynamicField)
	return nil
}

// inside makes the end of the input within an object an error of its own.
func inside(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// rowsOrMember reads the value of a first key "rows".
func (s *sample) rowsOrMember(d *json.Decoder) (isRows bool, err error) {
	first, err := d.Token()
	if err != nil {
		return false, inside(err)
	}
	switch v := first.(type) {
	case json.Delim:
		if v != '[' {
			return false, core.Errorf(core.InvalidData, "\"rows\" is an object, expected an array of objects")
		}
		return true, s.readArray(d)
	default:
		return false, s.addMember("rows", v)
	}
}

// addJSON notes a decoded JSON value. withKeys tells whether the members of an
// object are asked for.
func (s *stats) addJSON(v any, withKeys bool) {
	switch v := v.(type) {
	case nil:
		s.addNull()
	case bool:
		s.addBool(v)
	case json.Number:
		s.addNumber(string(v))
	case string:
		if members, ok := object(v); withKeys && ok {
			s.addMembers(members)
			return
		}
		s.addText(v)
	case []any:
		elements := s.addArray(len(v))
		for _, e := range v {
			elements.addJSON(e, false)
		}
	case map[string]any:
		members := map[string]json.RawMessage{}
		for key, value := range v {
			raw, err := json.Marshal(value)
			if err != nil {
				panic(err) // it was decoded from JSON
			}
			members[key] = raw
		}
		if withKeys {
			s.addMembers(members)
			return
		}
		s.addObject(isSparse(members))
	}
}

// addMembers notes an object with its members.
func (s *stats) addMembers(members map[string]json.RawMessage) {
	s.addObject(false)
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		d := json.NewDecoder(bytes.NewReader(members[name]))
		d.UseNumber()
		var v any
		if d.Decode(&v) == nil {
			s.key(name).addJSON(v, false)
		}
	}
}

// addNumber notes a number as it is written: whole numbers keep their digits.
func (s *stats) addNumber(text string) {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		s.addInt(i)
		return
	}
	f, _ := strconv.ParseFloat(text, 64) // out of range gives an infinity
	s.addFloat(f)
}
