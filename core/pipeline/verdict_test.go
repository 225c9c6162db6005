package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
)

// judged gives rows of a key and a value, and refuses multiples of three. It
// takes the keys from its inputs, if there are some.
type judged struct{ mem memory.Allocator }

func keys() *arrow.Schema {
	return arrow.NewSchema([]arrow.Field{{Name: "key", Type: arrow.PrimitiveTypes.Int64}}, nil)
}

func (c judged) Fill(_ context.Context, rows core.Rows, inputs arrow.Record) (arrow.Record, error) {
	name := "key"
	if inputs != nil {
		name = "other"
	}
	schema := arrow.NewSchema([]arrow.Field{
		{Name: name, Type: arrow.PrimitiveTypes.Int64},
		{Name: "value", Type: arrow.BinaryTypes.String},
		{Name: VerdictColumn, Type: arrow.BinaryTypes.String, Nullable: true},
	}, nil)
	b := array.NewRecordBuilder(c.mem, schema)
	defer b.Release()
	for row := rows.Start; row < rows.End(); row++ {
		b.Field(0).(*array.Int64Builder).Append(row)
		b.Field(1).(*array.StringBuilder).Append(fmt.Sprint("v", row))
		if row%3 == 0 {
			b.Field(2).(*array.StringBuilder).Append(fmt.Sprint(row, " is a multiple of three"))
		} else {
			b.Field(2).AppendNull()
		}
	}
	return b.NewRecord(), nil
}

func (judged) Close() error { return nil }

func TestVerdictsAreApplied(t *testing.T) {
	tests := []struct {
		name string
		gate *Gate
		rows core.Rows
		keys []int64
		fail string
	}{
		{"dropped rows are left out", &Gate{Policy: Drop}, core.Rows{Start: 0, N: 7}, []int64{1, 2, 4, 5}, ""},
		{"all rows may be dropped", &Gate{Policy: Drop}, core.Rows{Start: 3, N: 1}, []int64{}, ""},
		{"nothing to do", &Gate{Policy: Fail}, core.Rows{Start: 1, N: 2}, []int64{1, 2}, ""},
		{"the first one ends the run", &Gate{Policy: Fail}, core.Rows{Start: 1, N: 5}, nil, "row 3: not accepted: 3 is a multiple of three"},
		{"as many as may be", &Gate{Policy: Drop, Most: 2}, core.Rows{Start: 1, N: 6}, []int64{1, 2, 4, 5}, ""},
		{"those of an interrupted run count", &Gate{Policy: Drop, Most: 2, Before: 1}, core.Rows{Start: 1, N: 6}, nil, "more than 2 rows"},
		{"too many end the run", &Gate{Policy: Drop, Most: 1}, core.Rows{Start: 1, N: 6}, nil, "more than 1 rows"},
		{"other rows stand in with the keys", &Gate{Policy: Regenerate}, core.Rows{Start: 2, N: 5}, []int64{2, 3, 4, 5, 6}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			defer mem.AssertSize(t, 0)
			batch, err := test.gate.Columns(judged{mem}, judged{mem}, keys()).Fill(context.Background(), test.rows, nil)
			if test.fail != "" {
				if err == nil || !strings.Contains(err.Error(), test.fail) {
					t.Fatalf("error is %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer batch.Release()
			if got := batch.Column(0).(*array.Int64).Int64Values(); !slices.Equal(got, test.keys) || batch.NumCols() != 2 {
				t.Errorf("keys are %v", got)
			}
			v := test.gate.Take(test.rows)
			if int(v.Invalid) != len(v.Reasons) || int(v.Dropped) != test.rows.N-len(test.keys) {
				t.Errorf("verdicts are %+v", v)
			}
			if again := test.gate.Take(test.rows); again.Invalid != 0 {
				t.Errorf("taken twice: %+v", again)
			}
		})
	}
}

func TestARowThatStandsInIsAlwaysTheSame(t *testing.T) {
	values := func(rows core.Rows) []string {
		gate := Gate{Policy: Regenerate}
		worker := judged{memory.DefaultAllocator}
		batch, err := gate.Columns(worker, worker, keys()).Fill(context.Background(), rows, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer batch.Release()
		var all []string
		for i := range int(batch.NumRows()) {
			all = append(all, batch.Column(1).ValueStr(i))
		}
		return all
	}
	whole, part := values(core.Rows{Start: 0, N: 10}), values(core.Rows{Start: 6, N: 3})
	if !slices.Equal(whole[6:9], part) || part[0] == "v6" {
		t.Errorf("%v is not %v", whole[6:9], part)
	}
}
