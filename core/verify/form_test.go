package verify

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/zeebo/xxh3"

	"github.com/zilliz/milvus-ingest/core/schema"
)

func TestValuesCountByWhatTheyMean(t *testing.T) {
	for _, c := range []struct {
		t    schema.Type
		a, b string
		same bool
	}{
		{schema.JSON, `{"a":1,"b":[1,2]}`, ` { "b" : [1, 2.0], "a":1 }`, true},
		{schema.JSON, `{"a":9007199254740993}`, `{"a":9007199254740992}`, false},
		{schema.JSON, `{"a":9007199254740993}`, `{"a":9007199254740993.0}`, false}, // a double cannot hold it
		{schema.JSON, `{"a":0.1}`, `{"a":1e-1}`, true},
		{schema.JSON, `{"a":-0}`, `{"a":0}`, true},
		{schema.JSON, `{"a":""}`, `{"a":null}`, false},
		{schema.JSON, `{"a":""}`, `{}`, false},
		{schema.JSON, `[1,2]`, `[2,1]`, false},
		{schema.JSON, `"1"`, `1`, false},
		{schema.JSON, `{"é":"\u00e9"}`, `{"\u00e9":"é"}`, true},
		{schema.JSON, `{"a":"b\",c"}`, `{"a":"b","c":1}`, false},
		{schema.JSON, `{} {}`, `{}`, false},
		{schema.JSON, `12345678901234567890123`, `12345678901234567890124`, false},
		{schema.Timestamptz, "2026-01-02T03:04:05+08:00", "2026-01-01T19:04:05Z", true},
		{schema.Timestamptz, "2026-01-02T03:04:05.000001Z", "2026-01-02T03:04:05Z", false},
		{schema.Geometry, "POINT (1 2.50)", "point(1.0 2.5)", true},
		{schema.Geometry, "POINT (1 2)", "POINT (12)", false},
		{schema.Geometry, "LINESTRING(0 0, 1 1)", "LINESTRING (0 0,1 1)", true},
	} {
		form := formOf(c.t)
		if got := bytes.Equal(form(nil, c.a), form(nil, c.b)); got != c.same {
			t.Errorf("%s: %s and %s are the same: %t (%s, %s)", c.t, c.a, c.b, got, form(nil, c.a), form(nil, c.b))
		}
	}
}

func FuzzFormOfAFormIsItself(f *testing.F) {
	f.Add(`{"a":[1.0,"b"],"c":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		once := jsonForm(nil, text)
		geometryForm(nil, text)
		timeForm(nil, text)
		if bytes.ContainsRune(once, '\\') { // escapes of Go are not those of JSON
			return
		}
		if twice := jsonForm(nil, string(once)); !bytes.Equal(once, twice) {
			t.Errorf("%q became %q, then %q", text, once, twice)
		}
	})
}

// TestFloatsAreComparedAtTheirWidth converts what the source says to the
// stored width, and nothing else.
func TestFloatsAreComparedAtTheirWidth(t *testing.T) {
	for _, c := range []struct {
		source float64
		stored float32
		same   bool
	}{
		{0.1, 0.1, true},
		{1e-40, 1e-40, true},
		{16777217, 16777216, true},
		{math.Copysign(0, -1), 0, false},
		{0.1, math.Nextafter32(0.1, 1), false},
		{0.0004, 0.0009, false},
	} {
		for _, list := range []bool{false, true} {
			a, b := floats(list, float32(c.source)), floats(list, c.stored)
			if got := same(&schema.Field{}, a, b, 0)(0, 0); got != c.same {
				t.Errorf("%v stored as %v: same is %t", c.source, c.stored, got)
			}
		}
	}
	if !same(&schema.Field{}, floats(true, 1, 2), floats(true, 1.0000001, 2), 1e-6)(0, 0) {
		t.Error("a tolerance that was asked for does not hold")
	}
}

// floats is an array of one vector, or of the numbers.
func floats(list bool, values ...float32) arrow.Array {
	if !list {
		b := array.NewFloat32Builder(memory.DefaultAllocator)
		b.AppendValues(values, nil)
		return b.NewArray()
	}
	b := array.NewFixedSizeListBuilder(memory.DefaultAllocator, int32(len(values)), arrow.PrimitiveTypes.Float32)
	b.Append(true)
	b.ValueBuilder().(*array.Float32Builder).AppendValues(values, nil)
	return b.NewArray()
}

func TestRowsOfOneSideAreCounted(t *testing.T) {
	mine, theirs := &tally{}, &tally{}
	hash := func(i int) xxh3.Uint128 { return xxh3.HashString128(fmt.Sprint(i)) }
	for i := range 1000 {
		mine.add(hash(i))
		theirs.add(hash(999 - i))
	}
	if held, missing, extra := differing(mine, theirs); len(held)+int(missing+extra) != 0 {
		t.Fatal("the same rows in another order differ")
	}
	mine.add(hash(5)) // twice
	theirs.add(hash(2000))
	held, _, _ := differing(mine, theirs)
	b := &balance{held: held, more: map[xxh3.Uint128]int64{}}
	for i := range 1000 {
		b.add(hash(i), 1)
		b.add(hash(i), -1)
	}
	b.add(hash(5), 1)
	b.add(hash(2000), -1)
	if missing, extra := b.sums(); missing != 1 || extra != 1 {
		t.Errorf("%d missing and %d extra, want 1 of each", missing, extra)
	}
	if !b.claim(hash(5), 1) || b.claim(hash(5), 1) || b.claim(hash(2000), 1) || !b.claim(hash(2000), -1) {
		t.Error("each row of one side is to be claimed once")
	}
}
