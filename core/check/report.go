package check

import (
	"encoding/json"
	"errors"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

// Report is all that a check has to tell.
type Report struct {
	Path       string `json:"path"`
	Collection string `json:"collection,omitempty"`
	// SchemaFrom says where the schema is from.
	SchemaFrom string       `json:"schema_from"`
	OK         bool         `json:"ok"`
	Rows       int64        `json:"rows"`
	Bytes      int64        `json:"bytes"`
	Errors     int64        `json:"errors"`
	Warnings   int64        `json:"warnings"`
	Problems   []Problem    `json:"problems"`
	Files      []FileStats  `json:"files"`
	Fields     []FieldStats `json:"fields"`
}

// FileStats is one file.
type FileStats struct {
	Name      string   `json:"name"`
	Format    string   `json:"format"`
	Rows      int64    `json:"rows"`
	Bytes     int64    `json:"bytes"`
	RowGroups int      `json:"row_groups,omitempty"`
	Codecs    []string `json:"codecs,omitempty"`
}

// FieldStats is what the values of one field look like.
type FieldStats struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Count int64  `json:"count"`
	Nulls int64  `json:"nulls"`
	Empty int64  `json:"empty,omitempty"`
	// Distinct is the number of different values; Exact tells whether it
	// was counted or estimated.
	Distinct int64 `json:"distinct,omitempty"`
	Exact    bool  `json:"distinct_exact,omitempty"`
	// Top are the most frequent values; Sampled tells that their shares are
	// those of a sample.
	Top      []Top    `json:"top,omitempty"`
	Sampled  bool     `json:"top_sampled,omitempty"`
	Examples []string `json:"examples,omitempty"`
	Numbers  *Numbers `json:"numbers,omitempty"`
	// Lengths are sizes in bytes, Elements those in elements.
	Lengths  *Spread  `json:"bytes,omitempty"`
	Elements *Spread  `json:"elements,omitempty"`
	Vectors  *Vectors `json:"vectors,omitempty"`
	Keys     []Top    `json:"keys,omitempty"`
}

// Top is a frequent value.
type Top struct {
	Value string  `json:"value"`
	Count int64   `json:"count"`
	Share float64 `json:"share"`
}

// Numbers tells of numbers; Histogram has the shares of bars of one width from
// Min to Max.
type Numbers struct {
	Min       json.Number `json:"min"`
	Mean      float64     `json:"mean"`
	Max       json.Number `json:"max"`
	Histogram []float64   `json:"histogram,omitempty"`
}

// Spread tells of sizes.
type Spread struct {
	Min  int64   `json:"min"`
	Mean float64 `json:"mean"`
	P50  int64   `json:"p50"`
	P99  int64   `json:"p99"`
	Max  int64   `json:"max"`
}

// Vectors tells of vectors: their norms, and the share whose norm is 1.
type Vectors struct {
	Dim      int     `json:"dim"`
	MinNorm  float64 `json:"min_norm"`
	MeanNorm float64 `json:"mean_norm"`
	MaxNorm  float64 `json:"max_norm"`
	Unit     float64 `json:"unit_share"`
	Zero     int64   `json:"zero"`
	OneBits  float64 `json:"one_bits_share,omitempty"`
}

func (r *run) report(columns []*column) *Report {
	rep := &Report{
		Path: r.set.Path, Collection: r.set.Schema.Name, SchemaFrom: r.set.SchemaFrom,
		Bytes: r.set.Bytes(), Problems: r.problems.list(),
	}
	for _, n := range r.rows {
		rep.Rows += n
	}
	for _, p := range rep.Problems {
		switch p.Severity {
		case dataset.Error:
			rep.Errors += p.Count
		case dataset.Warning:
			rep.Warnings += p.Count
		}
	}
	rep.OK = rep.Errors == 0
	for _, f := range r.set.Files {
		rep.Files = append(rep.Files, FileStats{f.Name, f.Format, f.Rows, f.Bytes, len(f.Groups), f.Codecs})
	}
	for _, c := range columns {
		s := FieldStats{Name: c.name, Type: string(c.field.Type), Count: c.rows - c.nulls, Nulls: c.nulls}
		c.tell(&s)
		if c.field.IsPrimary && r.keys.unique() {
			s.Distinct, s.Exact = s.Count, true
		}
		rep.Fields = append(rep.Fields, s)
	}
	return rep
}

// Err is an InvalidData error where a rule is broken, nil otherwise.
func (r *Report) Err() error {
	if r.OK {
		return nil
	}
	first := errors.New("a rule is broken")
	for _, p := range r.Problems {
		if p.Severity == dataset.Error && len(p.Findings) > 0 {
			first = errors.New(p.Findings[0].String())
			break
		}
	}
	if r.Errors == 1 {
		return core.Errorf(core.InvalidData, "%w", first)
	}
	return core.Errorf(core.InvalidData, "%d errors in the data; the first: %w", r.Errors, first)
}
