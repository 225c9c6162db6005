package document

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// Dynamic configures document.dynamic.
type Dynamic struct {
	Fields []schema.DynamicField `json:"fields" help:"The keys, as dynamic_fields of a schema describes them."`
}

func openDynamic(ctx context.Context, spec core.ColumnSpec, c Dynamic, lookup func(string) (core.Generator, error)) (core.Column, error) {
	k := &compiler{ctx: ctx, spec: spec, lookup: lookup}
	o := &object{}
	for _, f := range c.Fields {
		share := 1.0
		if f.Probability != nil {
			share = *f.Probability
		}
		if !(share >= 0 && share <= 1) {
			k.wrong(f.Name, core.Errorf(core.InvalidConfig, "probability is %v", share).WithHint("use 0 to 1"))
		}
		o.put(f.Name, share, k.draw(f.Name+"?"), k.dynamic(f))
	}
	if err := errors.Join(k.problems...); err != nil {
		return nil, errors.Join(err, o.close())
	}
	return newDocuments(spec, o)
}

// dynamic compiles the values of a key.
func (k *compiler) dynamic(f schema.DynamicField) node {
	if f.Type == schema.DynamicArray {
		return k.dynamicList(f)
	}
	if len(f.Values) > 0 {
		return k.oneOf(f.Name, f.Values)
	}
	switch f.Type {
	case schema.DynamicBool:
		return k.made(f.Name, f.Name, call{generator: "boolean.flag", kind: schema.Bool})
	case schema.DynamicInt:
		return k.bounded(f, schema.Int64, "1000", nil)
	case schema.DynamicFloat:
		places := 4
		return k.bounded(f, schema.Double, "1", &places)
	case schema.DynamicString:
		least, most := lengths(f.MinLength, f.MaxLength, 5, 20)
		return k.words(f.Name, least, most)
	case schema.DynamicJSON:
		return k.value(json.RawMessage(`{"name": "{{choice alpha|beta|gamma|delta}}", "level": "{{int 1 5}}", "active": "{{bool 0.8}}"}`), f.Name)
	default:
		return k.wrong(f.Name, core.Errorf(core.InvalidConfig, "its type is %q", f.Type).WithHint("use Bool, Int, Float, String, Array or JSON"))
	}
}

// bounded makes the numbers of a key.
func (k *compiler) bounded(f schema.DynamicField, kind schema.Type, most json.Number, decimals *int) node {
	options := map[string]any{}
	if f.Min == "" && f.Max == "" {
		f.Min, f.Max = "0", most
	}
	for name, value := range map[string]json.Number{"min": f.Min, "max": f.Max} {
		if value != "" {
			options[name] = value
		}
	}
	if decimals != nil {
		options["decimals"] = *decimals
	}
	params, err := json.Marshal(options)
	if err != nil {
		return k.wrong(f.Name, err)
	}
	return k.made(f.Name, f.Name, call{generator: "number.uniform", params: params, kind: kind})
}

// dynamicList makes the arrays of a key: of its values, or of words.
func (k *compiler) dynamicList(f schema.DynamicField) node {
	least, most := lengths(f.ArrayMinLength, f.ArrayMaxLength, 0, 5)
	r := &repeat{least: least, most: most, draw: k.draw(f.Name + "#")}
	if len(f.Values) > 0 {
		r.element = k.oneOf(f.Name+"[]", f.Values)
	} else {
		r.element = k.words(f.Name+"[]", 3, 12)
	}
	return r
}

// lengths are bounds of a length of which none, one or both are given.
func lengths(given, limit *int, least, most int) (low, high int) {
	low, high = least, most
	switch {
	case given != nil && limit != nil:
		return *given, max(*given, *limit)
	case given != nil:
		return *given, max(*given, most)
	case limit != nil:
		return min(least, *limit), *limit
	}
	return low, high
}

func (k *compiler) oneOf(path string, values []json.RawMessage) node {
	o := &oneOf{draw: k.draw(path), pick: rng.NewWeighted(rng.Zipf(len(values), 0.7))}
	for i, value := range values {
		if !json.Valid(value) {
			return k.wrong(path, fmt.Errorf("value %s is not JSON", strconv.Itoa(i+1)))
		}
		o.values = append(o.values, literal(value))
	}
	return o
}

// words makes short texts of so many bytes.
func (k *compiler) words(path string, least, most int) node {
	return &words{least: max(least, 0), most: most, draw: k.draw(path), vocabulary: vocabulary()}
}

// words is a text of common words, at least and at most so many bytes long.
type words struct {
	least, most int
	draw        rng.Key
	vocabulary  []string
	rows        []int64
}

func (w *words) fill(_ context.Context, rows []int64) error {
	w.rows = append(w.rows[:0], rows...)
	return nil
}

func (w *words) add(dst []byte, i int) []byte {
	s := w.draw.At(w.rows[i])
	dst = append(dst, '"')
	from, size := len(dst), s.Between(w.least, w.most)
	for len(dst)-from < size {
		if len(dst) > from {
			dst = append(dst, ' ')
		}
		dst = append(dst, w.vocabulary[s.IntN(len(w.vocabulary))]...)
	}
	if len(dst)-from > w.most {
		// The last word does not fit; where it must, a part of it stays.
		size = max(w.least, bytes.LastIndexByte(dst[from:], ' '))
		dst = dst[:from+min(size, w.most)] // words are ASCII
	}
	if last := len(dst) - 1; last >= from && dst[last] == ' ' {
		dst[last] = 's'
	}
	return append(dst, '"')
}

func (w *words) close() error { return nil }

func vocabulary() []string {
	return []string{
		"amber", "basic", "cloud", "delta", "early", "field", "green", "house", "index", "jolly", "known", "light", "metal",
		"north", "ocean", "paper", "quick", "river", "stone", "table", "urban", "value", "water", "young", "zero", "blue",
		"fast", "gold", "iron", "lake", "mild", "open", "rain", "salt", "tree", "wind", "solar", "silver", "garden", "market",
	}
}
