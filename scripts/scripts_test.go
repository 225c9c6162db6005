package scripts

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"go.uber.org/goleak"

	"github.com/zilliz/milvus-ingest/core"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // as main does
	if code := os.Getenv(asHook); code != "" {
		os.Exit(runHook(code))
	}
	goleak.VerifyTestMain(m)
}

// loadFiles writes files and bundles hooks.ts.
func loadFiles(t *testing.T, files map[string]string) *Bundle {
	t.Helper()
	dir := t.TempDir()
	for name, code := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(code), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	b, err := Load(filepath.Join(dir, "hooks.ts"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func field(kind string, typ arrow.DataType) arrow.Field {
	return arrow.Field{Name: "x", Type: typ, Metadata: arrow.MetadataFrom(map[string]string{core.MetaType: kind})}
}

// fill makes n values of the field x with the hook file, from row 0.
func fill(t *testing.T, code, generator string, f arrow.Field, inputs arrow.Record, n int) ([]string, error) {
	t.Helper()
	return fillBundle(t, loadFiles(t, map[string]string{"hooks.ts": code}), generator, f, inputs, n)
}

func fillBundle(t *testing.T, b *Bundle, generator string, f arrow.Field, inputs arrow.Record, n int) ([]string, error) {
	t.Helper()
	spec := core.ColumnSpec{Generator: generator, Field: f, Seed: 42, Mem: memory.DefaultAllocator}
	spec.Config, _ = json.Marshal(Config{Bundle: b.Code, File: b.Name, Collection: "c", Seed: 42})
	if inputs != nil {
		spec.Inputs = inputs.Schema()
	}
	for _, c := range Components() {
		if c.Describe().Name != generator {
			continue
		}
		column, err := c.Generator().Open(context.Background(), spec)
		if err != nil {
			return nil, err
		}
		defer column.Close()
		values, err := column.Fill(context.Background(), core.Rows{N: n}, inputs)
		if err != nil {
			return nil, err
		}
		defer values.Release()
		var all []string
		for i := range values.Len() {
			all = append(all, values.ValueStr(i))
		}
		return all, nil
	}
	t.Fatalf("there is no %s", generator)
	return nil, nil
}

// input is a batch with the columns id, text, doc and v.
func input(t *testing.T, ids ...int64) arrow.Record {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int64},
		{Name: "text", Type: arrow.BinaryTypes.String},
		{Name: "doc", Type: arrow.BinaryTypes.String, Metadata: arrow.MetadataFrom(map[string]string{core.MetaType: "JSON"})},
		{Name: "v", Type: arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float32)},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, id := range ids {
		b.Field(0).(*array.Int64Builder).Append(id)
		b.Field(1).(*array.StringBuilder).Append("文本")
		b.Field(2).(*array.StringBuilder).Append(`{"a": [1, 2]}`)
		v := b.Field(3).(*array.FixedSizeListBuilder)
		v.Append(true)
		v.ValueBuilder().(*array.Float32Builder).AppendValues([]float32{3, 4}, nil)
	}
	rec := b.NewRecord()
	t.Cleanup(rec.Release)
	return rec
}

func TestFieldHooksMakeValues(t *testing.T) {
	varchar := field("VarChar", arrow.BinaryTypes.String)
	int64s := field("Int64", arrow.PrimitiveTypes.Int64)
	tests := []struct {
		name, code string
		field      arrow.Field
		want       string
	}{
		{"a template of the row", "export const fields = {x: ({row}) => `SKU-${row}`}", varchar, "SKU-0"},
		{"what it reads of the record", "export const fields = {x: {uses: ['text'], value: ({record}) => record.text + '!'}}", varchar, "文本!"},
		{"CommonJS", "exports.fields = {x: () => 'old'}", varchar, "old"},
		{"TypeScript", "const n: number = 7; export const fields = {x: (): string => `${n}`}", varchar, "7"},
		{"an int64 that a number cannot hold stays exact", "export const fields = {x: ({record}) => record.id}", int64s, "9007199254740993"},
		{"a BigInt", "export const fields = {x: () => 9007199254740993n}", int64s, "9007199254740993"},
		{"JSON is an object", "export const fields = {x: ({record}) => record.doc.a[1]}", int64s, "2"},
		{"native vector functions", "export const fields = {x: ({record}) => vec.norm(record.v) + vec.dot(record.v, record.v) + (vec.finite(record.v) ? 1 : 0)}", int64s, "31"},
		{"dates are UTC", "export const fields = {x: () => new Date(2024, 0, 1).toISOString()}", varchar, "2024-01-01T00:00:00.000Z"},
		{"now is the data set's", "export const fields = {x: () => new Date().getUTCFullYear()}", int64s, "2026"},
		{"a list", "export const fields = {x: () => [1, 2]}", field("Array", arrow.ListOf(arrow.PrimitiveTypes.Int8)), "[1,2]"},
		{"a JSON field takes any value", "export const fields = {x: () => ({a: [1]})}", field("JSON", arrow.BinaryTypes.String), `{"a":[1]}`},
		{"setup runs before", "let n; export function setup(d) { n = d.name + d.seed } export const fields = {x: () => n}", varchar, "c42"},
		{"classes, spread, arrows and destructuring", "class A { constructor(v) { this.v = v } get twice() { return 2 * this.v } }\nexport const fields = {x: ({row, ...rest}) => [...[new A(21)]].map(a => a.twice)[0]}", int64s, "42"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := fill(t, test.code, FieldGenerator, test.field, input(t, 9007199254740993), 1)
			if err != nil {
				t.Fatal(err)
			}
			if got[0] != test.want {
				t.Errorf("got %s, want %s", got[0], test.want)
			}
		})
	}
}

func TestRandomnessIsSeeded(t *testing.T) {
	varchar := field("VarChar", arrow.BinaryTypes.String)
	code := "export const fields = {x: ({rng}) => [rng.float(), rng.int(1, 6), rng.normal(), rng.pick(['a', 'b']), rng.weighted(['a', 'b'], [0, 1]), rng.uuid(), Math.random()].join(' ')}"
	first, err := fill(t, code, FieldGenerator, varchar, nil, 3)
	if err != nil {
		t.Fatal(err)
	}
	second, err := fill(t, code, FieldGenerator, varchar, nil, 3)
	if err != nil || strings.Join(first, "\n") != strings.Join(second, "\n") {
		t.Errorf("two runs gave\n%v\n%v, %v", first, second, err)
	}
	if first[0] == first[1] {
		t.Error("two rows gave the same")
	}
}

func TestValidateGivesVerdicts(t *testing.T) {
	code := "export function validate(record, {row}) { return record.id > 5n || record.id > 5 || `row ${row} has ${record.id}` }"
	got, err := fill(t, code, ValidateGenerator, field("VarChar", arrow.BinaryTypes.String), input(t, 9, 3, 6), 3)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(got, "|") != "(null)|row 1 has 3|(null)" {
		t.Errorf("verdicts are %v", got)
	}
}

// The source map knows nothing of a loop without a body at the top.
func TestAPlaceOfTheBundleIsNotToldAsOneOfTheFile(t *testing.T) {
	_, err := fill(t, "while (1);\nexport const fields = {x: () => 1}", FieldGenerator, field("Int64", arrow.PrimitiveTypes.Int64), nil, 1)
	if err == nil || !strings.HasSuffix(err.Error(), "hooks.ts: the call took longer than 2s") {
		t.Errorf("error is %v", err)
	}
}

func TestFaultsSayWhereTheyAre(t *testing.T) {
	int64s := field("Int64", arrow.PrimitiveTypes.Int64)
	tests := []struct{ name, code, want string }{
		{"a throw", "// first\nexport const fields = {\n  x: () => { throw new Error('no luck') },\n}", "hooks.ts:3:19: Error: no luck"},
		{"a thrown object", "export const fields = {x: () => { throw {} }}", "throws {}"},
		{"a number beyond 2^53", "export const fields = {x: () => 9007199254740993}", "BigInt"},
		{"a wrong type", "export const fields = {x: () => 'seven'}", "\"seven\" for an Int64"},
		{"nothing returned", "export const fields = {x: () => {}}", "returned nothing"},
		{"an endless loop", "export const fields = {x: () => { while (true) {} }}", "longer than"},
		{"endless recursion", "export const fields = {x: () => { const f = () => f() + 1; return f() }}", "recursion"},
		{"a text of a terabyte", "export const fields = {x: () => 'x'.repeat(2 ** 40).length}", "too long"},
		{"no function", "export const fields = {x: 7}", "no function"},
		{"nothing exported", "const a = 1", "exports nothing"},
		{"no network", "export const fields = {x: () => fetch('http://127.0.0.1')}", "fetch is not defined"},
		{"a fault at the top", "null.x; export const fields = {}", "hooks.ts:1:"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			start := time.Now()
			_, err := fill(t, test.code, FieldGenerator, int64s, nil, 1)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error is %v, want %q in it", err, test.want)
			}
			if time.Since(start) > 5*time.Second {
				t.Error("it took too long")
			}
		})
	}
}
