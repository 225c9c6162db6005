package verify

import (
	"cmp"
	"slices"
	"sync"

	"github.com/zilliz/milvus-ingest/core"
)

// Report is what a verification found.
type Report struct {
	Server     string `json:"server"`
	Kind       string `json:"kind"`
	Version    string `json:"version"`
	Collection string `json:"collection"`
	DataSet    string `json:"data_set"`
	Level      Level  `json:"level"`
	// Equal tells that nothing differs, of all that the level compares.
	Equal bool `json:"equal"`
	Rows  Rows `json:"rows"`
	// Fields were compared, besides the key.
	Fields []string `json:"fields"`
	// ByContent tells that rows were compared by their content alone, for the
	// server made their keys.
	ByContent bool `json:"by_content"`
	// Missing rows are in the data set alone, Extra ones in the collection
	// alone; Different ones are in both and differ; Doubled are keys that the
	// collection has more than once. A row that changed counts as Missing and
	// Extra where rows are compared by content.
	Missing   int64 `json:"missing"`
	Extra     int64 `json:"extra"`
	Different int64 `json:"different"`
	Doubled   int64 `json:"doubled"`
	// AllowExtra tells that Extra rows, and Doubled ones, are no difference.
	AllowExtra bool `json:"allow_extra,omitempty"`
	// AtLeast tells that Missing and Extra are more: too many to count.
	AtLeast     bool         `json:"at_least,omitempty"`
	ByField     []FieldCount `json:"by_field"`
	Differences []Difference `json:"differences"`
	Lookups     *Lookups     `json:"lookups,omitempty"`
	Searches    []Searched   `json:"searches,omitempty"`
	Notes       []string     `json:"notes,omitempty"`
	Seconds     float64      `json:"seconds"`
}

// Rows are the counts.
type Rows struct {
	DataSet int64 `json:"data_set"`
	// Collection is count(*) at Strong consistency, Estimate what the
	// statistics say.
	Collection int64 `json:"collection"`
	Estimate   int64 `json:"estimate"`
	// Compared is how many rows of the data set were compared.
	Compared int64 `json:"compared"`
	// Waited is how long it took until the rows were seen, in seconds.
	Waited float64 `json:"waited"`
}

// FieldCount is how many rows differ in a field.
type FieldCount struct {
	Field string `json:"field"`
	Rows  int64  `json:"rows"`
}

// The kinds of differences.
const (
	Missing   = "missing"
	Extra     = "extra"
	Different = "different"
	Doubled   = "doubled"
)

// Difference is one difference in detail.
type Difference struct {
	Kind string `json:"kind"`
	// Key is the row's; "" where it is not known.
	Key string `json:"key,omitempty"`
	// Field differs; Want is what the data set has, Got what the collection
	// has, shortened.
	Field string `json:"field,omitempty"`
	Want  string `json:"want,omitempty"`
	Got   string `json:"got,omitempty"`
	// File and Row say where the data set has the row.
	File string `json:"file,omitempty"`
	Row  int64  `json:"row"`
}

// Lookups are queries for single keys.
type Lookups struct {
	Queries int `json:"queries"`
	Found   int `json:"found"`
}

// Searched is what the searches of a vector field found.
type Searched struct {
	Field   string `json:"field"`
	Metric  string `json:"metric"`
	Index   string `json:"index,omitempty"`
	Queries int    `json:"queries"`
	// Judged are the queries that count: without those whose nearest rows
	// have too many ties.
	Judged int `json:"judged"`
	K      int `json:"k"`
	// Recall is the share of the truly nearest rows that were found; for BM25
	// the share of the texts that their own search finds.
	Recall    float64 `json:"recall"`
	MinRecall float64 `json:"min_recall"`
	Passed    bool    `json:"passed"`
}

// Err is the outcome as an error: nil where nothing differs.
func (r *Report) Err() error {
	if r.Equal {
		return nil
	}
	return core.Errorf(core.InvalidData, "the collection %s does not hold what %s has", r.Collection, r.DataSet)
}

func (r *Report) passed() bool {
	beside := r.Extra+r.Doubled > 0 || r.Rows.Collection > r.Rows.DataSet
	if r.Missing+r.Different > 0 || r.Rows.Collection < r.Rows.DataSet || beside && !r.AllowExtra {
		return false
	}
	if r.Lookups != nil && r.Lookups.Found < r.Lookups.Queries {
		return false
	}
	return !slices.ContainsFunc(r.Searches, func(s Searched) bool { return !s.Passed })
}

// take adds what was found, and judges.
func (r *Report) take(f *findings) {
	r.Missing += f.missing
	r.Different += f.different
	r.ByField, r.Differences = []FieldCount{}, []Difference{}
	for field, rows := range f.fields {
		r.ByField = append(r.ByField, FieldCount{field, rows})
	}
	slices.SortFunc(r.ByField, func(a, b FieldCount) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Field, b.Field))
	})
	f.trim(f.most)
	for _, d := range f.first {
		r.Differences = append(r.Differences, d.Difference)
	}
	if r.Fields == nil {
		r.Fields = []string{}
	}
	r.Equal = r.passed()
}

func (r *Report) note(text string) {
	if !slices.Contains(r.Notes, text) {
		r.Notes = append(r.Notes, text)
	}
}

// findings gathers differences from several goroutines.
type findings struct {
	most int

	mu                 sync.Mutex
	missing, different int64
	fields             map[string]int64
	first              []placed
}

// placed is a difference with its place in the data set, so that the first
// ones are the same in every run.
type placed struct {
	Difference
	unit int
}

// row counts a row that differs in these fields.
func (f *findings) row(fields []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.different++
	if f.fields == nil {
		f.fields = map[string]int64{}
	}
	for _, name := range fields {
		f.fields[name]++
	}
}

// add notes a difference, which may be among the first.
func (f *findings) add(unit int, d Difference) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.first = append(f.first, placed{d, unit})
	if len(f.first) > 2*f.most+100 {
		f.trim(f.most)
	}
}

func (f *findings) miss() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.missing++
}

// trim keeps the first n differences.
func (f *findings) trim(n int) {
	slices.SortStableFunc(f.first, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.unit, b.unit), cmp.Compare(a.Row, b.Row), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Field, b.Field))
	})
	f.first = f.first[:min(len(f.first), n)]
}
