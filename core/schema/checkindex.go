package schema

import (
	"slices"

	"github.com/zilliz/milvus-ingest/core/document"
)

// index checks that a field's index is one that Milvus builds on its type.
func (p place) index(f *Field) {
	if f.Index == nil {
		return
	}
	index := place{p.checker, p.path + ".index", p.field}
	known := indexTypes(f.Type)
	if t := f.Index.Type; t != "" && !slices.Contains(known, t) {
		problem := index.wrong("type", "an index %q cannot be built on %s", document.Clip(t), f.Type).Expect("one of %s", words(known))
		if near, ok := nearest(t, known); ok {
			problem.Mend("did you mean %q?", near)
		}
	}
	metrics := metricsOf(f.Type)
	bm25 := p.c.madeByBM25(f.Name)
	switch m := f.Index.Metric; {
	case m == "":
	case len(metrics) == 0:
		index.wrong("metric", "an index on %s has no metric", f.Type).Mend("remove metric")
	case bm25 && m != "BM25":
		index.wrong("metric", "the metric is %q, but BM25 makes this field", document.Clip(m)).Expect("BM25").Mend(`write "metric": "BM25"`)
	case !bm25 && m == "BM25" && f.Type == Sparse:
		index.wrong("metric", "the metric is BM25, but no BM25 function makes this field").
			Mend(`write "metric": "IP", or add the function`)
	case !slices.Contains(metrics, m):
		problem := index.wrong("metric", "the metric %q does not fit %s", document.Clip(m), f.Type).Expect("one of %s", words(metrics))
		if near, ok := nearest(m, metrics); ok {
			problem.Mend("did you mean %q?", near)
		}
	}
}

// madeByBM25 tells whether a BM25 function makes the field.
func (c *Collection) madeByBM25(name string) bool {
	function := c.FunctionOf(name)
	return function != nil && function.Type == "BM25"
}

// indexTypes lists the indexes that Milvus builds on a type.
func indexTypes(t Type) []string {
	switch {
	case t == FloatVector || t == Float16 || t == BFloat16:
		return []string{
			"AUTOINDEX", "FLAT", "IVF_FLAT", "IVF_SQ8", "IVF_PQ", "IVF_RABITQ", "HNSW", "HNSW_SQ", "HNSW_PQ", "HNSW_PRQ",
			"SCANN", "DISKANN", "GPU_BRUTE_FORCE", "GPU_IVF_FLAT", "GPU_IVF_PQ", "GPU_CAGRA",
		}
	case t == Int8Vector:
		return []string{"AUTOINDEX", "HNSW", "HNSW_SQ", "HNSW_PQ", "HNSW_PRQ"}
	case t == BinaryVector:
		return []string{"AUTOINDEX", "BIN_FLAT", "BIN_IVF_FLAT", "MINHASH_LSH"}
	case t == Sparse:
		return []string{"AUTOINDEX", "SPARSE_INVERTED_INDEX", "SPARSE_WAND"}
	case t.IsText():
		return []string{"AUTOINDEX", "INVERTED", "BITMAP", "Trie", "NGRAM", "STL_SORT"}
	case t.IsInteger():
		return []string{"AUTOINDEX", "INVERTED", "BITMAP", "STL_SORT"}
	case t == Float || t == Double || t == Timestamptz:
		return []string{"AUTOINDEX", "INVERTED", "STL_SORT"}
	case t == Bool || t == Array:
		return []string{"AUTOINDEX", "INVERTED", "BITMAP"}
	case t == JSON:
		return []string{"AUTOINDEX", "INVERTED", "NGRAM"}
	default:
		return []string{"AUTOINDEX", "RTREE"}
	}
}

// metricsOf lists the metrics of a type; none for what is no vector.
func metricsOf(t Type) []string {
	switch {
	case t == BinaryVector:
		return []string{"HAMMING", "JACCARD", "SUBSTRUCTURE", "SUPERSTRUCTURE", "MHJACCARD"}
	case t == Sparse:
		return []string{"IP", "BM25"}
	case t.IsDense():
		return []string{"COSINE", "IP", "L2"}
	default:
		return nil
	}
}
