// Package portrait says what a data set looks like: the facts of every field,
// how its values are distributed, rows to read, a map of its vectors, and which
// rows lie next to each other. It streams, and keeps a sample of rows that is
// the same in every run.
package portrait

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/check"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// Options say how to look.
type Options struct {
	// Whole reads every row however many there are.
	Whole bool
	// Workers is how many units are read at once; 0: one a CPU.
	Workers int
	// Progress is told how many rows were read since the last call; it is
	// called by several goroutines.
	Progress func(rows int64)
}

// ReadMost is about how many bytes of a data set are read unless all are asked
// for.
const ReadMost = 1 << 30

// Portrait is what a data set looks like.
type Portrait struct {
	Path        string `json:"path"`
	Collection  string `json:"collection,omitempty"`
	Description string `json:"description,omitempty"`
	SchemaFrom  string `json:"schema_from"`
	// Seed and Version are those of meta.json.
	Seed    *uint64 `json:"seed,omitempty"`
	Version string  `json:"version,omitempty"`
	// Rows are those of the set, Read those that the facts are of, Sampled
	// those that the charts are drawn from.
	Rows    int64 `json:"rows"`
	Read    int64 `json:"rows_read"`
	Sampled int   `json:"rows_sampled"`
	// Whole tells that all rows were read.
	Whole bool  `json:"whole"`
	Bytes int64 `json:"bytes"`

	Errors   int64             `json:"errors"`
	Warnings int64             `json:"warnings"`
	Problems []check.Problem   `json:"problems"`
	Files    []check.FileStats `json:"files"`
	Fields   []Field           `json:"fields"`
	Texts    []Row             `json:"texts"`
	Vectors  []Vectors         `json:"vectors"`
	// Groups are the fields by which the points of maps can be coloured, the
	// one that tells most of where they lie first.
	Groups []Group `json:"groups,omitempty"`
	// Labels say what each row of the maps is about.
	Labels []string `json:"labels,omitempty"`
}

// Field is one field.
type Field struct {
	check.FieldStats
	Description string `json:"description,omitempty"`
	// Facts are what its schema says: primary key, max_length 500, …
	Facts     []string `json:"facts,omitempty"`
	Generator string   `json:"generator,omitempty"`
	// Stored is what the column takes in the files, where meta.json tells.
	Stored int64      `json:"stored_bytes,omitempty"`
	Shape  *Histogram `json:"shape,omitempty"`
}

// Row is a row for people: its values, shortened, in the order of the fields.
type Row struct {
	File  string  `json:"file"`
	Row   int64   `json:"row"`
	Cells []Value `json:"cells"`
}

// Value is one value of a Row.
type Value struct {
	Field string `json:"field"`
	Text  string `json:"text"`
	Null  bool   `json:"null,omitempty"`
}

// Group is a field of few values; Of has the number of the value of each row
// of the maps: len(Values) is any other, -1 is null.
type Group struct {
	Field  string   `json:"field"`
	Values []string `json:"values"`
	Of     []int    `json:"of"`
}

// Take looks at a data set.
func Take(ctx context.Context, set *dataset.Set, o Options) (*Portrait, error) {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	units := set.Units()
	chosen := units
	if !o.Whole {
		chosen = spread(units, set.Bytes())
	}
	co := check.Options{Workers: o.Workers, Progress: o.Progress, DropAutoID: true}
	if len(chosen) < len(units) {
		co.Units = chosen
	}
	s := newSampler(set)
	co.See = s.see
	report, err := check.Run(ctx, set, co)
	if err != nil {
		return nil, err
	}
	p := describe(set, report)
	p.Whole = co.Units == nil
	p.draw(set, s.rows())
	return p, ctx.Err()
}

// spread chooses pieces evenly over the set so that about ReadMost bytes are
// read.
func spread(units []dataset.Unit, bytes int64) []dataset.Unit {
	if bytes <= ReadMost || len(units) == 0 {
		return units
	}
	n := max(1, int(float64(len(units))*ReadMost/float64(bytes)))
	chosen := make([]dataset.Unit, n)
	for i := range chosen {
		chosen[i] = units[i*len(units)/n]
	}
	return chosen
}

// describe takes what the check found and what the schema and meta.json say.
func describe(set *dataset.Set, r *check.Report) *Portrait {
	p := &Portrait{
		Path: r.Path, Collection: r.Collection, Description: set.Schema.Description, SchemaFrom: r.SchemaFrom,
		Rows: set.Count(), Read: r.Rows, Bytes: r.Bytes,
		Errors: r.Errors, Warnings: r.Warnings, Problems: r.Problems, Files: r.Files,
	}
	if p.Rows < 0 && set.Meta != nil {
		p.Rows = set.Meta.Generation.TotalRows
	}
	p.Rows = max(p.Rows, p.Read)
	made := map[string]dataset.Column{}
	if set.Ours() {
		p.Seed, p.Version = &set.Meta.Seed, set.Meta.Version
		for _, c := range set.Meta.Columns {
			made[c.Name] = c
		}
	}
	for _, stats := range r.Fields {
		f := Field{FieldStats: stats, Generator: made[stats.Name].Generator, Stored: made[stats.Name].Bytes}
		if known := set.Schema.Field(stats.Name); known != nil {
			f.Description, f.Facts = known.Description, factsOf(known)
		} else if stats.Name == core.DynamicField {
			f.Facts = []string{"dynamic fields"}
		}
		p.Fields = append(p.Fields, f)
	}
	return p
}

// factsOf are what a schema says of a field, in the words of schema files.
func factsOf(f *schema.Field) []string {
	var facts []string
	for _, flag := range []struct {
		set  bool
		name string
	}{
		{f.IsPrimary, "primary key"},
		{f.AutoID, "auto_id"},
		{f.IsPartitionKey, "partition key"},
		{f.IsClusterKey, "clustering key"},
		{f.Nullable, "nullable"},
		{f.Default != nil, "default " + string(f.Default)},
		{f.Dim > 0, fmt.Sprintf("dim %d", f.Dim)},
		{f.MaxLength > 0, fmt.Sprintf("max_length %d", f.MaxLength)},
		{f.ElementType != "", "of " + string(f.ElementType)},
		{f.MaxCapacity > 0, fmt.Sprintf("max_capacity %d", f.MaxCapacity)},
		{f.Index != nil && f.Index.Type != "", fmt.Sprintf("index %s", indexType(f))},
		{f.Index != nil && f.Index.Metric != "", fmt.Sprintf("metric %s", metricName(f))},
	} {
		if flag.set {
			facts = append(facts, flag.name)
		}
	}
	return facts
}

func indexType(f *schema.Field) string {
	if f.Index == nil {
		return ""
	}
	return f.Index.Type
}

func metricName(f *schema.Field) string {
	if f.Index == nil {
		return ""
	}
	return f.Index.Metric
}

// draw makes all that is drawn from the sample.
func (p *Portrait) draw(set *dataset.Set, rows []row) {
	p.Sampled = len(rows)
	fields := set.Arrow().Fields()
	for i := range p.Fields {
		p.Fields[i].Shape = shapeOf(&p.Fields[i], rows, i)
	}
	for _, r := range rows[:min(len(rows), shownRows)] {
		p.Texts = append(p.Texts, p.text(r))
	}
	mapped := rows[:min(len(rows), mapRows)]
	about := p.titles()
	p.Labels = p.labels(mapped, about)
	p.Groups = p.groups(mapped)
	for i, f := range fields {
		if field := set.Schema.Field(f.Name); field != nil && field.Type.IsDense() {
			if v, ok := p.vectors(field, i, rows, about); ok {
				p.Vectors = append(p.Vectors, v)
			}
		}
	}
	p.orderGroups()
	if len(p.Vectors) == 0 {
		p.Labels, p.Groups = nil, nil
	}
}

const (
	shownRows = 8    // rows to read
	mapRows   = 3000 // points of a map
)

// text is a row for people.
func (p *Portrait) text(r row) Row {
	shown := Row{File: r.file.Name, Row: r.number}
	for i, c := range r.cells {
		if !slices.Contains(vectorTypes(), schema.Type(p.Fields[i].Type)) {
			shown.Cells = append(shown.Cells, Value{Field: p.Fields[i].Name, Text: c.text, Null: c.null})
		}
	}
	return shown
}

func vectorTypes() []schema.Type {
	return slices.DeleteFunc(schema.Types(), func(t schema.Type) bool { return !t.IsVector() })
}
