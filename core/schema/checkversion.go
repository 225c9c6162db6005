package schema

import "slices"

// A feature is what Milvus knows since some version.
type feature struct {
	since Version
	what  string
	key   string // where it stands on a field
	has   func(*Field) bool
}

func isType(types ...Type) func(*Field) bool {
	return func(f *Field) bool { return slices.Contains(types, f.Type) }
}

// features lists what fields can have that older servers refuse.
func features() []feature {
	return []feature{
		{Version{2, 3, 0}, "Array fields", "type", isType(Array)},
		{Version{2, 3, 5}, "Float16Vector fields", "type", isType(Float16)},
		{Version{2, 4, 0}, "BFloat16Vector fields", "type", isType(BFloat16)},
		{Version{2, 4, 0}, "SparseFloatVector fields", "type", isType(Sparse)},
		{Version{2, 4, 0}, "clustering keys", "is_clustering_key", func(f *Field) bool { return f.IsClusterKey }},
		{Version{2, 5, 0}, "nullable fields", "nullable", func(f *Field) bool { return f.Nullable && !f.Type.IsVector() }},
		{Version{2, 5, 0}, "default values", "default_value", func(f *Field) bool { return f.Default != nil }},
		{Version{2, 5, 0}, "analyzers", "enable_analyzer", func(f *Field) bool { return f.EnableAnalyzer }},
		{Version{2, 5, 0}, "text match", "enable_match", func(f *Field) bool { return f.EnableMatch }},
		{Version{2, 6, 0}, "nullable vectors", "nullable", func(f *Field) bool { return f.Nullable && f.Type.IsVector() }},
		{Version{2, 6, 0}, "Int8Vector fields", "type", isType(Int8Vector)},
		{Version{2, 6, 0}, "analyzers by language", "multi_analyzer_params", func(f *Field) bool { return f.MultiAnalyzer != nil }},
		{Version{2, 6, 0}, "Timestamptz fields", "type", isType(Timestamptz)},
		{Version{2, 6, 0}, "Geometry fields", "type", isType(Geometry)},
		{Version{2, 6, 0}, "arrays of Struct", "element_type", func(f *Field) bool { return f.ElementType == Struct }},
		{Version{3, 0, 0}, "nullable arrays of Struct", "nullable", func(f *Field) bool { return f.ElementType == Struct && f.Nullable }},
	}
}

// versions warns of what the target version does not know yet.
func (k *checker) versions() {
	if k.target == (Version{}) {
		return
	}
	for i := range k.c.Fields {
		for _, feature := range features() {
			if feature.has(&k.c.Fields[i]) {
				k.at(i).since(feature.since, feature.key, feature.what)
			}
		}
	}
	for i, f := range k.c.Functions {
		p := place{k, item("functions", i), ""}
		if f.Type == "BM25" {
			p.since(Version{2, 5, 0}, "type", "BM25 functions")
		} else {
			p.since(Version{2, 6, 0}, "type", "functions of the type "+f.Type)
		}
	}
}

func (p place) since(since Version, key, what string) {
	if p.target.Before(since) {
		p.warn(key, "Milvus %s has no %s; they came with %s", p.target, what, since).
			Mend("leave the field out when you send data there, or use a newer server")
	}
}
