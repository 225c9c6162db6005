package collection

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// Lacks tells all that the server cannot hold of a collection, before anything
// is sent: as errors what it would refuse, or lose without a word, as warnings
// what has no effect there. The last error has the mend of all, such as
// --exclude-fields a,b.
func (s *Server) Lacks(c *schema.Collection) schema.Problems {
	l := &lacks{server: s, of: c}
	if s.Kind == Lite {
		l.lite()
	} else {
		l.versions()
	}
	l.mend()
	return l.found
}

// lacks collects what a server cannot hold.
type lacks struct {
	server *Server
	of     *schema.Collection
	found  schema.Problems
	// without are the fields to leave out.
	without []string
}

// field is a problem that leaving the field out mends.
func (l *lacks) field(name, format string, args ...any) {
	problem := schema.Problem{Field: name, Severity: schema.Error, Message: fmt.Sprintf(format, args...)}
	l.found = append(l.found, problem)
	if f := l.of.Field(name); f != nil && !f.IsPrimary && !slices.Contains(l.without, name) {
		l.without = append(l.without, name)
	}
}

func (l *lacks) warn(name, format string, args ...any) {
	l.found = append(l.found, schema.Problem{Field: name, Severity: schema.Warning, Message: fmt.Sprintf(format, args...)})
}

// who is the server in messages.
func (l *lacks) who() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s", l.server.Kind, l.server.Version))
}

// versions holds the collection against the version of a Milvus.
func (l *lacks) versions() {
	for _, need := range l.of.Needs() {
		if !l.server.Version.Before(need.Since) {
			continue
		}
		switch need.Key {
		case "default_value": // the server keeps them, and Encode puts them in
		case "is_clustering_key", "enable_analyzer", "enable_match", "multi_analyzer_params":
			l.warn(need.Field, "%s has no %s, which came with %s: it loads without", l.who(), need.What, need.Since)
		default:
			l.field(need.Field, "%s has no %s; they came with %s", l.who(), need.What, need.Since)
		}
	}
	if l.server.Version.Before(schema.Version{Major: 2, Minor: 4}) {
		l.oneVector()
		for i := range l.of.Fields {
			if f := &l.of.Fields[i]; f.Type == schema.Float16 {
				l.warn(f.Name, "%s stores Float16Vector fields, but searches them without regard to the query", l.who())
			}
		}
	}
}

// oneVector is the limit of servers before 2.4. Vectors that are left out
// anyway do not count.
func (l *lacks) oneVector() {
	first := ""
	for i := range l.of.Fields {
		f := &l.of.Fields[i]
		switch {
		case !f.Type.IsVector() || slices.Contains(l.without, f.Name):
		case first == "":
			first = f.Name
		default:
			l.field(f.Name, "%s takes one vector field a collection, and %s is one already; more came with 2.4", l.who(), first)
		}
	}
}

// lite holds the collection against Milvus Lite.
func (l *lacks) lite() {
	for i := range l.of.Fields {
		f := &l.of.Fields[i]
		switch {
		case f.ElementType == schema.Struct:
			l.field(f.Name, "%s has no arrays of Struct", l.who())
		case f.Type.IsVector() && f.Type != schema.FloatVector && f.Type != schema.Sparse:
			l.field(f.Name, "%s has no %s fields", l.who(), f.Type)
		case f.Type.IsVector() && f.Nullable:
			l.field(f.Name, "%s has no nullable vectors: null reads back as zeros", l.who())
		case f.IsPrimary && f.AutoID && f.Type != schema.Int64:
			l.field(f.Name, "%s makes no keys of the type %s", l.who(), f.Type)
		}
		if f.IsClusterKey {
			l.warn(f.Name, "%s has no clustering keys: it loads without", l.who())
		}
		if f.MultiAnalyzer != nil {
			l.warn(f.Name, "%s has no analyzers by language: it uses one for all", l.who())
		}
	}
	for _, f := range l.of.Functions {
		if f.Type != "BM25" && f.Type != "TextEmbedding" && len(f.Outputs) > 0 {
			l.field(f.Outputs[0], "%s has no %s functions", l.who(), f.Type)
		}
	}
	l.liteAnalyzers()
	if l.of.NumShards > 1 {
		l.warn("", "%s has no shards: it keeps all rows in one", l.who())
	}
}

// liteAnalyzers are few: a field with another one cannot be matched, and no
// function can read it.
func (l *lacks) liteAnalyzers() {
	for i := range l.of.Fields {
		f := &l.of.Fields[i]
		name := tokenizer(f.AnalyzerParams)
		if name == "standard" || name == "jieba" {
			continue
		}
		if f.EnableMatch {
			l.field(f.Name, "%s has no analyzer %s, only standard and jieba", l.who(), name)
			continue
		}
		for _, function := range l.of.Functions {
			if slices.Contains(function.Inputs, f.Name) && len(function.Outputs) > 0 {
				l.field(function.Outputs[0], "%s has no analyzer %s, only standard and jieba, and the function %s reads %s by it", l.who(), name, function.Name, f.Name)
			}
		}
	}
}

// tokenizer is the name of the tokenizer that analyzer_params ask for.
func tokenizer(params json.RawMessage) string {
	var asked struct {
		Type      string          `json:"type"`
		Tokenizer json.RawMessage `json:"tokenizer"`
	}
	var inner struct {
		Type string `json:"type"`
	}
	var name string
	switch {
	case len(params) == 0 || json.Unmarshal(params, &asked) != nil:
	case json.Unmarshal(asked.Tokenizer, &name) == nil:
	case json.Unmarshal(asked.Tokenizer, &inner) == nil:
		name = inner.Type
	default:
		name = asked.Type
	}
	return cmp.Or(name, "standard")
}

// mend puts what helps to all errors behind the last one.
func (l *lacks) mend() {
	last := -1
	for i, p := range l.found {
		if p.Severity == schema.Error {
			last = i
		}
	}
	if last < 0 {
		return
	}
	l.found[last].Hint = "use a newer Milvus"
	if l.server.Kind == Lite {
		l.found[last].Hint = "use a Milvus server"
	}
	if len(l.without) > 0 {
		l.found[last].Hint = fmt.Sprintf("leave out what it lacks: --exclude-fields %s", strings.Join(l.without, ","))
	}
	if left := l.vectorless(); left != "" {
		l.found[last].Hint += left
	}
}

// vectorless tells when what is left would have no vector.
func (l *lacks) vectorless() string {
	for i := range l.of.Fields {
		if f := &l.of.Fields[i]; f.Type.IsVector() && !slices.Contains(l.without, f.Name) {
			return ""
		}
	}
	return "; but then no vector field is left, which every collection needs: use a newer Milvus"
}

// FillsDefaults tells whether the server puts the default value where a row
// has null; those before 2.5 take no null at all.
func (s *Server) FillsDefaults() bool {
	return s.Kind == Lite || !s.Version.Before(schema.Version{Major: 2, Minor: 5})
}
