package check

import (
	"bytes"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/zeebo/xxh3"

	"github.com/zilliz/milvus-ingest/core/schema"
)

func bytesReader(b []byte) io.Reader { return bytes.NewReader(b) }

// text looks at VarChar, Timestamptz and Geometry fields.
type text struct {
	field *schema.Field
	enum  map[string]bool
	// form says what is wrong with a value, or "".
	form func(string) (rule, wrong string)

	lengths sample[float64]
	bytes   moments
	empty   int64
	distinct
	tops
	sample sample[string]
}

func newText(f *schema.Field, t schema.Type) *text {
	l := &text{field: f, enum: enumOf(f)}
	switch t {
	case schema.Timestamptz:
		l.form = timeForm
	case schema.Geometry:
		l.form = wktForm()
	}
	return l
}

func (t *text) values(a arrow.Array, at *place) {
	s, ok := a.(*array.String)
	if !ok {
		return
	}
	for i := range s.Len() {
		if s.IsValid(i) {
			t.take(s.Value(i), i, at)
		}
	}
}

// shown is how much of a value is kept for the report.
const shown = 80

func (t *text) take(v string, i int, at *place) {
	t.bytes.take(float64(len(v)))
	if v == "" {
		t.empty++
	}
	hash := xxh3.HashString(v)
	t.distinct.take(hash)
	if !t.tops.many {
		t.tops.take(named(v, hash))
	}
	if key := rowKey(at, i); t.sample.wants(key) {
		t.sample.take(key, named(v, hash))
		t.lengths.take(key, float64(len(v)))
	}
	if wrong := tooLong(v, t.field.MaxLength); wrong != "" {
		at.error(i, ruleLength, "%s", wrong)
	}
	switch {
	case !utf8.ValidString(v):
		at.error(i, ruleUTF8, "%s", badUTF8(v))
	case t.enum != nil && !t.enum[v]:
		at.error(i, ruleEnum, "%q is none of the enum_values", clip(v))
	case t.form != nil:
		if rule, wrong := t.form(v); wrong != "" {
			at.error(i, rule, "%s", wrong)
		}
	}
}

// tooLong says that a text exceeds max_length, with both numbers.
func tooLong(v string, most int) string {
	if most <= 0 || len(v) <= most {
		return ""
	}
	return sprintf("%d bytes in %d characters, max_length %d bytes", len(v), utf8.RuneCountInString(v), most)
}

func badUTF8(v string) string {
	for i, r := range v {
		if r == utf8.RuneError && !strings.HasPrefix(v[i:], "\uFFFD") {
			return sprintf("byte %d, 0x%02x, is no UTF-8", i, v[i])
		}
	}
	return "no UTF-8"
}

// clip shortens a value for the report.
func clip(v string) string {
	if len(v) <= shown {
		return v
	}
	cut := shown
	for cut > 0 && !utf8.RuneStart(v[cut]) {
		cut--
	}
	return v[:cut] + "…"
}

// named is a value as it is counted: a long one by its beginning and its hash.
func named(v string, hash uint64) string {
	if len(v) <= shown {
		return strings.Clone(v)
	}
	return clip(v) + nameMark + strconv.FormatUint(hash, 16)
}

// nameMark stands between the beginning of a long value and its hash.
const nameMark = "\x00"

// nameOf is what people see of a counted value.
func nameOf(v string) string {
	if cut := strings.LastIndex(v, nameMark); cut >= 0 && len(v) > shown {
		return v[:cut]
	}
	return v
}

func timeForm(v string) (rule, wrong string) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999-0700"} {
		if _, err := time.Parse(layout, v); err == nil {
			return "", ""
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02"} {
		if _, err := time.Parse(layout, v); err == nil {
			return ruleTime, sprintf("%q has no offset from UTC, such as Z or +08:00", clip(v))
		}
	}
	return ruleTime, sprintf("%q is no ISO 8601 time such as 2026-01-31T12:00:00+08:00", clip(v))
}

// wktForm looks at the grammar of well-known text: a kind, then brackets that
// hold tuples of two to four numbers.
func wktForm() func(string) (rule, wrong string) {
	number := `[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?`
	tuple := regexp.MustCompile(`^\s*` + number + `(?:\s+` + number + `){1,3}\s*$`)
	kind := regexp.MustCompile(`(?i)^\s*(POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON|GEOMETRYCOLLECTION)(?:\s+(?:Z|M|ZM))?\s*(\(.*\)|EMPTY)\s*$`)
	depths := map[string][2]int{
		"POINT": {1, 1}, "LINESTRING": {1, 1}, "POLYGON": {2, 2}, "MULTIPOINT": {1, 2}, "MULTILINESTRING": {2, 2}, "MULTIPOLYGON": {3, 3},
	}
	return func(v string) (rule, wrong string) {
		found := kind.FindStringSubmatch(v)
		if found == nil {
			return ruleGeometry, sprintf("%q is no WKT such as POINT (30 10)", clip(v))
		}
		name, body := strings.ToUpper(found[1]), found[2]
		if name == "GEOMETRYCOLLECTION" || strings.EqualFold(body, "EMPTY") {
			return "", ""
		}
		depth, deepest, start := 0, 0, 0
		for i := range len(body) {
			c := body[i]
			if c != '(' && c != ')' && c != ',' {
				continue
			}
			inner := strings.TrimSpace(body[start:i])
			if inner != "" && (!tuple.MatchString(inner) || c == '(') {
				return ruleGeometry, sprintf("%q is no WKT: %q is no tuple of coordinates", clip(v), clip(inner))
			}
			start = i + 1
			switch c {
			case '(':
				depth++
				deepest = max(deepest, depth)
			case ')':
				depth--
			}
		}
		if bounds := depths[name]; depth != 0 || deepest < bounds[0] || deepest > bounds[1] {
			return ruleGeometry, sprintf("%q is no WKT: its brackets are not those of %s", clip(v), name)
		}
		return "", ""
	}
}

func (t *text) add(other looker) {
	o := other.(*text)
	t.bytes.add(&o.bytes)
	t.lengths.add(&o.lengths)
	t.sample.add(&o.sample)
	t.distinct.add(&o.distinct)
	t.tops.add(&o.tops)
	t.empty += o.empty
}

func (t *text) tell(s *FieldStats) {
	s.Distinct, s.Exact = t.distinct.count()
	s.Lengths = spread(&t.bytes, t.lengths.kept)
	s.Empty = t.empty
	switch {
	case t.field.IsPrimary:
	case !t.tops.many:
		if top := t.tops.list(); len(top) > 0 && top[0].Count > 1 {
			s.Top = top
		}
	default:
		s.Top, s.Sampled = topsOf(t.sample.kept), true
	}
	if len(s.Top) == 0 {
		for _, v := range t.sample.first(3) {
			s.Examples = append(s.Examples, nameOf(v))
		}
		slices.Sort(s.Examples)
	}
}

// spread tells of sizes: least, mean, half of them, 99 of 100, most.
func spread(m *moments, sampled []float64) *Spread {
	if m.n == 0 {
		return nil
	}
	sorted := slices.Sorted(slices.Values(sampled))
	return &Spread{
		Min: int64(m.least), Mean: m.mean(), P50: int64(quantile(sorted, 0.5)), P99: int64(quantile(sorted, 0.99)), Max: int64(m.most),
	}
}
