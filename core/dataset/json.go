package dataset

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// lookJSON looks at the beginning of a JSON file.
func (s *Set) lookJSON(f *DataFile) *Finding {
	in, err := os.Open(f.Path)
	if err != nil {
		return broken(RuleFile, "", "%v", err)
	}
	defer func() { _ = in.Close() }() // it was only read
	head := make([]byte, 4)
	if n, _ := in.ReadAt(head, 0); string(head[:n]) == parquetMagic {
		return broken(RuleFormat, "name the file .parquet", "the name says JSON, the content is Parquet")
	}
	rows, err := openSplitter(in)
	if err != nil {
		return broken(RuleSyntax, "write the file anew", "%v", err)
	}
	if rows.bom {
		s.find(Finding{
			Rule: RuleBOM, Severity: Error, File: f.Name, Row: core.NoRow,
			Message: "the file begins with a byte order mark, which Milvus takes for a fault of the syntax",
			Hint:    "write it as UTF-8 without a mark: sed -i '1s/^\\xEF\\xBB\\xBF//' FILE",
		})
	}
	if rows.shape == "lines" && !rows.done {
		finding := Finding{
			Rule: RuleLines, Severity: Warning, File: f.Name, Row: core.NoRow,
			Message: "rows one after another (JSON lines) are read by Milvus 2.6 and later only", Hint: "write one array of objects",
		}
		if strings.EqualFold(filepath.Ext(f.Name), ".json") {
			finding.Severity = Error
			finding.Message = `a .json file holds one array of objects or {"rows": [objects]}, not rows one after another`
			finding.Hint = "write one array of objects, or name the file .jsonl"
		}
		s.find(finding)
	}
	return nil
}

// jsonRows makes batches of the rows of a JSON file.
type jsonRows struct {
	r       *Reader
	u       Unit
	columns []jsonColumn
	cells   []*cells
	byName  map[string]int
	seen    []int64
	row     int // in the batch
	first   int64
	bytes   int64
	// width is what a row takes in memory whatever is in it.
	width   int64
	dynamic dynamic
}

func (r *Reader) readJSON(ctx context.Context, u Unit, yield func(*Batch) error) error {
	in, err := os.Open(u.File.Path)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	rows, err := openSplitter(in)
	if err != nil {
		return err
	}
	j := r.newJSONRows(u)
	defer j.release()
	for {
		row, err := rows.next()
		if err != nil {
			if j.row > 0 {
				if err := j.flush(yield); err != nil {
					return err
				}
			}
			return j.atEnd(err)
		}
		j.add(row)
		if j.bytes >= r.o.BatchBytes || j.row >= mostRows {
			if err := j.flush(yield); err != nil {
				return err
			}
		}
		if r.first != nil {
			return r.first
		}
		if j.row%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// atEnd reports a file that does not end as it should.
func (j *jsonRows) atEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	var cause *os.PathError
	if errors.As(err, &cause) {
		return err
	}
	j.r.report(Finding{
		Rule: RuleSyntax, Severity: Error, File: j.u.File.Name, Row: core.NoRow, Message: err.Error(),
		Hint: "copy or write the file anew",
	})
	return nil
}

func (r *Reader) newJSONRows(u Unit) *jsonRows {
	j := &jsonRows{r: r, u: u, byName: map[string]int{}, seen: make([]int64, len(r.fields))}
	j.dynamic.column = -1
	for i, f := range r.fields {
		t := r.schema.Field(i).Type
		j.byName[f.Name] = i
		j.width += fixedWidth(t)
		if f.Name == core.DynamicField {
			j.dynamic.column = i
		}
		j.columns = append(j.columns, newJSONColumn(f, t))
		j.cells = append(j.cells, &cells{file: u.File, field: f, mem: r.mem, report: r.report})
		j.seen[i] = -1
	}
	return j
}

func (j *jsonRows) release() {
	for _, c := range j.columns {
		c.builder().Release()
	}
}

// add converts one row.
func (j *jsonRows) add(row []byte) {
	s := &scanner{data: row}
	number := j.first + int64(j.row)
	j.dynamic.begin()
	err := s.object(func(key string) error { return j.member(s, key, number) })
	if err != nil {
		j.finding(RuleSyntax, Error, "", "%v", err)
	}
	for i, c := range j.columns {
		switch {
		case i == j.dynamic.column:
			j.dynamic.finish(j.row, j.cells[i], c.(*textColumn).b)
		case j.seen[i] == number:
		default:
			if f := j.r.fields[i]; err == nil && !f.Nullable && f.Default == nil && !f.AutoID {
				j.cells[i].bad(j.row, RuleMissing, "the row has no such key")
			} else if err != nil {
				j.cells[i].broken = append(j.cells[i].broken, j.row)
			}
			c.builder().AppendNull()
		}
	}
	j.row++
	j.bytes += max(int64(len(row)), j.width)
}

// member reads the value of one key of a row.
func (j *jsonRows) member(s *scanner, key string, number int64) error {
	s.peek()
	start := s.off
	i, wanted := j.byName[key]
	switch {
	case wanted && i == j.dynamic.column:
		return j.dynamic.meta(s)
	case !wanted:
		raw, err := s.raw()
		if err != nil {
			return j.explain(key, err)
		}
		return j.unknown(key, raw)
	case j.seen[i] == number:
		j.finding(RuleDuplicate, Error, key, "the key is there twice in one row")
		_, err := s.raw()
		return err
	}
	raw, err := s.raw()
	if err != nil {
		s.off = start
		return j.explain(key, err)
	}
	j.seen[i] = number
	if string(raw) == "null" {
		j.columns[i].builder().AppendNull()
		return nil
	}
	j.columns[i].add(raw, j.row, j.cells[i])
	return nil
}

// explain tells of a literal NaN by its own rule: it is what people write, and
// no other fault of the syntax.
func (j *jsonRows) explain(key string, err error) error {
	if errors.Is(err, errNaN) {
		j.finding(RuleNaNToken, Error, key, "the value holds NaN or Infinity, which is no JSON")
	}
	return err
}

// unknown takes a key that is none of the columns that are read.
func (j *jsonRows) unknown(key string, raw []byte) error {
	c := j.r.set.Schema
	switch {
	case c.FunctionOf(key) != nil:
		j.finding(RuleFunction, Error, key, "Milvus makes this field by the function %s; it must not be in the file", c.FunctionOf(key).Name)
	case c.Field(key) != nil || key == core.DynamicField && c.EnableDynamic:
		// known, and not asked for
	case c.EnableDynamic:
		j.dynamic.add(key, raw)
	default:
		j.finding(RuleUnknown, Error, key, "the schema has no such field, and no dynamic field")
	}
	return nil
}

func (j *jsonRows) finding(rule string, severity Severity, field, format string, args ...any) {
	if _, known := j.byName[field]; !known {
		field = clipped(field)
	}
	c := cells{file: j.u.File, field: &schema.Field{Name: field}, first: j.first, report: j.r.report}
	c.find(j.row, rule, severity, format, args...)
}

// flush gives the rows so far as a batch.
func (j *jsonRows) flush(yield func(*Batch) error) error {
	b := &Batch{File: j.u.File, Row: j.first}
	columns := make([]arrow.Array, len(j.columns))
	for i, c := range j.columns {
		columns[i] = c.builder().NewArray()
		b.Broken = append(b.Broken, sortedRows(j.cells[i].broken))
		j.cells[i].broken = nil
	}
	b.Record = array.NewRecord(j.r.schema, columns, int64(j.row))
	for _, c := range columns {
		c.Release()
	}
	j.first += int64(j.row)
	j.row, j.bytes = 0, 0
	for i := range j.cells {
		j.cells[i].first = j.first
	}
	return yield(b)
}

// dynamic gathers the dynamic fields of a row.
type dynamic struct {
	column int
	keys   map[string]bool
	text   []byte
	there  bool
	twice  string
	wrong  string
}

func (d *dynamic) begin() {
	clear(d.keys)
	d.text, d.there, d.twice, d.wrong = d.text[:0], false, "", ""
}

func (d *dynamic) add(key string, raw []byte) {
	if d.column < 0 {
		return
	}
	if d.keys == nil {
		d.keys = map[string]bool{}
	}
	if d.keys[key] {
		d.twice = key
		return
	}
	d.keys[key], d.there = true, true
	if len(d.text) > 0 {
		d.text = append(d.text, ',')
	}
	d.text = append(append(appendQuoted(d.text, key), ':'), raw...)
}

// meta takes the value of $meta: an object, or text that holds one.
func (d *dynamic) meta(s *scanner) error {
	raw, err := s.raw()
	if err != nil || string(raw) == "null" {
		return err
	}
	d.there = true
	if raw[0] == '"' {
		text, err := (&scanner{data: raw}).text()
		if err != nil {
			return err
		}
		raw = []byte(text)
	}
	inner := &scanner{data: raw}
	if inner.peek() != '{' {
		d.wrong = string(raw)
		return nil
	}
	err = inner.object(func(key string) error {
		inner.peek()
		value, err := inner.raw()
		if err == nil {
			d.add(key, value)
		}
		return err
	})
	if err != nil || inner.end() != nil {
		d.wrong = string(raw)
	}
	return nil
}

func (d *dynamic) finish(row int, c *cells, b *array.StringBuilder) {
	switch {
	case d.wrong != "":
		c.bad(row, RuleMeta, "%s is no JSON object", clipped(d.wrong))
		b.AppendNull()
	case d.twice != "":
		c.bad(row, RuleMeta, "duplicate key %s: it is there twice, beside or inside %s", d.twice, core.DynamicField)
		b.AppendNull()
	case !d.there:
		b.AppendNull()
	default:
		b.Append("{" + string(d.text) + "}")
	}
}

// jsonColumn takes the values of one field from JSON.
type jsonColumn interface {
	builder() array.Builder
	// add appends the value that raw holds, which is well-formed and not
	// null; what does not fit it reports and appends null.
	add(raw []byte, row int, c *cells)
}

func newJSONColumn(f *schema.Field, t arrow.DataType) jsonColumn {
	switch {
	case f.Type == schema.Sparse:
		return &sparseColumn{newSparse()}
	case f.Type.IsDense():
		return newDenseColumn(f, t)
	case f.Type == schema.JSON:
		return &textColumn{array.NewStringBuilder(memory.DefaultAllocator), jsonText}
	case t.ID() == arrow.STRING:
		return &textColumn{array.NewStringBuilder(memory.DefaultAllocator), plainText}
	default:
		return &anyColumn{array.NewBuilder(memory.DefaultAllocator, t)}
	}
}
