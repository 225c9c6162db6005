package collection

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/jsontext"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// defaultValue is a field's default as Milvus takes it: whole numbers exact,
// floats at their width; nil where there is none.
func defaultValue(f *schema.Field) (*schemapb.ValueField, error) {
	if len(f.Default) == 0 {
		return nil, nil
	}
	value, err := valueOf(f.Type, f.Default)
	if err != nil {
		return nil, core.Errorf(core.InvalidConfig, "default_value %s is no %s: %w", f.Default, f.Type, err).WithField(f.Name)
	}
	return value, nil
}

func valueOf(t schema.Type, raw json.RawMessage) (*schemapb.ValueField, error) {
	text := string(raw)
	switch {
	case t == schema.Bool:
		value, err := strconv.ParseBool(text)
		return &schemapb.ValueField{Data: &schemapb.ValueField_BoolData{BoolData: value}}, err
	case t == schema.Int64:
		value, err := strconv.ParseInt(text, 10, 64)
		return &schemapb.ValueField{Data: &schemapb.ValueField_LongData{LongData: value}}, err
	case t.IsInteger():
		value, err := strconv.ParseInt(text, 10, 32)
		return &schemapb.ValueField{Data: &schemapb.ValueField_IntData{IntData: int32(value)}}, err //nolint:gosec // parsed as 32 bits
	case t == schema.Float:
		value, err := strconv.ParseFloat(text, 32)
		return &schemapb.ValueField{Data: &schemapb.ValueField_FloatData{FloatData: float32(value)}}, err
	case t == schema.Double:
		value, err := strconv.ParseFloat(text, 64)
		return &schemapb.ValueField{Data: &schemapb.ValueField_DoubleData{DoubleData: value}}, err
	default: // VarChar; Timestamptz and Geometry are text that the server reads
		var value string
		err := json.Unmarshal(raw, &value)
		return &schemapb.ValueField{Data: &schemapb.ValueField_StringData{StringData: value}}, err
	}
}

// defaultOf is the way back; nil where there is no default.
func defaultOf(t schema.Type, v *schemapb.ValueField) json.RawMessage {
	switch value := v.GetData().(type) {
	case *schemapb.ValueField_BoolData:
		return strconv.AppendBool(nil, value.BoolData)
	case *schemapb.ValueField_IntData:
		return strconv.AppendInt(nil, int64(value.IntData), 10)
	case *schemapb.ValueField_LongData:
		if t == schema.Timestamptz {
			return instant(value.LongData)
		}
		return strconv.AppendInt(nil, value.LongData, 10)
	case *schemapb.ValueField_TimestamptzData:
		return instant(value.TimestamptzData)
	case *schemapb.ValueField_FloatData:
		return number(float64(value.FloatData), 32)
	case *schemapb.ValueField_DoubleData:
		return number(value.DoubleData, 64)
	case *schemapb.ValueField_StringData:
		return text(value.StringData)
	case *schemapb.ValueField_BytesData:
		return text(string(value.BytesData))
	default:
		return nil
	}
}

// number is a float in the fewest digits that read as the same one.
func number(f float64, bits int) json.RawMessage {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return strconv.AppendFloat(nil, f, 'g', -1, bits)
}

// instant is a time of Milvus, in microseconds, as text with its offset.
func instant(micros int64) json.RawMessage {
	return text(time.UnixMicro(micros).UTC().Format(time.RFC3339Nano))
}

// text is a JSON string as schemas write it.
func text(s string) json.RawMessage {
	quoted := jsontext.AppendEscaped([]byte{'"'}, strings.ToValidUTF8(s, "\uFFFD"))
	return append(quoted, '"')
}
