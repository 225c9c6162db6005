package collection

import (
	"encoding/json"
	"maps"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// NoIndex is the type of an index that is not to be made.
const NoIndex = "NONE"

const autoIndex = "AUTOINDEX"

// Choose is the index that a field of the collection gets; false where it gets
// none. What is laid over comes first, then AUTOINDEX where it is asked for,
// then the schema's own, then one by type: vectors get one, and other fields
// none. A metric that is left out is the schema's, else COSINE, HAMMING for
// binary vectors, IP or BM25 for sparse ones.
func (p Policy) Choose(s *Server, c *schema.Collection, f *schema.Field) (schema.Index, bool) {
	if p.None {
		return schema.Index{}, false
	}
	var own schema.Index
	if f.Index != nil {
		own = *f.Index
	}
	chosen, laid := p.Fields[f.Name]
	switch {
	case laid:
	case f.Type.IsVector() && (p.Auto || s.Kind == Cloud) && (s.Kind != Lite || f.Type != schema.Sparse):
		// Zilliz Cloud tunes the index itself and takes the metric alone;
		// Milvus Lite has it for dense vectors.
		chosen = schema.Index{Type: autoIndex, Metric: own.Metric}
	case f.Index != nil:
		chosen = own
	case !f.Type.IsVector():
		return schema.Index{}, false
	}
	if chosen.Type == "" {
		chosen.Type = defaultIndex(s, f.Type)
	}
	chosen.Params = withDefaults(chosen.Type, chosen.Params)
	if f.Type.IsVector() && chosen.Metric == "" {
		chosen.Metric = own.Metric
		if chosen.Metric == "" {
			chosen.Metric = DefaultMetric(c, f)
		}
	}
	return chosen, chosen.Type != NoIndex
}

// Over is the policy with the choice for each field of the schema written out:
// it gives a collection that a server described the indexes that the schema of
// its data set asks for.
func (p Policy) Over(s *Server, c *schema.Collection) Policy {
	if p.None {
		return p
	}
	all := Policy{Fields: map[string]schema.Index{}}
	for i := range c.Fields {
		chosen, ok := p.Choose(s, c, &c.Fields[i])
		if !ok {
			chosen = schema.Index{Type: NoIndex}
		}
		all.Fields[c.Fields[i].Name] = chosen
	}
	return all
}

func defaultIndex(s *Server, t schema.Type) string {
	switch {
	case !t.IsVector():
		if known := indexTypes(s, t); len(known) > 0 {
			return known[0]
		}
		return "INVERTED"
	case s.Kind == Cloud:
		return autoIndex
	case t == schema.Sparse:
		return "SPARSE_INVERTED_INDEX"
	case t == schema.BinaryVector:
		return "BIN_IVF_FLAT"
	default:
		return "HNSW"
	}
}

// withDefaults adds the parameters that servers ask for and users leave out.
func withDefaults(index string, given map[string]json.RawMessage) map[string]json.RawMessage {
	defaults := map[string]string{}
	switch index {
	case "HNSW", "HNSW_SQ", "HNSW_PQ", "HNSW_PRQ":
		defaults = map[string]string{"M": "16", "efConstruction": "200"}
	case "IVF_FLAT", "IVF_SQ8", "IVF_PQ", "IVF_RABITQ", "SCANN", "BIN_IVF_FLAT":
		defaults = map[string]string{"nlist": "128"}
	}
	all := maps.Clone(given)
	for key, value := range defaults {
		if _, ok := all[key]; ok {
			continue
		}
		if all == nil {
			all = map[string]json.RawMessage{}
		}
		all[key] = json.RawMessage(value)
	}
	return all
}

// DefaultMetric is the metric of a vector whose schema names none.
func DefaultMetric(c *schema.Collection, f *schema.Field) string {
	switch {
	case f.Type == schema.BinaryVector:
		return "HAMMING"
	case f.Type != schema.Sparse:
		return "COSINE"
	case isBM25(c, f.Name):
		return "BM25"
	default:
		return "IP"
	}
}

func isBM25(c *schema.Collection, name string) bool {
	function := c.FunctionOf(name)
	return function != nil && function.Type == "BM25"
}

// ParsePolicy reads what --index says: FIELD=TYPE, with metric= and parameters
// of the index behind commas, such as embedding=HNSW,metric=IP,M=32; or
// FIELD=NONE for no index.
func ParsePolicy(flags []string) (Policy, error) {
	p := Policy{Fields: map[string]schema.Index{}}
	var problems []error
	for _, flag := range flags {
		name, index, err := parseIndex(flag)
		if _, twice := p.Fields[name]; err == nil && twice {
			err = core.Errorf(core.InvalidConfig, "--index names %s twice", name).WithHint("give one --index for each field")
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}
		p.Fields[name] = index
	}
	return p, join(problems)
}

func parseIndex(flag string) (string, schema.Index, error) {
	wrong := func(format string, args ...any) (string, schema.Index, error) {
		return "", schema.Index{}, core.Errorf(core.InvalidConfig, "--index %q: "+format, append([]any{flag}, args...)...).
			WithHint("write --index FIELD=TYPE,metric=METRIC,PARAMETER=VALUE, such as embedding=HNSW,metric=IP,M=32")
	}
	words := strings.Split(flag, ",")
	name, kind, ok := strings.Cut(words[0], "=")
	name, kind = strings.TrimSpace(name), strings.TrimSpace(kind)
	if !ok || name == "" || kind == "" {
		return wrong("it does not begin with FIELD=TYPE")
	}
	index := schema.Index{Type: typeSpelled(kind)}
	for _, word := range words[1:] {
		key, value, ok := strings.Cut(word, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch {
		case !ok || key == "" || value == "":
			return wrong("%q is no NAME=VALUE", word)
		case key == "metric" || key == "metric_type":
			index.Metric = strings.ToUpper(value)
			continue
		}
		if index.Params == nil {
			index.Params = map[string]json.RawMessage{}
		}
		if _, twice := index.Params[key]; twice {
			return wrong("%s is given twice", key)
		}
		index.Params[key] = rawWord(value)
	}
	if index.Type == NoIndex && (index.Metric != "" || index.Params != nil) {
		return wrong("no index takes no parameters")
	}
	return name, index, nil
}

// typeSpelled is an index type as Milvus spells it: all in capitals but Trie.
func typeSpelled(kind string) string {
	if strings.EqualFold(kind, "trie") {
		return "Trie"
	}
	return strings.ToUpper(kind)
}
