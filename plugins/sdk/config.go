package sdk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/spell"
)

// DecodeConfig reads a configuration into C: defaults first (the default
// tags), then what the user gave. Unknown keys and values outside an enum are
// InvalidConfig errors, all of them at once.
func DecodeConfig[C any](raw json.RawMessage) (C, error) {
	var c C
	value := reflect.ValueOf(&c).Elem()
	if err := setDefaults(value); err != nil {
		return c, err
	}
	if len(bytes.TrimSpace(raw)) > 0 {
		if err := unknownKeys(raw, value.Type()); err != nil {
			return c, err
		}
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		if err := decoder.Decode(&c); err != nil {
			return c, decodeError(err)
		}
		if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			return c, core.Errorf(core.InvalidConfig, "configuration: more than one JSON value")
		}
	}
	return c, checkEnums(value)
}

func decodeError(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return core.Errorf(core.InvalidConfig, "configuration key %q: expected %s, found %s",
			wrong.Field, typeWord(wrong.Type), wrong.Value)
	}
	return core.Errorf(core.InvalidConfig, "configuration: %w", err)
}

// fieldOf is one key of a configuration struct.
type fieldOf struct {
	name  string
	index int
	tag   reflect.StructTag
	typ   reflect.Type
}

func fieldsOf(t reflect.Type) []fieldOf {
	var fields []fieldOf
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		fields = append(fields, fieldOf{name, i, f.Tag, f.Type})
	}
	return fields
}

func setDefaults(v reflect.Value) error {
	for _, f := range fieldsOf(v.Type()) {
		text, ok := f.tag.Lookup("default")
		if !ok {
			continue
		}
		raw := []byte(text)
		if f.typ.Kind() == reflect.String {
			raw = []byte(strconv.Quote(text))
		}
		if err := json.Unmarshal(raw, v.Field(f.index).Addr().Interface()); err != nil {
			return core.Errorf(core.Internal, "default of %s: %w", f.name, err)
		}
	}
	return nil
}

func unknownKeys(raw json.RawMessage, t reflect.Type) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(raw, &given); err != nil {
		return core.Errorf(core.InvalidConfig, "configuration: expected an object: %w", err)
	}
	var known []string
	for _, f := range fieldsOf(t) {
		known = append(known, f.name)
	}
	var problems []error
	for _, key := range sortedKeys(given) {
		if slices.Contains(known, key) {
			continue
		}
		problem := core.Errorf(core.InvalidConfig, "unknown configuration key %q", key)
		if near, ok := spell.Nearest(key, known); ok {
			problem.WithHint("did you mean %q?", near)
		} else if len(known) > 0 {
			problem.WithHint("known keys: %s", strings.Join(known, ", "))
		}
		problems = append(problems, problem)
	}
	return errors.Join(problems...)
}

func sortedKeys(m map[string]json.RawMessage) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func checkEnums(v reflect.Value) error {
	var problems []error
	for _, f := range fieldsOf(v.Type()) {
		enum, ok := f.tag.Lookup("enum")
		if !ok || f.typ.Kind() != reflect.String {
			continue
		}
		if got := v.Field(f.index).String(); !slices.Contains(strings.Split(enum, ","), got) {
			problems = append(problems, core.Errorf(core.InvalidConfig, "configuration key %q is %q", f.name, got).
				WithHint("use one of %s", strings.ReplaceAll(enum, ",", ", ")))
		}
	}
	return errors.Join(problems...)
}

// ConfigSchema is the JSON Schema of a configuration struct: its tags say the
// name (json), the meaning (help), the default and the enum of each key.
func ConfigSchema[C any]() json.RawMessage {
	raw, err := json.Marshal(schemaOf(reflect.TypeFor[C]()))
	if err != nil {
		panic(fmt.Sprintf("sdk: schema of %s: %v", reflect.TypeFor[C](), err)) // plain maps and strings
	}
	return raw
}

func schemaOf(t reflect.Type) map[string]any {
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem())
	case reflect.Struct:
		return structSchema(t)
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": schemaOf(t.Elem())}
	case reflect.Slice:
		if t == reflect.TypeFor[json.RawMessage]() {
			return map[string]any{}
		}
		return map[string]any{"type": "array", "items": schemaOf(t.Elem())}
	case reflect.Interface:
		return map[string]any{}
	default:
		return map[string]any{"type": typeWord(t)}
	}
}

func structSchema(t reflect.Type) map[string]any {
	properties := map[string]any{}
	for _, f := range fieldsOf(t) {
		property := schemaOf(f.typ)
		if help := f.tag.Get("help"); help != "" {
			property["description"] = help
		}
		if text, ok := f.tag.Lookup("default"); ok {
			property["default"] = text
			if f.typ.Kind() != reflect.String {
				property["default"] = json.RawMessage(text)
			}
		}
		if enum := f.tag.Get("enum"); enum != "" {
			property["enum"] = strings.Split(enum, ",")
		}
		properties[f.name] = property
	}
	return map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
}

func typeWord(t reflect.Type) string {
	if t == reflect.TypeFor[json.Number]() {
		return "number"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "boolean"
	case reflect.String:
		return "string"
	case reflect.Float32, reflect.Float64:
		return "number"
	case reflect.Slice:
		return "array"
	case reflect.Struct, reflect.Map:
		return "object"
	default:
		return "integer"
	}
}
