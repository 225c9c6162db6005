package check

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// mostJSON is how long a JSON value may be.
const mostJSON = 65536

// jsonValue looks at JSON fields and at $meta.
type jsonValue struct {
	field *schema.Field
	// of is the collection where the field is $meta.
	of *schema.Collection

	bytes moments
	sizes sample[float64]
	seen  int64
	roots map[string]int64
	keys  map[string]int64
	many  bool
}

const keysMost = 1000

func newJSON(f *schema.Field, of *schema.Collection) *jsonValue {
	return &jsonValue{field: f, of: of, roots: map[string]int64{}, keys: map[string]int64{}}
}

func (j *jsonValue) values(a arrow.Array, at *place) {
	s, ok := a.(*array.String)
	if !ok {
		return
	}
	for i := range s.Len() {
		if s.IsValid(i) {
			j.take(s.Value(i), i, at)
		}
	}
}

func (j *jsonValue) take(v string, i int, at *place) {
	j.seen++
	j.bytes.take(float64(len(v)))
	if key := rowKey(at, i); j.sizes.wants(key) {
		j.sizes.take(key, float64(len(v)))
	}
	if len(v) > mostJSON {
		at.error(i, ruleJSONSize, "%d bytes, at most %d", len(v), mostJSON)
	}
	facts, err := dataset.LookJSON(unsafe.Slice(unsafe.StringData(v), len(v)))
	switch {
	case facts.NaN:
		at.error(i, dataset.RuleNaNToken, "the JSON holds NaN or Infinity")
		return
	case err != nil && j.of != nil:
		at.error(i, dataset.RuleMeta, "%q is no JSON object: %v", clip(v), err)
		return
	case err != nil:
		at.error(i, ruleJSON, "%q is no JSON: %v", clip(v), err)
		return
	}
	if !utf8.ValidString(v) {
		at.error(i, ruleUTF8, "%s", badUTF8(v))
	}
	if facts.Lone {
		at.find(i, ruleJSONLone, dataset.Warning, "a text in it holds half a surrogate pair; it reads back as something else")
	}
	if facts.Twice != "" {
		at.error(i, dataset.RuleDuplicate, "the key %q is there twice", clip(facts.Twice))
	}
	root := rootName(facts.Root)
	j.roots[root]++
	j.rootRules(v, root, facts, i, at)
	for _, key := range facts.Keys {
		if _, known := j.keys[key]; known || len(j.keys) < keysMost {
			j.keys[strings.Clone(key)]++
		} else {
			j.many = true
		}
	}
}

func (j *jsonValue) rootRules(v, root string, facts dataset.JSONFacts, i int, at *place) {
	if root == "object" {
		if j.of == nil {
			return
		}
		for _, key := range facts.Keys {
			if j.of.Field(key) != nil {
				at.error(i, dataset.RuleMeta, "the key %q is the name of a field", clip(key))
			} else if key == at.field {
				at.error(i, dataset.RuleMeta, "the key %s lies within itself", key)
			}
		}
		return
	}
	switch {
	case j.of != nil:
		at.error(i, dataset.RuleMeta, "%s is no JSON object", clip(v))
	case root == "null" && j.field.Nullable:
		at.find(i, ruleJSONRoot, dataset.Note, "the JSON value null, which is not the same as no value")
	default:
		at.find(i, ruleJSONRoot, dataset.Warning, "the root is %s; Milvus before 2.6 takes objects only", root)
	}
}

func rootName(first byte) string {
	switch first {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "text"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	default:
		return "number"
	}
}

func (j *jsonValue) add(other looker) {
	o := other.(*jsonValue)
	j.bytes.add(&o.bytes)
	j.sizes.add(&o.sizes)
	j.seen += o.seen
	j.many = j.many || o.many
	for root, n := range o.roots {
		j.roots[root] += n
	}
	for key, n := range o.keys {
		j.keys[key] += n
	}
}

func (j *jsonValue) tell(s *FieldStats) {
	s.Lengths = spread(&j.bytes, j.sizes.kept)
	for key, n := range j.keys {
		s.Keys = append(s.Keys, Top{clip(key), n, float64(n) / float64(max(j.seen, 1))})
	}
	slices.SortFunc(s.Keys, func(a, b Top) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value)) })
	s.Keys = s.Keys[:min(len(s.Keys), 2*topList)]
	if len(j.roots) > 1 || j.roots["object"] == 0 {
		for root, n := range j.roots {
			s.Top = append(s.Top, Top{root, n, float64(n) / float64(max(j.seen, 1))})
		}
		slices.SortFunc(s.Top, func(a, b Top) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value)) })
	}
}
