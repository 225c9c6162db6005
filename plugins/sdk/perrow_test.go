package sdk_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// one opens a column that gives the same value for each row.
func one[T any](v T) func(spec core.ColumnSpec) (core.Column, error) {
	return func(spec core.ColumnSpec) (core.Column, error) {
		return sdk.PerRow(spec, func(int64, *rng.Source) T { return v })
	}
}

func array16(element schema.Type) schema.Field {
	return schema.Field{Type: schema.Array, ElementType: element, MaxCapacity: 3, MaxLength: 5}
}

func TestPerRowMakesEveryType(t *testing.T) {
	vector := func(kind schema.Type, dim int) schema.Field { return schema.Field{Type: kind, Dim: dim} }
	tests := []struct {
		name  string
		field schema.Field
		open  func(core.ColumnSpec) (core.Column, error)
		want  string // of one value; or what the error tells
	}{
		{"bool", schema.Field{Type: schema.Bool}, one(true), "true"},
		{"int in Int8", schema.Field{Type: schema.Int8}, one(-128), "-128"},
		{"int beyond Int8", schema.Field{Type: schema.Int8}, one(128), "128 is not between -128 and 127"},
		{"int16 in Int64", schema.Field{Type: schema.Int64}, one(int16(3)), "3"},
		{"int64", schema.Field{Type: schema.Int64}, one(int64(math.MaxInt64)), "9223372036854775807"},
		{"int64 beyond Int32", schema.Field{Type: schema.Int32}, one(int64(math.MaxInt64)), "is not between"},
		{"int32 in Int16", schema.Field{Type: schema.Int16}, one(int32(-5)), "-5"},
		{"int8 in Int32", schema.Field{Type: schema.Int32}, one(int8(-5)), "-5"},
		{"float64 in Float", schema.Field{Type: schema.Float}, one(0.5), "0.5"},
		{"float64 beyond Float", schema.Field{Type: schema.Float}, one(1e39), "no number that the field holds"},
		{"NaN", schema.Field{Type: schema.Double}, one(math.NaN()), "NaN is no number"},
		{"float32 in Double", schema.Field{Type: schema.Double}, one(float32(0.25)), "0.25"},
		{"string", schema.Field{Type: schema.VarChar, MaxLength: 6}, one("数据"), "数据"},
		{"string too long", schema.Field{Type: schema.VarChar, MaxLength: 5}, one("数据"), "6 bytes, over the max_length of 5"},
		{"string of bytes", schema.Field{Type: schema.VarChar, MaxLength: 5}, one("\xff"), "not UTF-8"},
		{"string in JSON", schema.Field{Type: schema.JSON}, one(`{"a":1}`), `{"a":1}`},
		{"string in Timestamptz", schema.Field{Type: schema.Timestamptz}, one("2025-01-31T08:00:00Z"), "2025-01-31T08:00:00Z"},
		{"[]float32 in FloatVector", vector(schema.FloatVector, 2), one([]float32{0.5, -1}), "[0.5,-1]"},
		{"[]float32 of another dim", vector(schema.FloatVector, 3), one([]float32{0.5, -1}), "2 dimensions, in a field of 3"},
		{"[]float32 in Float16Vector", vector(schema.Float16, 2), one([]float32{1, -2}), "ADwAwA=="},
		{"[]float32 in BFloat16Vector", vector(schema.BFloat16, 2), one([]float32{1, -2}), "gD8AwA=="},
		{"[]float32 of another dim in Float16Vector", vector(schema.Float16, 2), one([]float32{1}), "1 dimensions, in a field of 2"},
		{"[]int8 in Int8Vector", vector(schema.Int8Vector, 2), one([]int8{-128, 127}), "[-128,127]"},
		{"[]byte in BinaryVector", vector(schema.BinaryVector, 16), one([]byte{0, 255}), "AP8="},
		{"[]byte of another length", vector(schema.BinaryVector, 16), one([]byte{0}), "1 bytes, in a field of 2"},
		{"Sparse", schema.Field{Type: schema.Sparse}, one(sdk.Sparse{{Index: 3, Value: 0.5}, {Index: 9, Value: 1}}), `[{"index":3,"value":0.5},{"index":9,"value":1}]`},
		{"Sparse out of order", schema.Field{Type: schema.Sparse}, one(sdk.Sparse{{Index: 3}, {Index: 3}}), "index 3 after 3"},
		{"[]string", array16(schema.VarChar), one([]string{"a", "b"}), `["a","b"]`},
		{"[]string with one too long", array16(schema.VarChar), one([]string{"a", "123456"}), "6 bytes"},
		{"[]int64 of too many", array16(schema.Int64), one([]int64{1, 2, 3, 4}), "4 elements, over the max_capacity of 3"},
		{"[]int in an array of Int8", array16(schema.Int8), one([]int{1, 2}), "[1,2]"},
		{"[]float64 in an array of Float", array16(schema.Float), one([]float64{1, 0.5}), "[1,0.5]"},
		{"[]float32 in an array of Double", array16(schema.Double), one([]float32{0.5}), "[0.5]"},
		{"[]bool", array16(schema.Bool), one([]bool{true}), "[true]"},
		{"[]int8 in an array", array16(schema.Int16), one([]int8{1}), "[1]"},
		{"an empty list", array16(schema.Int32), one([]int32{}), "[]"},
		{"a text in a number", schema.Field{Type: schema.Int64}, one("x"), "test makes texts, not Int64"},
		{"a vector in a text", schema.Field{Type: schema.VarChar}, one([]float32{1}), "test makes vectors and arrays of numbers, not VarChar"},
		{"a list of texts in one of numbers", array16(schema.Int64), one([]string{"x"}), "arrays of texts, not Array"},
		{"what no field holds", schema.Field{Type: schema.VarChar}, one(struct{}{}), "values that no field holds"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.field.Name = "f"
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			defer mem.AssertSize(t, 0)
			values, err := fill(test.field, mem, test.open)
			if err != nil {
				if !strings.Contains(err.Error(), test.want) {
					t.Errorf("error is %v, want %q", err, test.want)
				}
				return
			}
			defer values.Release()
			if values.Len() != 70 || values.NullN() > 0 || values.ValueStr(69) != test.want || !arrow.TypeEqual(values.DataType(), test.field.Arrow().Type) {
				t.Errorf("it is %d %v, the last %s, want %s", values.Len(), values.DataType(), values.ValueStr(69), test.want)
			}
		})
	}
}

func fill(field schema.Field, mem memory.Allocator, open func(core.ColumnSpec) (core.Column, error)) (arrow.Array, error) {
	column, err := open(core.ColumnSpec{Generator: "test", Field: field.Arrow(), Seed: 1, Mem: mem})
	if err != nil {
		return nil, err
	}
	return column.Fill(context.Background(), core.Rows{Start: 1000, N: 70}, nil)
}

func TestNullsAreForFieldsThatMayBeNull(t *testing.T) {
	open := func(spec core.ColumnSpec) (core.Column, error) {
		return sdk.PerRowOrNull(spec, func(row int64, _ *rng.Source) (int64, bool) { return row, row%2 == 0 })
	}
	field := schema.Field{Name: "f", Type: schema.Int64, Nullable: true}
	values, err := fill(field, memory.DefaultAllocator, open)
	if err != nil || values.NullN() != 35 || values.ValueStr(68) != "1068" || !values.IsNull(1) {
		t.Fatalf("%v (%v)", values, err)
	}
	field.Nullable = false
	var wrong *core.Error
	if _, err := fill(field, nil, open); !errors.As(err, &wrong) || wrong.Row != 1001 || wrong.Field != "f" || wrong.Hint == "" {
		t.Errorf("error is %#v", err)
	}
}

func TestACancelledContextEndsAColumn(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	field := schema.Field{Name: "f", Type: schema.Int64}
	column, err := sdk.PerRow(core.ColumnSpec{Field: field.Arrow()}, func(row int64, _ *rng.Source) int64 {
		if row == 500 {
			cancel()
		}
		if row > 600 {
			t.Error("it goes on")
		}
		return row
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := column.Fill(ctx, core.Rows{N: 1 << 20}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestColumnsThatReadNeedInputs(t *testing.T) {
	field := schema.Field{Name: "f", Type: schema.VarChar, MaxLength: 50, Nullable: true}
	spec := core.ColumnSpec{Generator: "echo", Field: field.Arrow()}
	read := func(row sdk.Row, _ *rng.Source) (string, error) {
		switch row.Int("id") {
		case 2:
			return "", sdk.ErrNull
		case 4:
			return "", errors.New("four is wrong")
		}
		return row.Text("name"), nil
	}
	if _, err := sdk.FromInputs(spec, read); core.CodeOf(err) != core.InvalidConfig {
		t.Errorf("without inputs: %v", err)
	}
	inputs := people("a", "b", "c")
	spec.Inputs = inputs.Schema()
	column, err := sdk.FromInputs(spec, read)
	if err != nil {
		t.Fatal(err)
	}
	values, err := column.Fill(t.Context(), core.Rows{Start: 10, N: 3}, inputs)
	if err != nil || values.(*array.String).Value(2) != "c" || !values.IsNull(1) {
		t.Errorf("%v (%v)", values, err)
	}
	var wrong *core.Error
	if _, err := column.Fill(t.Context(), core.Rows{Start: 10, N: 4}, people("a", "b", "c", "d")); !errors.As(err, &wrong) ||
		wrong.Row != 13 || wrong.Field != "f" || wrong.Code != core.InvalidData {
		t.Errorf("error is %#v", err)
	}
	missing, err := sdk.FromInputs(spec, func(row sdk.Row, _ *rng.Source) (string, error) { return row.Text("nmae"), nil })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := missing.Fill(t.Context(), core.Rows{N: 3}, inputs); err == nil || !strings.Contains(err.Error(), `no field "nmae"`) {
		t.Errorf("error is %v", err)
	}
}

func TestTypesThatAComponentDoesNotNameAreRefused(t *testing.T) {
	field := schema.Field{Name: "f", Type: schema.JSON}
	_, err := plates().Generator().Open(t.Context(), core.ColumnSpec{Field: field.Arrow(), Config: []byte(`{"regoin": 1}`)})
	for _, want := range []string{"plate does not take JSON", `unknown configuration key "regoin"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
	collection := schema.Collection{Fields: []schema.Field{field, {Name: "v", Type: schema.FloatVector, Dim: 2}}}
	_, err = lines().Sink().Open(t.Context(), core.WriteSpec{Schema: collection.Arrow()})
	for _, want := range []string{"lines does not take JSON", "lines does not take FloatVector"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}

func TestAllTypesAreThoseOfSchemas(t *testing.T) {
	var want []string
	for _, kind := range schema.Types() {
		want = append(want, string(kind))
	}
	if got := sdk.AllTypes(); !slices.Equal(got, want) {
		t.Errorf("%v, schemas have %v", got, want)
	}
}
