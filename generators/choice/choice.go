// Package choice picks values of a list, by weights.
package choice

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// Components lists the generators of the family.
func Components() []sdk.Component {
	return []sdk.Component{sdk.Generator[Config]{
		Info: sdk.Info{
			Name: "choice.values", Summary: "Values of a list, the first the commonest unless weights say otherwise.",
			Types: []string{
				string(schema.Bool), string(schema.Int8), string(schema.Int16), string(schema.Int32), string(schema.Int64),
				string(schema.Float), string(schema.Double), string(schema.VarChar), string(schema.String),
				string(schema.JSON), string(schema.Timestamptz), string(schema.Geometry),
			},
		},
		Open: func(_ context.Context, spec core.ColumnSpec, c Config) (core.Column, error) { return Open(spec, c) },
	}}
}

// Config configures a choice.
type Config struct {
	Values  []json.RawMessage `json:"values" help:"The values, as they stand in enum_values."`
	Weights []float64         `json:"weights" help:"A weight for each value; none: they fall by skew from the first value on."`
	Skew    float64           `json:"skew" help:"How steeply shares fall without weights: 0 makes all equal, 1 gives the second value half of the first's share." default:"0.7"`
}

// Open prepares a column of values that are picked for each row.
func Open(spec core.ColumnSpec, c Config) (column.Maker, error) {
	weights, err := c.weights()
	if err != nil {
		return nil, err
	}
	pick, key := rng.NewWeighted(weights), rng.Field(spec.Seed, spec.Field.Name)
	at := func(row int64) int {
		s := key.At(row)
		return pick.Pick(&s)
	}
	switch spec.Field.Type.ID() {
	case arrow.BOOL:
		values, err := parse(c.Values, flag)
		if err != nil {
			return nil, err
		}
		return column.Bools(spec, func(row int64) bool { return values[at(row)] })
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64:
		values, err := parse(c.Values, func(raw json.RawMessage) (int64, error) { return whole(spec.Field.Type, raw) })
		if err != nil {
			return nil, err
		}
		return column.Ints(spec, func(row int64) int64 { return values[at(row)] })
	case arrow.FLOAT32, arrow.FLOAT64:
		values, err := parse(c.Values, func(raw json.RawMessage) (float64, error) { return fraction(spec.Field.Type, raw) })
		if err != nil {
			return nil, err
		}
		return column.Floats(spec, func(row int64) float64 { return values[at(row)] })
	default:
		values, err := parse(c.Values, textOf(spec.Field))
		if err != nil {
			return nil, err
		}
		return column.Texts(spec, func(dst []byte, row int64) []byte { return append(dst, values[at(row)]...) })
	}
}

func (c Config) weights() ([]float64, error) {
	switch {
	case len(c.Values) == 0:
		return nil, core.Errorf(core.InvalidConfig, "values is empty").WithHint(`add "values": ["a", "b"]`)
	case c.Weights == nil && c.Skew >= 0 && c.Skew <= 10:
		return rng.Zipf(len(c.Values), c.Skew), nil
	case c.Weights == nil:
		return nil, core.Errorf(core.InvalidConfig, "skew is %v", c.Skew).WithHint("use 0 to 10")
	case len(c.Weights) != len(c.Values):
		return nil, core.Errorf(core.InvalidConfig, "%d weights for %d values", len(c.Weights), len(c.Values)).
			WithHint("give each value one weight")
	}
	var sum float64
	for _, w := range c.Weights {
		if w < 0 {
			return nil, core.Errorf(core.InvalidConfig, "a weight is %v", w).WithHint("use 0 or more")
		}
		sum += w
	}
	if sum == 0 {
		return nil, core.Errorf(core.InvalidConfig, "all weights are 0").WithHint("give one of them a weight above 0")
	}
	return c.Weights, nil
}

// parse reads all values and tells all that are wrong.
func parse[T any](raws []json.RawMessage, read func(json.RawMessage) (T, error)) ([]T, error) {
	values := make([]T, len(raws))
	var problems []error
	for i, raw := range raws {
		var err error
		if values[i], err = read(raw); err != nil {
			problems = append(problems, core.Errorf(core.InvalidConfig, "value %d of values, %s: %w", i+1, clip(raw), err))
		}
	}
	return values, errors.Join(problems...)
}

func clip(raw json.RawMessage) string {
	const most = 40
	if len(raw) > most {
		return string(bytes.ToValidUTF8(raw[:most], nil)) + "…"
	}
	return string(raw)
}

func flag(raw json.RawMessage) (bool, error) {
	if text := string(raw); text != "true" && text != "false" {
		return false, errors.New("expected true or false")
	}
	return string(raw) == "true", nil
}

func whole(typ arrow.DataType, raw json.RawMessage) (int64, error) {
	v, err := strconv.ParseInt(string(raw), 10, typ.(arrow.FixedWidthDataType).BitWidth())
	if err != nil {
		return 0, errors.New("expected a whole number that the field's type holds")
	}
	return v, nil
}

func fraction(typ arrow.DataType, raw json.RawMessage) (float64, error) {
	v, err := strconv.ParseFloat(string(raw), typ.(arrow.FixedWidthDataType).BitWidth())
	if err != nil {
		return 0, errors.New("expected a number that the field's type holds")
	}
	return v, nil
}

// textOf reads the texts of a field: JSON stays as it is, all else is a text
// of at most max_length bytes.
func textOf(field arrow.Field) func(json.RawMessage) (string, error) {
	kind, _ := field.Metadata.GetValue(core.MetaType)
	if kind == string(schema.JSON) {
		return func(raw json.RawMessage) (string, error) {
			var compact bytes.Buffer
			err := json.Compact(&compact, raw)
			return compact.String(), err
		}
	}
	most := column.MaxLength(field)
	return func(raw json.RawMessage) (string, error) {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			return "", errors.New("expected text in double quotes")
		}
		if len(text) > most {
			return "", core.Errorf(core.InvalidConfig, "%d bytes, max_length %d bytes", len(text), most)
		}
		return text, nil
	}
}
