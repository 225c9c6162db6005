package collection

import (
	"maps"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/spell"
)

// Check refuses indexes for fields that the collection lacks, and those that
// the server cannot build on a field; all of them at once.
func (p Policy) Check(s *Server, c *schema.Collection) error {
	if p.None {
		return nil
	}
	problems := []error{p.fits(c)}
	for i := range c.Fields {
		f := &c.Fields[i]
		chosen, ok := p.Choose(s, c, f)
		known := indexTypes(s, f.Type)
		if !ok || known == nil || slices.Contains(known, chosen.Type) {
			continue
		}
		e := core.Errorf(core.InvalidConfig, "%s %s builds no index %s on %s", s.Kind, s.Version, chosen.Type, f.Type).WithField(f.Name)
		instead := NoIndex
		if len(known) > 0 {
			instead = defaultIndex(s, f.Type)
			e.Err = core.Errorf(core.InvalidConfig, "%w; it has %s", e.Err, strings.Join(known, ", ")).Err
		}
		problems = append(problems, e.WithHint("choose another one: --index %s=%s", f.Name, instead))
	}
	return join(problems)
}

// fits refuses what is laid over fields that the collection lacks.
func (p Policy) fits(c *schema.Collection) error {
	names := make([]string, len(c.Fields))
	for i := range c.Fields {
		names[i] = c.Fields[i].Name
	}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(p.Fields)) {
		if c.Field(name) != nil {
			continue
		}
		e := core.Errorf(core.InvalidConfig, "an index is wanted for %s, which is no field of the collection", name)
		if near, ok := spell.Nearest(name, names); ok {
			e = e.WithHint("did you mean --index %s=%s?", near, p.Fields[name].Type)
		}
		problems = append(problems, e)
	}
	return join(problems)
}

// indexTypes are the indexes that a server builds on a type; nil where we do
// not know, and the server tells. Milvus Lite takes any name for one and fails
// at the load.
func indexTypes(s *Server, t schema.Type) []string {
	switch {
	case s.Kind == Lite:
		return liteIndexes(t)
	case s.Kind == Milvus && s.Version.Before(schema.Version{Major: 2, Minor: 4}):
		return oldIndexes(t)
	default:
		return nil
	}
}

func liteIndexes(t schema.Type) []string {
	switch {
	case t == schema.FloatVector:
		return []string{"HNSW", "HNSW_SQ", "IVF_FLAT", "IVF_SQ8", "FLAT", autoIndex}
	case t == schema.Sparse:
		return []string{"SPARSE_INVERTED_INDEX"}
	case t.IsNumber() || t.IsText() || t == schema.Bool:
		return []string{"INVERTED"}
	default:
		return []string{}
	}
}

// oldIndexes are those of Milvus before 2.4.
func oldIndexes(t schema.Type) []string {
	switch {
	case t == schema.FloatVector || t == schema.Float16:
		return []string{"HNSW", "IVF_FLAT", "IVF_SQ8", "IVF_PQ", "FLAT", "SCANN", "DISKANN", autoIndex}
	case t == schema.BinaryVector:
		return []string{"BIN_FLAT", "BIN_IVF_FLAT", autoIndex}
	case t.IsNumber():
		return []string{"STL_SORT"}
	case t.IsText():
		return []string{"Trie"}
	default:
		return []string{}
	}
}
