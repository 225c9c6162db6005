package scripts

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/dop251/goja"

	"github.com/zilliz/milvus-ingest/core"
)

// maxJSON is what Milvus takes of a JSON value, in bytes.
const maxJSON = 65536

// values takes what a hook returned for one row after the other, held to the
// field's type and limits.
type values interface {
	add(value goja.Value) error
	finish() arrow.Array
	release()
}

// built is the values of all types that have a builder.
type built struct {
	m     *machine
	field arrow.Field
	b     array.Builder
}

func (v built) add(value goja.Value) error { return v.m.appendValue(v.b, v.field, value) }
func (v built) finish() arrow.Array        { return v.b.NewArray() }
func (v built) release()                   { v.b.Release() }

// isNull tells whether a hook returned null, and refuses what is no value.
func isNull(field arrow.Field, value goja.Value) (bool, error) {
	if value == nil || goja.IsUndefined(value) {
		return false, fmt.Errorf("the hook returned nothing for %s", aKind(field))
	}
	if _, async := value.Export().(*goja.Promise); async {
		return false, fmt.Errorf("the hook is async: a hook returns a value, not a promise")
	}
	if goja.IsNull(value) && !field.Nullable {
		return false, fmt.Errorf("the hook returned null, and the field is not nullable")
	}
	return goja.IsNull(value), nil
}

func (m *machine) appendValue(b array.Builder, field arrow.Field, value goja.Value) error {
	null, err := isNull(field, value)
	if err != nil {
		return err
	}
	if null {
		b.AppendNull()
		return nil
	}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		v, ok := value.Export().(bool)
		if !ok {
			return wrongType(field, value)
		}
		b.Append(v)
		return nil
	case *array.StringBuilder:
		return m.appendText(b, field, value)
	case *array.ListBuilder:
		if kindOf(field) == "SparseFloatVector" {
			return appendSparse(b, field, value)
		}
		return m.appendList(b, field, value)
	case *array.StructBuilder:
		return m.appendStruct(b, field, value)
	default:
		return appendNumber(b, field, value)
	}
}

func kindOf(field arrow.Field) string {
	if kind, ok := field.Metadata.GetValue(core.MetaType); ok {
		return kind
	}
	return field.Type.String()
}

// aKind is kindOf with its article.
func aKind(field arrow.Field) string {
	kind := kindOf(field)
	if strings.HasPrefix(kind, "I") || strings.HasPrefix(kind, "A") {
		return "an " + kind
	}
	return "a " + kind
}

func wrongType(field arrow.Field, value goja.Value) error {
	shown := value.String()
	if text, ok := value.Export().(string); ok {
		shown = strconv.Quote(text)
	}
	return fmt.Errorf("the hook returned %.80s for %s", shown, aKind(field))
}

func appendNumber(b array.Builder, field arrow.Field, value goja.Value) error {
	switch b := b.(type) {
	case *array.Float32Builder:
		v, err := float(field, value)
		if err == nil && math.Abs(v) > math.MaxFloat32 {
			err = fmt.Errorf("the hook returned %v, which does not fit %s", v, aKind(field))
		}
		b.Append(float32(v))
		return err
	case *array.Float64Builder:
		v, err := float(field, value)
		b.Append(v)
		return err
	}
	v, err := integer(field, value, field.Type.(arrow.FixedWidthDataType).BitWidth())
	if err != nil {
		return err
	}
	switch b := b.(type) {
	case *array.Int8Builder:
		b.Append(int8(v))
	case *array.Int16Builder:
		b.Append(int16(v))
	case *array.Int32Builder:
		b.Append(int32(v))
	case *array.Int64Builder:
		b.Append(v)
	default:
		return fmt.Errorf("hooks make no %s", kindOf(field))
	}
	return nil
}

func float(field arrow.Field, value goja.Value) (float64, error) {
	var v float64
	switch x := value.Export().(type) {
	case int64:
		v = float64(x)
	case float64:
		v = x
	default:
		return 0, wrongType(field, value)
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, wrongType(field, value)
	}
	return v, nil
}

// integer is a whole number that fits the bits. A number beyond ±2^53 has lost
// digits already, so it is refused.
func integer(field arrow.Field, value goja.Value, bits int) (int64, error) {
	var v int64
	switch x := value.Export().(type) {
	case int64:
		v = x
	case float64:
		if x != math.Trunc(x) {
			return 0, fmt.Errorf("the hook returned %v for %s: round it with Math.floor or Math.round", x, aKind(field))
		}
		if math.Abs(x) > maxSafe {
			return 0, tooLarge(field)
		}
		v = int64(x)
	case *big.Int:
		if !x.IsInt64() {
			return 0, fmt.Errorf("the hook returned %v, which does not fit %s", x, aKind(field))
		}
		return inRange(field, x.Int64(), bits)
	default:
		return 0, wrongType(field, value)
	}
	if v > maxSafe || v < -maxSafe {
		return 0, tooLarge(field)
	}
	return inRange(field, v, bits)
}

func tooLarge(field arrow.Field) error {
	return fmt.Errorf("the hook returned a number beyond 2^53 for %s, which may have lost digits: use a BigInt (123n)", aKind(field))
}

func inRange(field arrow.Field, v int64, bits int) (int64, error) {
	if v<<(64-bits)>>(64-bits) != v {
		return 0, fmt.Errorf("the hook returned %d, which does not fit %s", v, aKind(field))
	}
	return v, nil
}

// appendText takes a string; for a JSON field any value, which it encodes.
func (m *machine) appendText(b *array.StringBuilder, field arrow.Field, value goja.Value) error {
	limit, limited := number(field, core.MetaMaxLength)
	what := "max_length"
	if kindOf(field) == "JSON" {
		text, err := m.stringify(goja.Undefined(), value)
		if err != nil {
			return err
		}
		value, limit, limited, what = text, maxJSON, true, "the limit of a JSON"
	}
	text, ok := value.Export().(string)
	if !ok {
		return wrongType(field, value)
	}
	if limited && len(text) > limit {
		return fmt.Errorf("the hook returned %d bytes in %d characters, %s is %d bytes", len(text), len([]rune(text)), what, limit)
	}
	b.Append(text)
	return nil
}

func number(field arrow.Field, key string) (int, bool) {
	text, ok := field.Metadata.GetValue(key)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}
