package verify

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

const metaName = core.DynamicField

// formOf gives the one form of values that can be written in several ways: two
// values are the same where their forms are. It is nil for types of which each
// value has one form.
func formOf(t schema.Type) func(b []byte, text string) []byte {
	switch t {
	case schema.JSON:
		return jsonForm
	case schema.Timestamptz:
		return timeForm
	case schema.Geometry:
		return geometryForm
	default:
		return nil
	}
}

// emptyMeta tells whether a row has no dynamic field.
func emptyMeta(text string) bool { return string(jsonForm(nil, text)) == "{}" }

// jsonForm writes JSON without spaces, with sorted keys and numbers by their
// value; text that is no JSON stays as it is.
func jsonForm(b []byte, text string) []byte {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil || d.More() {
		return append(b, text...)
	}
	return appendJSON(b, v)
}

func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case json.Number:
		return appendNumber(b, v.String())
	case string:
		return appendText(b, v)
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, item)
		}
		return append(b, ']')
	case map[string]any:
		b = append(b, '{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(append(appendText(b, key), ':'), v[key])
		}
		return append(b, '}')
	case bool:
		return strconv.AppendBool(b, v)
	default:
		return append(b, "null"...)
	}
}

func appendText(b []byte, s string) []byte { return strconv.AppendQuote(b, s) }

// appendNumber writes whole numbers with all their digits and others as the
// double that they mean; 1.0 and 1e0 are 1.
func appendNumber(b []byte, text string) []byte {
	if !strings.ContainsAny(text, ".eE") {
		if n, ok := new(big.Int).SetString(text, 10); ok {
			return n.Append(b, 10)
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil:
		return append(b, text...)
	case f == math.Trunc(f) && math.Abs(f) < 1<<53:
		return strconv.AppendInt(b, int64(f), 10)
	default:
		return strconv.AppendFloat(b, f, 'g', -1, 64)
	}
}

// timeForm is an instant in microseconds, which is what Milvus keeps.
func timeForm(b []byte, text string) []byte {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return append(b, text...)
	}
	return strconv.AppendInt(b, t.UnixMicro(), 10)
}

// geometryForm is WKT in capitals, without needless spaces, its numbers by
// their value.
func geometryForm(b []byte, text string) []byte {
	isWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("+-.", r) }
	glued := false // the last thing was a word
	for len(text) > 0 {
		end := strings.IndexFunc(text, func(r rune) bool { return !isWord(r) })
		if end < 0 {
			end = len(text)
		}
		if end == 0 {
			if c := text[0]; c != ' ' && c != '\t' && c != '\n' && c != '\r' {
				b, glued = append(b, c), false
			}
			text = text[1:]
			continue
		}
		if glued {
			b = append(b, ' ')
		}
		if f, err := strconv.ParseFloat(text[:end], 64); err == nil {
			b = strconv.AppendFloat(b, f, 'g', -1, 64)
		} else {
			b = append(b, bytes.ToUpper([]byte(text[:end]))...)
		}
		text, glued = text[end:], true
	}
	return b
}
