package schema

import (
	"errors"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/spell"
)

// Project is the collection with the key and the given fields alone, or
// without the excluded ones; with neither it is the collection itself. A
// function goes when a field that it reads or makes is left out, and what it
// makes goes with it: no row has that field. $meta stands for the dynamic
// field. Names that are not there, and a key that is to be left out, are
// InvalidConfig errors, all of them at once.
func (c *Collection) Project(fields, exclude []string) (*Collection, error) {
	switch {
	case len(fields) > 0 && len(exclude) > 0:
		return nil, core.Errorf(core.InvalidConfig, "fields to keep and fields to leave out are both given").
			WithHint("give one of --fields and --exclude-fields (or MILVUS_INGEST_FIELDS and MILVUS_INGEST_EXCLUDE_FIELDS)")
	case len(fields) == 0 && len(exclude) == 0:
		return c, nil
	}
	var problems []error
	for _, name := range slices.Concat(fields, exclude) {
		if c.Field(name) == nil && (name != core.DynamicField || !c.EnableDynamic) {
			problems = append(problems, c.noField(name))
		}
	}
	key := c.Primary()
	if key != nil && slices.Contains(exclude, key.Name) {
		problems = append(problems, core.Errorf(core.InvalidConfig, "the primary key cannot be left out").WithField(key.Name).
			WithHint("take %s out of --exclude-fields; a key with auto_id is not sent anyway", key.Name))
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	keeps := func(name string) bool {
		if len(exclude) > 0 {
			return !slices.Contains(exclude, name)
		}
		return key != nil && name == key.Name || slices.Contains(fields, name)
	}
	return c.keep(keeps), nil
}

// keep is a copy with the fields, and the functions, that it still can have.
func (c *Collection) keep(keeps func(name string) bool) *Collection {
	made := *c
	// The places of a file speak of the whole one.
	made.Fields, made.Functions, made.from = nil, nil, nil
	gone := map[string]bool{}
	for _, function := range c.Functions {
		whole := true
		for _, name := range slices.Concat(function.Inputs, function.Outputs) {
			whole = whole && keeps(name)
		}
		if whole {
			made.Functions = append(made.Functions, function)
			continue
		}
		for _, name := range function.Outputs {
			gone[name] = true
		}
	}
	keyed := false
	for _, f := range c.Fields {
		if keeps(f.Name) && !gone[f.Name] {
			made.Fields = append(made.Fields, f)
			keyed = keyed || f.IsPartitionKey
		}
	}
	if !keyed {
		made.NumPartitions = 0
	}
	if !keeps(core.DynamicField) {
		made.EnableDynamic, made.DynamicFields = false, nil
	}
	return &made
}

func (c *Collection) noField(name string) error {
	names := make([]string, len(c.Fields))
	for i := range c.Fields {
		names[i] = c.Fields[i].Name
	}
	if c.EnableDynamic {
		names = append(names, core.DynamicField)
	}
	e := core.Errorf(core.InvalidConfig, "%q is no field of %s", name, c.Name)
	if near, ok := spell.Nearest(name, names); ok {
		return e.WithHint("did you mean %s?", near)
	}
	return e.WithHint("its fields are %s", strings.Join(names, ", "))
}
