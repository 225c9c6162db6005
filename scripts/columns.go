package scripts

import (
	"context"
	"fmt"
	"strings"

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
	place   string // of the function, in the user's file
	this    goja.Value
	record  *record
	context *goja.Object
}

// begin moves all that a call sees to a row, and returns the row as the user
// knows it: one that stands in for another is called like that one, with
// randomness of its own.
func (h *hook) begin(at int, row int64) (int64, error) {
	h.m.rng.seek(row)
	h.record.seek(at)
	row %= core.AttemptRows
	return row, h.context.Set("row", row)
}

// once calls the hook under the limits and has its value taken.
func (h *hook) once(row int64, take func(goja.Value) error, arguments ...goja.Value) error {
	h.m.watch.begin(row)
	defer h.m.watch.done()
	value, err := h.call(h.this, arguments...)
	if err != nil {
		return h.m.failure(err, row)
	}
	if err := take(value); err != nil {
		return h.fault(err, row)
	}
	return nil
}

// fault is an error of what a call returned.
func (h *hook) fault(err error, row int64) *core.Error {
	return core.Errorf(core.InvalidData, "%s: %w", h.place, err).WithRow(row)
}

// openHook finds the function of a hook. name is how messages call it.
func openHook(ctx context.Context, spec core.ColumnSpec, config Config, name string, find func(*goja.Object) (goja.Value, error)) (_ *hook, err error) {
	m, err := newMachine(ctx, config, rng.Field(spec.Seed, spec.Field.Name), ": "+name)
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
	h := &hook{m: m, this: m.hooks, record: newRecord(m, spec.Inputs, name != validateName), context: m.vm.NewObject()}
	var ok bool
	if h.call, ok = goja.AssertFunction(function); !ok {
		return nil, core.Errorf(core.InvalidConfig, "%s: it exports no function for %s", config.File, name)
	}
	h.place = m.placeOf(h.call)
	m.watch.place(h.place + ": " + name)
	for key, value := range map[string]any{"rng": m.rng.object, "record": h.record.object} {
		if err := h.context.Set(key, value); err != nil {
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
	h, err := openHook(ctx, spec, config, "field "+spec.Field.Name, func(hooks *goja.Object) (goja.Value, error) {
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

// values prepares to take n values of the field.
func (c *fieldColumn) values(n int) values {
	if v, ok := newVectors(c.m, c.field, c.mem, n); ok {
		return v
	}
	b := array.NewBuilder(memory.DefaultAllocator, c.field.Type) // texts and numbers are small
	b.Reserve(n)
	return built{c.m, c.field, b}
}

// Fill implements core.Column.
func (c *fieldColumn) Fill(ctx context.Context, rows core.Rows, inputs arrow.Record) (_ arrow.Array, err error) {
	defer c.m.interruptible(ctx)()
	var row int64
	defer c.caught(&err, &row)
	all := c.values(rows.N)
	defer all.release()
	c.record.load(inputs)
	for i := range rows.N {
		if row, err = c.begin(i, rows.Start+int64(i)); err != nil {
			return nil, err
		}
		if err := c.once(row, all.add, c.context); err != nil {
			return nil, err
		}
	}
	return all.finish(), nil
}

// verdicts asks validate(record, context) of every row.
type verdicts struct {
	hook
	mem memory.Allocator
}

// validateName is how messages call the hook that validates.
const validateName = "validate"

func openValidate(ctx context.Context, spec core.ColumnSpec, config Config) (core.Column, error) {
	h, err := openHook(ctx, spec, config, validateName, func(hooks *goja.Object) (goja.Value, error) { return hooks.Get("validate"), nil })
	if err != nil {
		return nil, named(err)
	}
	return &verdicts{*h, spec.Mem}, nil
}

// named says of an error that it is of the hook, whose column has no name for
// users.
func named(err error) error { return core.OfField(err, validateName) }

// Fill implements core.Column: null where the row is accepted, else why not.
func (v *verdicts) Fill(ctx context.Context, rows core.Rows, inputs arrow.Record) (_ arrow.Array, err error) {
	defer func() {
		if err != nil {
			err = named(err)
		}
	}()
	defer v.m.interruptible(ctx)()
	var row int64
	defer v.caught(&err, &row)
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	b.Reserve(rows.N)
	v.record.load(inputs)
	take := func(value goja.Value) error { return appendVerdict(b, value) }
	for i := range rows.N {
		if row, err = v.begin(i, rows.Start+int64(i)); err != nil {
			return nil, err
		}
		if err := v.once(row, take, v.record.object, v.context); err != nil {
			return nil, err
		}
	}
	return b.NewArray(), nil
}

// maxReason bounds the text of a verdict, in bytes.
const maxReason = 500

func appendVerdict(b *array.StringBuilder, value goja.Value) error {
	if value == nil || goja.IsUndefined(value) {
		return fmt.Errorf("validate returned nothing: return true, or the reason as a string")
	}
	switch verdict := value.Export().(type) {
	case bool:
		if verdict {
			b.AppendNull()
		} else {
			b.Append("validate returned false")
		}
	case string:
		if len(verdict) > maxReason {
			verdict = strings.ToValidUTF8(verdict[:maxReason], "") + "…"
		}
		b.Append(verdict)
	default:
		return fmt.Errorf("validate returned %.80s: return true, or the reason as a string", value.String())
	}
	return nil
}
