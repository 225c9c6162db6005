package generators

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// fieldOf is an ordinary field of a type.
func fieldOf(kind, element schema.Type) schema.Field {
	f := schema.Field{Name: "field", Type: kind, ElementType: element}
	switch {
	case kind.IsText() || element.IsText():
		f.MaxLength = 200
	case kind.IsDense():
		f.Dim = 64
	case element == schema.Struct:
		f.StructFields = []schema.Field{
			{Name: "label", Type: schema.VarChar, MaxLength: 40},
			{Name: "page", Type: schema.Int32},
			{Name: "part", Type: schema.FloatVector, Dim: 8},
		}
	}
	if kind == schema.Array {
		f.MaxCapacity = 8
	}
	return f
}

// fieldsOf lists the fields of a type: one, or one for each type of elements.
func fieldsOf(kind string) []schema.Field {
	if kind != string(schema.Array) {
		return []schema.Field{fieldOf(schema.Type(kind), "")}
	}
	var fields []schema.Field
	for _, element := range schema.ElementTypes() {
		fields = append(fields, fieldOf(schema.Array, element))
	}
	return fields
}

// opened is a column with the columns that it reads.
type opened struct {
	t   *testing.T
	set *core.Set
}

func open(t *testing.T, mem memory.Allocator, seed uint64, field arrow.Field, s sample) opened {
	t.Helper()
	specs := []core.ColumnSpec{{
		Generator: s.generator, Field: field, Config: json.RawMessage(s.params), Seed: seed, Uses: s.uses, Mem: mem,
	}}
	for _, use := range s.uses {
		text := schema.Field{Name: use, Type: schema.VarChar, MaxLength: 100}
		specs = append(specs, core.ColumnSpec{
			Generator: "choice.values", Field: text.Arrow(), Seed: seed, Mem: mem,
			Config: json.RawMessage(`{"values": ["red apples and pears", "green pears", "数据库 索引", "blue"]}`),
		})
	}
	set, err := core.OpenSet(context.Background(), Find(Builtin()), specs, nil)
	if err != nil {
		t.Fatal(err)
	}
	return opened{t, set}
}

func (o opened) fill(start int64, n int) arrow.Array {
	o.t.Helper()
	record, err := o.set.Fill(context.Background(), core.Rows{Start: start, N: n}, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	defer record.Release()
	record.Column(0).Retain()
	return record.Column(0)
}

func (o opened) close() {
	if err := o.set.Close(); err != nil {
		o.t.Error(err)
	}
}

func TestEveryColumnIsAFunctionOfTheRow(t *testing.T) {
	for _, component := range Builtin() {
		d := component.Describe()
		for _, kind := range d.Types {
			tried := 0
			for _, field := range fieldsOf(kind) {
				for _, s := range samplesOf(d.Name) {
					form := string(field.Type + field.ElementType)
					if s.types != "" && !slices.Contains(strings.Fields(s.types), form) {
						continue
					}
					tried++
					t.Run(d.Name+"/"+form+" "+s.params, func(t *testing.T) {
						mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
						defer mem.AssertSize(t, 0)
						checkPure(t, mem, field.Arrow(), s)
					})
				}
			}
			if tried == 0 {
				t.Errorf("%s claims %s and has no sample for it", d.Name, kind)
			}
		}
	}
}

func checkPure(t *testing.T, mem memory.Allocator, field arrow.Field, s sample) {
	const start, half = 1003, 150
	one := open(t, mem, 7, field, s)
	defer one.close()
	whole := one.fill(start, 2*half)
	defer whole.Release()
	checkValues(t, field, s, whole)

	again := open(t, mem, 7, field, s)
	defer again.close()
	second := again.fill(start+half, half)
	defer second.Release()
	first := again.fill(start, half)
	defer first.Release()
	joined, err := array.Concatenate([]arrow.Array{first, second}, mem)
	if err != nil {
		t.Fatal(err)
	}
	defer joined.Release()
	if !array.Equal(whole, joined) {
		t.Error("one span and its halves, asked for in another order, differ")
	}
	if repeated := one.fill(start, 2*half); !array.Equal(whole, repeated) {
		t.Error("the same span was filled differently the second time")
	} else {
		repeated.Release()
	}

	other := open(t, mem, 8, field, s)
	defer other.close()
	differs := other.fill(start, 2*half)
	defer differs.Release()
	if array.Equal(whole, differs) != s.fixed {
		t.Errorf("another seed gives the same values: %v", !s.fixed)
	}
	empty := one.fill(start, 0)
	empty.Release()
}
