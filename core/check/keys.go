package check

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/zeebo/xxh3"

	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// keys finds primary keys that are there twice. Keys that rise through the
// whole set need no memory at all; others are sorted in pieces on disk.
type keys struct {
	run   *run
	field *schema.Field
	// place is the key's column, -1 where the set has no key to look at.
	place int
	files map[string]int
	// edges are the first and last keys of each unit while all keys rise.
	edges []edge
	spill *spill
	// found tells that a key is there twice.
	found bool
}

// edge is what a unit's keys are at their ends.
type edge struct {
	first, last key
	any, falls  bool
}

// key is a whole number or a text.
type key struct {
	number int64
	text   string
}

func (k key) compare(other key) int {
	return cmp.Or(cmp.Compare(k.number, other.number), strings.Compare(k.text, other.text))
}

func newKeys(r *run) (*keys, error) {
	k := &keys{run: r, place: -1, field: r.set.Schema.Primary(), files: map[string]int{}, edges: make([]edge, len(r.units))}
	if k.field == nil {
		return k, nil
	}
	for i, f := range r.set.Files {
		k.files[f.Name] = i
	}
	if places := r.set.Arrow().FieldIndices(k.field.Name); len(places) == 1 {
		k.place = places[0]
	}
	return k, nil
}

func (k *keys) close() error {
	if k.spill == nil {
		return nil
	}
	return k.spill.close()
}

// take looks at the keys of a batch of a unit; units are read in any order,
// each by one goroutine.
func (k *keys) take(unit int, b *dataset.Batch) error {
	if k.place < 0 {
		return nil
	}
	e := &k.edges[unit]
	if e.falls {
		return nil
	}
	eachKey(b.Column(k.place), func(_ int, v key) {
		if e.any && v.compare(e.last) <= 0 {
			e.falls = true
		}
		if !e.any {
			e.first = key{v.number, strings.Clone(v.text)}
		}
		e.any, e.last = true, v
	})
	e.last.text = strings.Clone(e.last.text)
	return nil
}

// eachKey calls f for each key that is not null; its text is valid in f only.
func eachKey(a arrow.Array, f func(row int, v key)) {
	if texts, ok := a.(*array.String); ok {
		for i := range texts.Len() {
			if texts.IsValid(i) {
				f(i, key{text: texts.Value(i)})
			}
		}
		return
	}
	each(a, func(i int, v int64) { f(i, key{number: v}) })
}

// unique tells, at the end, that no key is there twice.
func (k *keys) unique() bool { return k.place >= 0 && !k.found }

// rise tells whether each key is larger than the one before it.
func (k *keys) rise() bool {
	var last *edge
	for i := range k.edges {
		e := &k.edges[i]
		if e.falls || e.any && last != nil && e.first.compare(last.last) <= 0 {
			return false
		}
		if e.any {
			last = e
		}
	}
	return true
}

// finish reports keys that are there twice. Where the keys do not rise it reads
// their column once more.
func (k *keys) finish(ctx context.Context) (err error) {
	if k.place < 0 || k.rise() {
		return nil
	}
	if k.spill, err = newSpill(k.run.o.TempDir); err != nil {
		return err
	}
	reader, err := k.run.set.Reader(dataset.ReadOptions{Fields: []string{k.field.Name}, Report: func(dataset.Finding) {}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	for _, unit := range k.run.units {
		file := k.files[unit.File.Name]
		err := reader.Read(ctx, unit, func(b *dataset.Batch) error {
			var wrong error
			eachKey(b.Column(0), func(row int, v key) {
				if wrong == nil {
					wrong = k.spill.put(k.record(v, file, b.Row+int64(row)))
				}
			})
			return wrong
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && k.spill.err != nil {
			return err // a damaged file was found before
		}
	}
	return k.spill.sorted(ctx, func(same []record) { k.twice(same) })
}

// record is a key's 128 bits and where it is.
type record [24]byte

const rowBits = 40

func (k *keys) record(v key, file int, row int64) (r record) {
	if k.field.Type.IsText() {
		sum := xxh3.HashString128(v.text)
		binary.BigEndian.PutUint64(r[0:], sum.Hi)
		binary.BigEndian.PutUint64(r[8:], sum.Lo)
	} else {
		binary.BigEndian.PutUint64(r[0:], mix(uint64(v.number)))
		binary.BigEndian.PutUint64(r[8:], uint64(v.number))
	}
	binary.BigEndian.PutUint64(r[16:], uint64(file)<<rowBits|uint64(row))
	return r
}

func (r record) place() (file int, row int64) {
	at := binary.BigEndian.Uint64(r[16:])
	return int(at >> rowBits), int64(at & (1<<rowBits - 1))
}

// twice reports a key that is in several rows.
func (k *keys) twice(same []record) {
	k.found = true
	files := k.run.set.Files
	file, first := same[0].place()
	what := "the key"
	if !k.field.Type.IsText() {
		what = sprintf("the key %d", int64(binary.BigEndian.Uint64(same[0][8:])))
	}
	for _, r := range same[1:] {
		at, row := r.place()
		where := sprintf("row %d", first)
		if at != file {
			where += " of " + files[file].Name
		}
		k.run.find(dataset.Finding{
			Rule: ruleKeyUnique, Severity: dataset.Error, File: files[at].Name, Row: row, Field: k.field.Name,
			Message: sprintf("%s is that of %s too", what, where),
		})
	}
}

// groups calls f for every run of records with the same key.
func groups(records []record, f func([]record)) {
	slices.SortFunc(records, func(a, b record) int { return bytes.Compare(a[:], b[:]) })
	for i := 0; i < len(records); {
		j := i + 1
		for j < len(records) && bytes.Equal(records[i][:16], records[j][:16]) {
			j++
		}
		if j-i > 1 {
			f(records[i:j])
		}
		i = j
	}
}
