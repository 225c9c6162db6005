package verify

import (
	"encoding/binary"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/zeebo/xxh3"

	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// hasher hashes the rows of batches by what is compared: rows that are the
// same have the same hash, on whichever side they are.
type hasher struct {
	r      *run
	fields []*schema.Field
	row    []byte
}

// hashes calls each with the hash of every row of a batch, whose columns are
// those of the hasher's fields.
func (h *hasher) hashes(batch arrow.Record, each func(row int, hash xxh3.Uint128) error) error {
	writers := make([]writer, len(h.fields))
	for i, f := range h.fields {
		filled, err := collection.Filled(h.r.defaulted(f), batch.Column(i))
		if err != nil {
			return err
		}
		defer filled.Release()
		writers[i] = h.writer(f, filled)
	}
	for row := range int(batch.NumRows()) {
		h.row = h.row[:0]
		for _, write := range writers {
			h.row = write(h.row, row)
		}
		if err := each(row, xxh3.Hash128(h.row)); err != nil {
			return err
		}
	}
	return nil
}

// writer appends a value in a form that only the same value has.
type writer func(b []byte, row int) []byte

// The marks before values.
const (
	markNull  = 0
	markValue = 1
)

// writer writes the column of a field. What servers do not tell apart is
// written alike: no dynamic fields and an empty object, and on Milvus Lite a
// vector that is null and zeroes.
func (h *hasher) writer(f *schema.Field, a arrow.Array) writer {
	write := valueWriter(f, a)
	asNull := func(int) bool { return false }
	switch {
	case f.Name == metaName:
		asNull = func(row int) bool { return emptyMeta(a.(*array.String).Value(row)) }
	case h.r.lite && f.Type.IsDense():
		asNull = func(row int) bool { return isZero(a, row) }
	}
	return func(b []byte, row int) []byte {
		if a.IsNull(row) || asNull(row) {
			return append(b, markNull)
		}
		return write(append(b, markValue), row)
	}
}

func valueWriter(f *schema.Field, a arrow.Array) writer {
	switch a := a.(type) {
	case *array.String:
		form := formOf(f.Type)
		return func(b []byte, row int) []byte {
			at := len(b)
			b = append(b, 0, 0, 0, 0)
			if form == nil {
				b = append(b, a.Value(row)...)
			} else {
				b = form(b, a.Value(row))
			}
			binary.LittleEndian.PutUint32(b[at:], uint32(len(b)-at-4)) //nolint:gosec // texts are far smaller
			return b
		}
	case *array.FixedSizeBinary:
		return func(b []byte, row int) []byte { return append(b, a.Value(row)...) }
	case *array.FixedSizeList:
		values, width := vectorBytes(a)
		first := a.Data().Offset()
		return func(b []byte, row int) []byte { return append(b, values[(first+row)*width:(first+row+1)*width]...) }
	case *array.List:
		inner := valueWriter(elementOf(f), a.ListValues())
		return func(b []byte, row int) []byte {
			s := span(a, row)
			b = binary.LittleEndian.AppendUint32(b, uint32(s.n)) //nolint:gosec // lists are far shorter
			for k := range s.n {
				b = inner(b, s.from+k)
			}
			return b
		}
	case *array.Struct:
		inner := make([]writer, a.NumField())
		for k := range inner {
			inner[k] = valueWriter(structField(f, k), a.Field(k))
		}
		return func(b []byte, row int) []byte {
			for _, write := range inner {
				b = write(b, row)
			}
			return b
		}
	case *array.Boolean:
		return func(b []byte, row int) []byte {
			if a.Value(row) {
				return append(b, 1)
			}
			return append(b, 0)
		}
	default:
		return numberWriter(a)
	}
}

// numberWriter writes numbers as they are in memory.
func numberWriter(a arrow.Array) writer {
	width := a.DataType().(arrow.FixedWidthDataType).BitWidth() / 8
	first := a.Data().Offset()
	values := a.Data().Buffers()[1]
	return func(b []byte, row int) []byte {
		return append(b, values.Bytes()[(first+row)*width:(first+row+1)*width]...)
	}
}
