package generators

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/spell"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// Shared are the options that every built-in generator has beside its own.
type Shared struct {
	NullRatio        float64         `json:"null_ratio" help:"Share of the rows that are null, from 0 to 1; the field must be nullable." default:"0"`
	DefaultValue     json.RawMessage `json:"default_value" help:"Value of the share of rows that default_ratio says."`
	DefaultRatio     float64         `json:"default_ratio" help:"Share of the rows that have default_value, from 0 to 1." default:"0"`
	Cardinality      int64           `json:"cardinality" help:"Number of different values at most; 0: as many as the generator makes." default:"0"`
	CardinalityRatio float64         `json:"cardinality_ratio" help:"Share of the rows that bring a new value; the others repeat one." default:"1"`
}

// shared is a component with the shared options.
type shared struct{ sdk.Component }

// Describe adds the shared options to those of the component.
func (s shared) Describe() sdk.Description {
	d := s.Component.Describe()
	options := optionsOf(d.ConfigSchema)
	maps.Copy(options, optionsOf(sdk.ConfigSchema[Shared]()))
	d.ConfigSchema = mustJSON(map[string]any{"type": "object", "properties": options, "additionalProperties": false})
	return d
}

// optionsOf gives the options of a configuration's JSON Schema.
func optionsOf(schema json.RawMessage) map[string]json.RawMessage {
	var object struct{ Properties map[string]json.RawMessage }
	if err := json.Unmarshal(schema, &object); err != nil {
		panic("generators: " + err.Error()) // the schema was made of plain maps
	}
	return object.Properties
}

func mustJSON(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("generators: " + err.Error()) // maps of JSON
	}
	return raw
}

// Generator implements sdk.Component.
func (s shared) Generator() core.Generator {
	own := optionsOf(s.Component.Describe().ConfigSchema)
	return generator{s.Component.Generator(), slices.Collect(maps.Keys(own))}
}

// generator opens columns that obey the shared options.
type generator struct {
	inner core.Generator
	own   []string // the options of inner
}

// Open implements core.Generator.
func (g generator) Open(ctx context.Context, spec core.ColumnSpec) (core.Column, error) {
	ours, theirs, err := g.split(spec.Config)
	if err != nil {
		return nil, err
	}
	options, err := sdk.DecodeConfig[Shared](ours)
	if err != nil {
		return nil, err
	}
	c, err := newShaped(spec, options)
	if err != nil {
		return nil, err
	}
	spec.Config = theirs
	if c == nil {
		return g.inner.Open(ctx, spec)
	}
	if c.source != nil {
		spec.Mem = memory.DefaultAllocator // its values are put in order in ours
	}
	c.Column, err = g.inner.Open(ctx, spec)
	return c, err
}

// split parts the shared options from the generator's own.
func (g generator) split(config json.RawMessage) (ours, theirs json.RawMessage, err error) {
	if len(config) == 0 {
		return nil, nil, nil
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(config, &given); err != nil {
		return nil, nil, core.Errorf(core.InvalidConfig, "params: expected an object: %w", err)
	}
	common := slices.Collect(maps.Keys(optionsOf(sdk.ConfigSchema[Shared]())))
	mine, rest := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	var problems []error
	for _, key := range slices.Sorted(maps.Keys(given)) {
		switch {
		case slices.Contains(common, key):
			mine[key] = given[key]
		case slices.Contains(g.own, key):
			rest[key] = given[key]
		default:
			problems = append(problems, unknown(key, slices.Concat(g.own, common)))
		}
	}
	return mustJSON(mine), mustJSON(rest), errors.Join(problems...)
}

func unknown(key string, known []string) error {
	problem := core.Errorf(core.InvalidConfig, "unknown option %q", key)
	if near, ok := spell.Nearest(key, known); ok {
		return problem.WithHint("did you mean %q?", near)
	}
	return problem.WithHint("see the page of the generator for its options")
}

// shaped is a column of whose rows some repeat others, some hold the default
// and some are null.
type shaped struct {
	core.Column
	spec     core.ColumnSpec
	source   func(row int64) int64 // the row whose value a row has; nil: its own
	fallback *column.Constant
	defaults func(row int64) bool
	nulls    func(row int64) bool
	rows     []int64 // the rows of the last span, kept for its memory
}

// newShaped reads the shared options; it gives nil where none is set.
func newShaped(spec core.ColumnSpec, o Shared) (*shaped, error) {
	if err := o.check(spec); err != nil {
		return nil, err
	}
	c := &shaped{spec: spec, source: o.source(spec)}
	key := rng.Field(spec.Seed, spec.Field.Name)
	chance := func(stream uint64, ratio float64) func(row int64) bool {
		k := key.Sub(stream)
		return func(row int64) bool {
			s := k.At(row)
			return s.Bool(ratio)
		}
	}
	if o.NullRatio > 0 {
		c.nulls = chance(nullStream, o.NullRatio)
	}
	if o.DefaultRatio > 0 {
		constant, err := column.NewConstant(spec.Field, o.DefaultValue)
		if err != nil {
			return nil, err
		}
		c.fallback, c.defaults = constant, chance(defaultStream, o.DefaultRatio)
	}
	if c.source == nil && c.nulls == nil && c.defaults == nil {
		return nil, nil
	}
	return c, nil
}

// Streams of the shared options; generators use small numbers of their own.
const (
	nullStream = 1<<32 + iota
	defaultStream
	repeatStream
)

func (o Shared) check(spec core.ColumnSpec) error {
	var problems []error
	wrong := func(hint, format string, args ...any) {
		problems = append(problems, core.Errorf(core.InvalidConfig, format, args...).WithHint("%s", hint))
	}
	if !(o.NullRatio >= 0 && o.NullRatio <= 1) {
		wrong("use 0 to 1", "null_ratio is %v", o.NullRatio)
	}
	if o.NullRatio > 0 && !spec.Field.Nullable {
		wrong(`add "nullable": true to the field, or remove null_ratio`, "null_ratio is set on a field that cannot be null")
	}
	if !(o.DefaultRatio >= 0 && o.DefaultRatio <= 1) {
		wrong("use 0 to 1", "default_ratio is %v", o.DefaultRatio)
	}
	if o.DefaultRatio > 0 && o.DefaultValue == nil {
		wrong(`add "default_value"`, "default_ratio is set without default_value")
	}
	if o.Cardinality < 0 {
		wrong("use 1 or more", "cardinality is %d", o.Cardinality)
	}
	if !(o.CardinalityRatio > 0 && o.CardinalityRatio <= 1) {
		wrong("use a number above 0, at most 1", "cardinality_ratio is %v", o.CardinalityRatio)
	}
	repeats := o.Cardinality > 0 || o.CardinalityRatio < 1
	if repeats && column.Flag(spec.Field, core.MetaPrimaryKey) {
		wrong("remove cardinality and cardinality_ratio", "the values of a primary key are all different")
	}
	if repeats && len(spec.Uses) > 0 {
		wrong("remove cardinality and cardinality_ratio", "values that depend on other fields cannot repeat those of other rows")
	}
	return errors.Join(problems...)
}

// source gives the row whose value a row has. It depends on no number of
// rows: a longer data set has the same beginning.
func (o Shared) source(spec core.ColumnSpec) func(row int64) int64 {
	key := rng.Field(spec.Seed, spec.Field.Name).Sub(repeatStream)
	// among chooses one of the values, the first ones oftener.
	among := func(row, values int64) int64 {
		s := key.At(row)
		u := s.Float64()
		return int64(float64(values) * u * (0.25 + float64(0.75*u)))
	}
	switch {
	case o.Cardinality > 0:
		return func(row int64) int64 { return among(row, o.Cardinality) }
	case o.CardinalityRatio < 1:
		return func(row int64) int64 {
			before, with := o.values(row), o.values(row+1)
			if with > before {
				return before
			}
			return among(row, before)
		}
	default:
		return nil
	}
}

// fewest are the values that a column with cardinality_ratio has at least, so
// that its first rows do not all look alike.
const fewest = 8

// values is the number of different values of the first rows. It grows by at
// most one a row.
func (o Shared) values(rows int64) int64 {
	return max(min(rows, fewest), int64(math.Ceil(float64(rows)*o.CardinalityRatio)))
}

// Fill implements core.Column.
func (c *shaped) Fill(ctx context.Context, rows core.Rows, inputs arrow.Record) (arrow.Array, error) {
	c.rows = column.Span(c.rows, rows)
	if c.source != nil {
		return c.Make(ctx, c.rows)
	}
	values, err := c.Column.Fill(ctx, rows, inputs)
	if err != nil {
		return nil, err
	}
	return c.shape(values, c.rows)
}

// Make implements column.Maker.
func (c *shaped) Make(ctx context.Context, rows []int64) (arrow.Array, error) {
	asked := rows
	if c.source != nil {
		asked = make([]int64, len(rows))
		for i, row := range rows {
			asked[i] = c.source(row)
		}
	}
	values, err := column.Scattered(ctx, c.Column, asked, c.spec.Mem)
	if err != nil {
		return nil, err
	}
	return c.shape(values, rows)
}

// shape puts defaults and nulls into the values of rows, which it takes over.
func (c *shaped) shape(values arrow.Array, rows []int64) (arrow.Array, error) {
	if c.defaults != nil {
		with, err := c.fallback.Replace(values, func(i int) bool { return c.defaults(rows[i]) }, c.spec.Mem)
		values.Release()
		if err != nil {
			return nil, err
		}
		values = with
	}
	if c.nulls != nil {
		with := column.WithNulls(values, func(i int) bool { return c.nulls(rows[i]) }, c.spec.Mem)
		values.Release()
		values = with
	}
	return values, nil
}
