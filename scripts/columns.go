package scripts

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/dop251/goja"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
)

// hook is one function of a bundle, called once a row with a context object
// that is the same for all rows.
type hook struct {
	m       *machine
	call    goja.Callable
	this    goja.Value
	record  *record
	context *goja.Object
}

func (h *hook) begin(batch arrow.Record, at int, row int64) error {
	h.m.rng.seek(row)
	h.record.seek(at)
	return h.context.Set("row", row)
}

func openHook(ctx context.Context, spec core.ColumnSpec, config Config, find func(*goja.Object) (goja.Value, error)) (_ *hook, err error) {
	m, err := newMachine(ctx, config, rng.Field(spec.Seed, spec.Field.Name))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			m.close()
		}
	}()
	function, err := find(m.hooks)
	if err != nil {
		return nil, core.Errorf(core.InvalidConfig, "%s: %w", config.File, err)
	}
	h := &hook{m: m, this: m.hooks, record: newRecord(m, spec.Inputs), context: m.vm.NewObject()}
	var ok bool
	if h.call, ok = goja.AssertFunction(function); !ok {
		return nil, core.Errorf(core.InvalidConfig, "%s: it exports no function for %s", config.File, spec.Field.Name)
	}
	for name, value := range map[string]any{"rng": m.rng.object, "record": h.record.object} {
		if err := h.context.Set(name, value); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// Close implements core.Column.
func (h *hook) Close() error {
	h.m.close()
	return nil
}

// fieldColumn makes the values of a field: fields.NAME, or fields.NAME.value.
type fieldColumn struct {
	hook
	field arrow.Field
	mem   memory.Allocator
}

func openField(ctx context.Context, spec core.ColumnSpec, config Config) (core.Column, error) {
	h, err := openHook(ctx, spec, config, func(hooks *goja.Object) (goja.Value, error) {
		return fieldFunction(hooks, spec.Field.Name)
	})
	if err != nil {
		return nil, err
	}
	return &fieldColumn{*h, spec.Field, spec.Mem}, nil
}

func fieldFunction(hooks *goja.Object, name string) (goja.Value, error) {
	fields, ok := hooks.Get("fields").(*goja.Object)
	if !ok {
		return nil, fmt.Errorf("it exports no fields")
	}
	value := fields.Get(name)
	if object, ok := value.(*goja.Object); ok {
		if _, callable := goja.AssertFunction(object); !callable {
			return object.Get("value"), nil
		}
	}
	return value, nil
}

// Fill implements core.Column.
func (c *fieldColumn) Fill(ctx context.Context, rows core.Rows, inputs arrow.Record) (arrow.Array, error) {
	defer c.m.interruptible(ctx)()
	b := array.NewBuilder(c.mem, c.field.Type)
	defer b.Release()
	b.Reserve(rows.N)
	c.record.load(inputs)
	for i := range rows.N {
		row := rows.Start + int64(i)
		if err := c.begin(inputs, i, row); err != nil {
			return nil, err
		}
		var value goja.Value
		err := c.m.once(row, func() (err error) { value, err = c.call(c.this, c.context); return err })
		if err == nil {
			if err = c.m.appendValue(b, c.field, value); err != nil {
				err = core.Errorf(core.InvalidData, "%s: %w", c.m.name, err).WithRow(row)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return b.NewArray(), nil
}

// verdicts asks validate(record, context) of every row.
type verdicts struct {
	hook
	mem memory.Allocator
}

func openValidate(ctx context.Context, spec core.ColumnSpec, config Config) (core.Column, error) {
	h, err := openHook(ctx, spec, config, func(hooks *goja.Object) (goja.Value, error) { return hooks.Get("validate"), nil })
	if err != nil {
		return nil, err
	}
	return &verdicts{*h, spec.Mem}, nil
}

// Fill implements core.Column: null where the row is accepted, else why not.
func (v *verdicts) Fill(ctx context.Context, rows core.Rows, inputs arrow.Record) (arrow.Array, error) {
	defer v.m.interruptible(ctx)()
	b := array.NewStringBuilder(v.mem)
	defer b.Release()
	b.Reserve(rows.N)
	v.record.load(inputs)
	for i := range rows.N {
		row := rows.Start + int64(i)
		if err := v.begin(inputs, i, row); err != nil {
			return nil, err
		}
		var value goja.Value
		err := v.m.once(row, func() (err error) { value, err = v.call(v.this, v.record.object, v.context); return err })
		if err != nil {
			return nil, err
		}
		if err := appendVerdict(b, value); err != nil {
			return nil, core.Errorf(core.InvalidData, "%s: %w", v.m.name, err).WithRow(row)
		}
	}
	return b.NewArray(), nil
}

func appendVerdict(b *array.StringBuilder, value goja.Value) error {
	if value == nil || goja.IsUndefined(value) {
		return fmt.Errorf("validate returned nothing: return true, or the reason as a string")
	}
	switch verdict := value.Export().(type) {
	case bool:
		if verdict {
			b.AppendNull()
		} else {
			b.Append("rejected by validate")
		}
	case string:
		b.Append(verdict)
	default:
		return fmt.Errorf("validate returned %.80s: return true, or the reason as a string", value.String())
	}
	return nil
}

// Exports is what a hook file offers.
type Exports struct {
	Fields   []FieldHook `json:"fields"`
	Validate bool        `json:"validate"`
	Setup    bool        `json:"setup"`
}

// FieldHook is a field that a hook makes, and the fields that it reads.
type FieldHook struct {
	Name string   `json:"name"`
	Uses []string `json:"uses"`
}

// inspection gives the exports of a hook file as JSON, in each row.
type inspection struct {
	m    *machine
	text string
	mem  memory.Allocator
}

func openInspect(ctx context.Context, spec core.ColumnSpec, config Config) (core.Column, error) {
	m, err := newMachine(ctx, config, rng.Field(spec.Seed, spec.Field.Name))
	if err != nil {
		return nil, err
	}
	exports, err := inspect(m.hooks)
	if err != nil {
		m.close()
		return nil, core.Errorf(core.InvalidConfig, "%s: %w", config.File, err)
	}
	text, err := json.Marshal(exports)
	return &inspection{m, string(text), spec.Mem}, err
}

func inspect(hooks *goja.Object) (Exports, error) {
	var e Exports
	_, e.Validate = goja.AssertFunction(hooks.Get("validate"))
	_, e.Setup = goja.AssertFunction(hooks.Get("setup"))
	if fields, ok := hooks.Get("fields").(*goja.Object); ok {
		for _, name := range fields.Keys() {
			function, err := fieldFunction(hooks, name)
			if _, callable := goja.AssertFunction(function); err != nil || !callable {
				return e, fmt.Errorf("fields.%s is no function and has no function value", name)
			}
			f := FieldHook{Name: name, Uses: []string{}}
			if uses, ok := fields.Get(name).(*goja.Object).Get("uses").(*goja.Object); ok {
				for _, key := range uses.Keys() {
					f.Uses = append(f.Uses, uses.Get(key).String())
				}
			}
			e.Fields = append(e.Fields, f)
		}
	}
	if len(e.Fields) == 0 && !e.Validate {
		return e, fmt.Errorf("it exports neither fields nor validate")
	}
	return e, nil
}

// Fill implements core.Column.
func (c *inspection) Fill(_ context.Context, rows core.Rows, _ arrow.Record) (arrow.Array, error) {
	b := array.NewStringBuilder(c.mem)
	defer b.Release()
	for range rows.N {
		b.Append(c.text)
	}
	return b.NewArray(), nil
}

// Close implements core.Column.
func (c *inspection) Close() error {
	c.m.close()
	return nil
}
