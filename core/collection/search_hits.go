package collection

import (
	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"

	"github.com/zilliz/milvus-ingest/core"
)

// placeholders are the bytes of each query; they share the array's memory
// where they can.
func placeholders(a arrow.Array) [][]byte {
	queries := make([][]byte, a.Len())
	switch a := a.(type) {
	case *array.String:
		for i := range queries {
			queries[i] = []byte(a.Value(i))
		}
	case *array.FixedSizeBinary:
		for i := range queries {
			queries[i] = a.Value(i)
		}
	case *array.List:
		for i := range queries {
			queries[i] = sparseRow(nil, a, i)
		}
	case *array.FixedSizeList:
		dim := int(a.DataType().(*arrow.FixedSizeListType).Len())
		first := a.Data().Offset()
		width, all := 1, []byte(nil)
		switch values := a.ListValues().(type) {
		case *array.Float32:
			width, all = 4, arrow.Float32Traits.CastToBytes(values.Float32Values())
		case *array.Int8:
			all = arrow.Int8Traits.CastToBytes(values.Int8Values())
		}
		for i := range queries {
			queries[i] = all[(first+i)*dim*width : (first+i+1)*dim*width]
		}
	}
	return queries
}

// hitsOf parts what all queries found.
func hitsOf(d *schemapb.SearchResultData, queries int) ([]Hits, error) {
	hits := make([]Hits, queries)
	if len(d.GetScores()) == 0 {
		return hits, nil
	}
	// Older servers name no count for a single query.
	counts := d.GetTopks()
	if len(counts) == 0 {
		counts = []int64{int64(len(d.GetScores()))}
	}
	if len(counts) != queries {
		return nil, core.Errorf(core.Internal, "the server answered %d of %d queries", len(counts), queries)
	}
	at := 0
	for i, count := range counts {
		end := at + int(count)
		if count < 0 || end > len(d.GetScores()) {
			return nil, core.Errorf(core.Internal, "the server sent %d scores for its hits", len(d.GetScores()))
		}
		hits[i] = Hits{Scores: d.GetScores()[at:end], answer: d.GetFieldsData(), first: at}
		var err error
		if hits[i].Keys, err = keysOf(d.GetIds(), at, end); err != nil {
			return nil, err
		}
		at = end
	}
	return hits, nil
}

func keysOf(ids *schemapb.IDs, from, to int) ([]any, error) {
	keys := make([]any, 0, to-from)
	numbers, texts := ids.GetIntId().GetData(), ids.GetStrId().GetData()
	if to > max(len(numbers), len(texts)) {
		return nil, core.Errorf(core.Internal, "the server sent %d keys for its hits", max(len(numbers), len(texts)))
	}
	for i := from; i < to; i++ {
		if len(texts) > 0 {
			keys = append(keys, texts[i])
		} else {
			keys = append(keys, numbers[i])
		}
	}
	return keys, nil
}

// Output is the output fields of these hits, in their order, as a batch. The
// caller releases it.
func (c *Collection) Output(h Hits, names ...string) (arrow.Record, error) {
	fields, err := c.readable(names)
	if err != nil {
		return nil, err
	}
	all, err := decode(fields, h.answer)
	if err != nil {
		return nil, err
	}
	defer all.Release()
	return all.NewSlice(int64(h.first), int64(h.first+len(h.Keys))), nil
}
