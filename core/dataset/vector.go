package dataset

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// vectorSource reads dense vectors from a column chunk that holds them as
// lists of numbers or bytes.
type vectorSource struct {
	*leaf
	field *schema.Field
	typ   arrow.DataType
	elements
	// listDef is the definition level of an empty list: what is less is a
	// null row, one more a null element where maxDef is higher still.
	listDef int
}

// next gives the next n vectors. A row that is no vector of the field's dim is
// reported, and null.
func (v *vectorSource) next(n int, c *cells) (arrow.Array, error) {
	size := v.per * v.size
	data := memory.NewResizableBuffer(c.mem)
	defer data.Release()
	data.Resize(n * size)
	out := vectorRows{data: data.Bytes(), valid: make([]byte, bitutil.BytesForBits(int64(n))), size: size}
	for row := range n {
		if err := v.row(&out, row, c); err != nil {
			return nil, err
		}
	}
	return out.array(v.typ, n, data), nil
}

// vectorRows is the memory of vectors that are being read.
type vectorRows struct {
	data, valid []byte
	size, nulls int
}

func (o *vectorRows) row(i int) []byte { return o.data[i*o.size : (i+1)*o.size : (i+1)*o.size] }

func (o *vectorRows) set(i int, valid bool) {
	if valid {
		bitutil.SetBit(o.valid, i)
		return
	}
	o.nulls++
	clear(o.row(i))
}

func (o *vectorRows) array(t arrow.DataType, n int, data *memory.Buffer) arrow.Array {
	var valid *memory.Buffer
	if o.nulls > 0 {
		valid = memory.NewBufferBytes(o.valid)
	}
	list, ok := t.(*arrow.FixedSizeListType)
	if !ok {
		made := array.NewData(t, n, []*memory.Buffer{valid, data}, nil, o.nulls, 0)
		defer made.Release()
		return array.MakeFromData(made)
	}
	values := array.NewData(list.Elem(), n*int(list.Len()), []*memory.Buffer{nil, data}, nil, 0, 0)
	defer values.Release()
	made := array.NewData(t, n, []*memory.Buffer{valid}, []arrow.ArrayData{values}, o.nulls, 0)
	defer made.Release()
	return array.MakeFromData(made)
}

// row reads one row: an entry that begins it, and those that go on with it.
func (v *vectorSource) row(out *vectorRows, row int, c *cells) error {
	rep, def, _, err := v.peek()
	if err != nil || rep != 0 {
		if err == nil || errors.Is(err, io.EOF) {
			err = errors.New("the column has fewer rows than its row group")
		}
		return err
	}
	if def < v.listDef { // null
		v.skip(1)
		out.set(row, false)
		return nil
	}
	dst, found, nulls, bad := out.row(row), 0, 0, -1
	if def == v.listDef && v.maxDef > v.listDef { // empty
		v.skip(1)
	} else if found, nulls, bad, err = v.elementsOf(dst); err != nil {
		return err
	}
	switch {
	case found != v.per:
		c.bad(row, RuleDim, "%s", v.wrongDim(v.field, found))
	case nulls > 0:
		c.bad(row, RuleElement, "%d of %d elements are null", nulls, found)
	case bad >= 0:
		c.bad(row, RuleValue, "element %d is out of range of %s", bad, v.field.Type)
	default:
		out.set(row, true)
		return nil
	}
	out.set(row, false)
	return nil
}

// elementsOf reads the elements of one row into dst.
func (v *vectorSource) elementsOf(dst []byte) (found, nulls, bad int, err error) {
	bad = -1
	for first := true; ; first = false {
		rep, def, n, err := v.peek()
		if errors.Is(err, io.EOF) && !first {
			return found, nulls, bad, nil
		}
		if err != nil {
			return 0, 0, 0, err
		}
		if rep == 0 {
			if !first {
				return found, nulls, bad, nil
			}
			n = 1
		}
		v.skip(n)
		if def < v.maxDef {
			nulls += n
			found += n
			continue
		}
		values, err := v.take(n)
		if err != nil {
			return 0, 0, 0, err
		}
		if found+n <= v.per {
			if i := v.put(dst[found*v.size:], values, n); i >= 0 && bad < 0 {
				bad = found + i
			}
		}
		found += n
	}
}

// wrongDim says what is wrong with a row of the wrong length.
func (e elements) wrongDim(f *schema.Field, found int) string {
	if e.bytes {
		return fmt.Sprintf("%d bytes, dim %d needs %d", found, f.Dim, e.per)
	}
	return fmt.Sprintf("%d elements, dim is %d", found, f.Dim)
}
