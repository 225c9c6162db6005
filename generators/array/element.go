package array

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/spell"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
)

// single makes elements that one column makes.
type single struct {
	core.Column
	mem memory.Allocator
}

func (s single) make(ctx context.Context, rows []int64) (arrow.Array, error) {
	return column.Scattered(ctx, s.Column, rows, s.mem)
}

func (s single) close() error {
	if s.Column == nil {
		return nil // it could not be opened
	}
	return s.Close()
}

// structs makes elements of several fields.
type structs struct {
	typ    *arrow.StructType
	fields []single
}

func (s structs) make(ctx context.Context, rows []int64) (arrow.Array, error) {
	parts := make([]arrow.Array, 0, len(s.fields))
	defer func() {
		for _, part := range parts {
			part.Release()
		}
	}()
	for _, field := range s.fields {
		part, err := field.make(ctx, rows)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return column.Struct(s.typ, len(rows), parts), nil
}

func (s structs) close() error {
	var problems []error
	for _, field := range s.fields {
		problems = append(problems, field.close())
	}
	return errors.Join(problems...)
}

// openElements opens the column of the elements, or one for each field of a
// Struct.
func openElements(ctx context.Context, spec core.ColumnSpec, c Config, typ *arrow.ListType, lookup func(string) (core.Generator, error)) (elements, error) {
	if inner, ok := typ.Elem().(*arrow.StructType); ok {
		return openStructs(ctx, spec, c, inner, lookup)
	}
	if len(c.Fields) > 0 {
		return nil, core.Errorf(core.InvalidConfig, "fields is set, but the elements are no Struct").WithHint("use element instead")
	}
	facts := map[string]string{}
	for from, to := range map[string]string{core.MetaElementType: core.MetaType, core.MetaMaxLength: core.MetaMaxLength} {
		if value, ok := spec.Field.Metadata.GetValue(from); ok {
			facts[to] = value
		}
	}
	field := arrow.Field{Name: spec.Field.Name + "[]", Type: typ.Elem(), Metadata: arrow.MetadataFrom(facts)}
	return openSingle(ctx, spec, field, c.Element, lookup)
}

func openStructs(ctx context.Context, spec core.ColumnSpec, c Config, typ *arrow.StructType, lookup func(string) (core.Generator, error)) (elements, error) {
	s := structs{typ: typ}
	var problems []error
	names := make([]string, typ.NumFields())
	for i, field := range typ.Fields() {
		names[i] = field.Name
		inner := field
		inner.Name = spec.Field.Name + "[]." + field.Name
		one, err := openSingle(ctx, spec, inner, c.Fields[field.Name], lookup)
		if err != nil {
			problems = append(problems, core.OfField(err, inner.Name))
			continue
		}
		s.fields = append(s.fields, one)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Fields)) {
		if !slices.Contains(names, name) {
			problem := core.Errorf(core.InvalidConfig, "fields names %q, which the Struct does not have", name)
			if near, ok := spell.Nearest(name, names); ok {
				problem = problem.WithHint("did you mean %q?", near)
			}
			problems = append(problems, problem)
		}
	}
	if c.Element.Generator != "" {
		problems = append(problems, core.Errorf(core.InvalidConfig, "element is set, but the elements are a Struct").WithHint("use fields instead"))
	}
	return s, errors.Join(problems...)
}

func openSingle(ctx context.Context, spec core.ColumnSpec, field arrow.Field, e Element, lookup func(string) (core.Generator, error)) (single, error) {
	name := e.Generator
	if name == "" {
		name = usual(field)
	}
	generator, err := lookup(name)
	if err != nil {
		return single{}, err
	}
	// Elements are put together in memory of their own: how large they are is
	// known only then.
	inner, err := generator.Open(ctx, core.ColumnSpec{
		Generator: name, Field: field, Config: e.Params, Seed: spec.Seed, Mem: memory.DefaultAllocator,
	})
	return single{inner, spec.Mem}, err
}

// usual is the generator of elements for which none is named.
func usual(field arrow.Field) string {
	switch kind := schema.Type(column.Kind(field)); {
	case kind == schema.Bool:
		return "boolean.flag"
	case kind.IsText():
		return "text.words"
	case kind.IsVector():
		return "vector.topic"
	default:
		return "number.uniform"
	}
}
