package scripts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/dop251/goja"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/spell"
)

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

// Field is the hook of a field, or nil.
func (e *Exports) Field(name string) *FieldHook {
	if i := slices.IndexFunc(e.Fields, func(f FieldHook) bool { return f.Name == name }); i >= 0 {
		return &e.Fields[i]
	}
	return nil
}

// Check refuses hooks of fields that a data set does not have, and uses of
// such: all of them at once. stored are the fields of the data set, outputs
// those that functions make inside Milvus.
func (e *Exports) Check(file string, stored, outputs []string) error {
	var problems []error
	unknown := func(field, what, name string) {
		p := core.Errorf(core.InvalidConfig, "%s: %s %s, which is no field of the schema", file, what, name).WithField(field)
		if near, ok := spell.Nearest(name, stored); ok {
			p.WithHint("did you mean %q?", near)
		} else {
			p.WithHint("the fields are %s", strings.Join(stored, ", "))
		}
		problems = append(problems, p)
	}
	for _, f := range e.Fields {
		switch {
		case slices.Contains(outputs, f.Name):
			problems = append(problems, core.Errorf(core.InvalidConfig,
				"%s: the hook makes %s, whose values a function of the schema makes inside Milvus", file, f.Name).
				WithField(f.Name).WithHint("remove the hook, or the function"))
		case !slices.Contains(stored, f.Name):
			unknown("", "the hook makes", f.Name)
		}
		for _, use := range f.Uses {
			if !slices.Contains(stored, use) {
				unknown(f.Name, "the hook uses", use)
			}
		}
	}
	return errors.Join(problems...)
}

// inspection gives the exports of a hook file as JSON, in each row.
type inspection struct {
	m    *machine
	text string
}

func openInspect(ctx context.Context, spec core.ColumnSpec, config Config) (core.Column, error) {
	m, err := newMachine(ctx, config, rng.Field(spec.Seed, spec.Field.Name), "")
	if err != nil {
		return nil, err
	}
	exports, err := inspect(m.hooks)
	if err != nil {
		m.close()
		return nil, core.Errorf(core.InvalidConfig, "%s: %w", config.File, err)
	}
	text, err := json.Marshal(exports)
	return &inspection{m, string(text)}, err
}

func inspect(hooks *goja.Object) (e Exports, err error) {
	problems := []error{misspelt(hooks, "", "fields", "validate", "setup", "default")}
	for name, is := range map[string]*bool{"validate": &e.Validate, "setup": &e.Setup} {
		_, *is = goja.AssertFunction(hooks.Get(name))
		if !*is && hooks.Get(name) != nil {
			problems = append(problems, fmt.Errorf("it exports no function as %s", name))
		}
	}
	if fields, ok := hooks.Get("fields").(*goja.Object); ok {
		for _, name := range fields.Keys() {
			f, err := fieldHook(hooks, fields, name)
			e.Fields = append(e.Fields, f)
			problems = append(problems, err)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return e, err
	}
	if len(e.Fields) == 0 && !e.Validate {
		return e, fmt.Errorf("it exports neither fields nor validate")
	}
	return e, nil
}

func fieldHook(hooks, fields *goja.Object, name string) (FieldHook, error) {
	f := FieldHook{Name: name, Uses: []string{}}
	function, err := fieldFunction(hooks, name)
	if _, callable := goja.AssertFunction(function); err != nil || !callable {
		return f, fmt.Errorf("fields.%s has no function: write %s: (context) => … or %s: {uses: […], value: (context) => …}", name, name, name)
	}
	object := fields.Get(name).(*goja.Object)
	if _, callable := goja.AssertFunction(object); callable {
		return f, nil
	}
	if given := object.Get("uses"); given != nil {
		uses, ok := given.Export().([]any)
		for _, use := range uses {
			text, is := use.(string)
			ok = ok && is
			f.Uses = append(f.Uses, text)
		}
		if !ok {
			return f, fmt.Errorf("fields.%s.uses is %.80s, expected a list of names of fields", name, given.String())
		}
	}
	return f, misspelt(object, "fields."+name+".", "uses", "value")
}

// misspelt finds keys that look like others: a hook that nobody calls.
func misspelt(object *goja.Object, where string, known ...string) error {
	var problems []error
	for _, key := range object.Keys() {
		if near, ok := spell.Nearest(key, known); ok && !slices.Contains(known, key) {
			problems = append(problems, fmt.Errorf("it exports %s%s: did you mean %s?", where, key, near))
		}
	}
	return errors.Join(problems...)
}

// Fill implements core.Column.
func (c *inspection) Fill(_ context.Context, rows core.Rows, _ arrow.Record) (arrow.Array, error) {
	b := array.NewStringBuilder(memory.DefaultAllocator)
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
