package portrait

import (
	"cmp"
	"container/heap"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
)

const (
	sampleMost  = 10_000    // rows of a sample
	sampleBytes = 256 << 20 // what its vectors may take
	textMost    = 480       // bytes of a text that are kept
)

// row is a row of the sample.
type row struct {
	key    uint64
	file   *dataset.DataFile
	number int64
	cells  []cell
}

// cell is what is kept of one value: a number or a size, a text for people,
// and the elements of a dense vector.
type cell struct {
	null   bool
	number float64
	text   string
	vector []float32
}

// sampler keeps the rows whose keys are least. A row's key depends on its place
// alone, so that it does not matter who reads what first. It is safe for
// concurrent use.
type sampler struct {
	fields []*schema.Field
	most   int
	// limit is the largest key that is kept, once there are enough rows.
	limit atomic.Uint64
	mu    sync.Mutex
	kept  sampleHeap
}

func newSampler(set *dataset.Set) *sampler {
	s := &sampler{}
	s.limit.Store(math.MaxUint64)
	bytes := 0
	for _, f := range set.Arrow().Fields() {
		field := set.Schema.Field(f.Name)
		if field == nil {
			field = &schema.Field{Name: f.Name, Type: schema.JSON}
		}
		if field.Type.IsDense() {
			bytes += 4 * field.Dim
		}
		s.fields = append(s.fields, field)
	}
	s.most = max(1, min(sampleMost, sampleBytes/max(bytes, 1)))
	return s
}

// see takes the rows of a batch that belong to the sample.
func (s *sampler) see(_ int, b *dataset.Batch) {
	stream := rng.Field(0, b.File.Name)
	for i := range int(b.NumRows()) {
		source := stream.At(b.Row + int64(i))
		key := source.Uint64()
		if key > s.limit.Load() {
			continue
		}
		r := row{key: key, file: b.File, number: b.Row + int64(i), cells: make([]cell, len(s.fields))}
		for column, f := range s.fields {
			r.cells[column] = cellOf(f, b.Column(column), i)
		}
		s.keep(r)
	}
}

func (s *sampler) keep(r row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	heap.Push(&s.kept, r)
	if len(s.kept) > s.most {
		heap.Pop(&s.kept)
		s.limit.Store(s.kept[0].key)
	}
}

// rows are those of the sample, in the order of their keys.
func (s *sampler) rows() []row {
	all := slices.Clone(s.kept)
	slices.SortFunc(all, compareRows)
	return all
}

func compareRows(a, b row) int {
	return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.file.Name, b.file.Name), cmp.Compare(a.number, b.number))
}

// sampleHeap has the last row first.
type sampleHeap []row

func (h sampleHeap) Len() int           { return len(h) }
func (h sampleHeap) Less(i, j int) bool { return compareRows(h[i], h[j]) > 0 }
func (h sampleHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *sampleHeap) Push(x any) { *h = append(*h, x.(row)) }

// Pop implements heap.Interface.
func (h *sampleHeap) Pop() any {
	last := len(*h) - 1
	r := (*h)[last]
	*h = (*h)[:last]
	return r
}

func cellOf(f *schema.Field, a arrow.Array, i int) cell {
	if a.IsNull(i) {
		return cell{null: true}
	}
	if f.Type.IsDense() {
		return cell{vector: elements(f, a, i)}
	}
	switch a := a.(type) {
	case *array.Boolean:
		return cell{text: strconv.FormatBool(a.Value(i))}
	case *array.String:
		return cell{number: float64(len(a.Value(i))), text: clip(a.Value(i))}
	case *array.List:
		start, end := a.ValueOffsets(i)
		c := cell{number: float64(end - start)}
		if f.Type != schema.Sparse {
			c.text = listText(a, i)
		}
		return c
	default:
		text := a.ValueStr(i)
		number, err := strconv.ParseFloat(text, 64)
		return cell{number: number, text: text, null: err != nil}
	}
}

// listText is an array as JSON without its outer brackets.
func listText(a *array.List, i int) string {
	text, err := json.Marshal(a.GetOneForMarshal(i))
	if err != nil { // NaN, which JSON has no word for
		return clip(a.ValueStr(i))
	}
	var parts []json.RawMessage
	if json.Unmarshal(text, &parts) != nil {
		return clip(string(text))
	}
	words := make([]string, 0, len(parts))
	for _, part := range parts {
		var word string
		if json.Unmarshal(part, &word) != nil {
			word = string(part)
		}
		words = append(words, word)
	}
	return clip(strings.Join(words, ", "))
}

// clip copies at most textMost bytes of a text, in whole characters.
func clip(v string) string { return shorten(v, textMost) }

func shorten(v string, most int) string {
	v = strings.ToValidUTF8(v[:min(len(v), most+utf8.UTFMax)], "\uFFFD")
	if len(v) <= most {
		return strings.Clone(v)
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(v[cut]) {
		cut--
	}
	return strings.Clone(v[:cut]) + "…"
}
