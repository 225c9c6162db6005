package schema

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core/document"
)

func (p place) defaultValue(f *Field) {
	if f.Default == nil {
		return
	}
	switch {
	case string(f.Default) == "null":
		p.wrong("default_value", "default_value is null").Mend(`remove it, or write "nullable": true`)
		return
	case f.IsPrimary:
		p.wrong("default_value", "a primary key has no default value").Mend("remove default_value")
		return
	case f.Type == Timestamptz || f.Type == Geometry:
		p.textDefault(f)
		return
	case !find(fieldKeys(), "default_value").applies(f.Type) || !p.value("default_value", f.Default, f):
		return
	}
	if len(f.Enum) > 0 && !slices.ContainsFunc(f.Enum, func(raw json.RawMessage) bool { return same(raw, f.Default) }) {
		p.wrong("default_value", "default_value %s is none of enum_values", document.Clip(string(f.Default))).
			Mend("add it to enum_values, or choose one of them")
	}
}

// same tells whether two scalars of JSON are one value.
func same(a, b json.RawMessage) bool {
	x, okX := document.Exact(string(a))
	y, okY := document.Exact(string(b))
	if okX && okY {
		return x.Cmp(y) == 0
	}
	return string(a) == string(b)
}

// textDefault checks the default of a type that is written as text.
func (p place) textDefault(f *Field) {
	var s string
	pattern, expected := `(?i)^\s*(POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON|GEOMETRYCOLLECTION)\b`,
		"well-known text, such as POINT (30 10)"
	if f.Type == Timestamptz {
		pattern = `^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$`
		expected = "a time with its offset, such as 2025-01-31T08:00:00+08:00"
	}
	if json.Unmarshal(f.Default, &s) != nil || !regexp.MustCompile(pattern).MatchString(s) {
		p.wrong("default_value", "default_value is %s", document.Clip(string(f.Default))).Expect("%s", expected)
	}
}

// roles checks the keys that give a field its part in the collection.
func (p place) roles(f *Field) {
	if f.AutoID && !f.IsPrimary {
		p.wrong("auto_id", "auto_id stands on a field that is not the primary key").
			Mend(`add "is_primary": true, or remove auto_id`)
	}
	if f.Nullable && f.IsPrimary {
		p.wrong("nullable", "a primary key cannot be null").Mend("remove nullable")
	}
	if f.Nullable && f.IsPartitionKey {
		p.wrong("nullable", "a partition key cannot be null: imports would fail").Mend("remove nullable")
	}
	if f.IsPrimary && f.IsPartitionKey {
		p.wrong("is_partition_key", "the primary key cannot be the partition key").
			Mend("choose another field, or leave it out: without a partition key Milvus spreads rows by the primary key")
	}
	if f.Generator != "" && !regexp.MustCompile(`^[a-zA-Z0-9_./-]+$`).MatchString(f.Generator) {
		p.wrong("generator", "%q is no name of a generator", document.Clip(f.Generator)).Expect(`a name such as "text.faq"`)
	}
	if f.Generator == "" && f.Params != nil {
		p.wrong("params", "params configure a generator, and none is named").
			Mend(`add "generator": "NAME", or remove params; the generators are listed by: milvus-ingest plugin list`)
	}
	if function := p.c.FunctionOf(f.Name); function != nil && (f.Generator != "" || f.Params != nil) {
		p.warn("generator", "Milvus makes this field by the function %s; nothing is generated for it", function.Name).
			Mend("remove generator and params")
	}
}

func (p place) analyzer(f *Field) {
	if f.EnableMatch && !f.EnableAnalyzer {
		p.wrong("enable_match", "enable_match needs an analyzer").Mend(`add "enable_analyzer": true`)
	}
	without := func(name string, params json.RawMessage) {
		if params != nil && !f.EnableAnalyzer {
			p.warn(name, "%s has no effect without enable_analyzer", name).Mend(`add "enable_analyzer": true`)
		}
	}
	without("analyzer_params", f.AnalyzerParams)
	without("multi_analyzer_params", f.MultiAnalyzer)
}

// one is the problem of a role that only one field can have.
func (k *checker) one(role, what string, has func(*Field) bool) int {
	first := -1
	for i := range k.c.Fields {
		switch {
		case !has(&k.c.Fields[i]):
		case first < 0:
			first = i
		default:
			k.at(i).wrong(role, "a second %s: field %s is one already", what, k.c.Fields[first].Name).
				Mend("remove %s from one of them", role)
		}
	}
	return first
}

func (k *checker) primary() {
	if k.one("is_primary", "primary key", func(f *Field) bool { return f.IsPrimary }) >= 0 || len(k.c.Fields) == 0 {
		return
	}
	hint := `add {"name": "id", "type": "Int64", "is_primary": true}`
	for _, f := range k.c.Fields {
		if (f.Type == Int64 || f.Type.IsText()) && (f.Name == "id" || strings.HasSuffix(f.Name, "_id")) {
			hint = `add "is_primary": true to the field ` + f.Name
			break
		}
	}
	k.root().wrong("fields", "the schema has no primary key").Expect("exactly one field with is_primary").Mend("%s", hint)
}

func (k *checker) partitions() {
	root, c := k.root(), k.c
	key := k.one("is_partition_key", "partition key", func(f *Field) bool { return f.IsPartitionKey })
	k.one("is_clustering_key", "clustering key", func(f *Field) bool { return f.IsClusterKey })
	switch {
	case c.NumPartitions > 0 && key < 0:
		root.wrong("num_partitions", "num_partitions needs a partition key").
			Mend(`add "is_partition_key": true to the field that rows are spread by, or remove num_partitions`)
	case c.NumPartitions > 1024 && c.NumPartitions <= maxPartitions:
		root.warn("num_partitions", "%d partitions; newer servers allow 1024 unless rootCoord.maxPartitionNum says more", c.NumPartitions)
	}
}

func (k *checker) vectors() {
	count, unknown := 0, len(k.c.Fields) == 0
	for _, f := range k.c.Fields {
		unknown = unknown || f.Type == ""
		if f.Type.IsVector() || slices.ContainsFunc(f.StructFields, func(s Field) bool { return s.Type.IsVector() }) {
			count++
		}
	}
	root := k.root()
	switch {
	case count == 0 && !unknown:
		root.wrong("fields", "the schema has no vector field, and Milvus makes no collection without one").
			Mend(`add {"name": "embedding", "type": "FloatVector", "dim": 768}`)
	case count > 1 && k.target.Before(Version{2, 4, 0}):
		root.warn("fields", "the schema has %d vector fields; Milvus %s allows one", count, k.target).
			Mend("leave some out when you upload, or use Milvus 2.4 or later")
	case count > 10:
		root.warn("fields", "the schema has %d vector fields; a server allows 4, and at most 10 with proxy.maxVectorFieldNum", count)
	case count > 4:
		root.warn("fields", "the schema has %d vector fields; a server allows 4 unless proxy.maxVectorFieldNum says more", count)
	}
}

// uses checks that inputs of generators are fields that are generated, and
// that none leads back to itself.
func (k *checker) uses() {
	index := map[string]int{}
	for i, f := range k.c.Fields {
		index[f.Name] = i
	}
	for i := range k.c.Fields {
		p, f := k.at(i), &k.c.Fields[i]
		if len(f.Uses) > maxNames {
			p.wrong("uses", "the field uses %d others", len(f.Uses)).Expect("at most %d", maxNames)
		}
		for j, name := range few(f.Uses) {
			key := item("uses", j)
			if _, known := index[name]; !known {
				p.unknownName(key, "it uses %q, which is no field", name)
			} else if k.c.FunctionOf(name) != nil {
				p.wrong(key, "it uses %s, which only Milvus makes", name).Mend("use the function's input instead")
			}
		}
	}
	k.circles(index)
}

// few cuts a list of names that is too long to be meant.
func few(names []string) []string { return names[:min(len(names), maxNames)] }

// circles tells of fields that use themselves, directly or not: once for each
// way back.
func (k *checker) circles(index map[string]int) {
	const unseen, open, done = 0, 1, 2
	state := make([]int, len(k.c.Fields))
	var visit func(i int)
	visit = func(i int) {
		state[i] = open
		for j, name := range few(k.c.Fields[i].Uses) {
			to, known := index[name]
			switch {
			case !known:
			case to == i:
				k.at(i).wrong(item("uses", j), "the field uses itself").Mend("remove it from uses")
			case state[to] == open:
				k.at(i).wrong(item("uses", j), "%s and %s use each other", k.c.Fields[i].Name, name).
					Mend("remove one of the two from uses")
			case state[to] == unseen:
				visit(to)
			}
		}
		state[i] = done
	}
	for i := range state {
		if state[i] == unseen {
			visit(i)
		}
	}
}
