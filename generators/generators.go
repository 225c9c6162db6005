// Package generators lists the built-in generators, one folder a family, and
// gives all of them the options that they share.
package generators

import (
	"slices"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/spell"
	"github.com/zilliz/milvus-ingest/generators/boolean"
	"github.com/zilliz/milvus-ingest/generators/choice"
	"github.com/zilliz/milvus-ingest/generators/identifier"
	"github.com/zilliz/milvus-ingest/generators/number"
	"github.com/zilliz/milvus-ingest/generators/time"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// Builtin lists the built-in generators, each with the options that all of
// them have.
func Builtin() []sdk.Component {
	var all []sdk.Component
	families := [][]sdk.Component{
		number.Components(), choice.Components(), identifier.Components(), time.Components(), boolean.Components(),
	}
	for _, component := range slices.Concat(families...) {
		all = append(all, shared{component})
	}
	return all
}

// Find gives the generator of a name among components, for core.OpenSet.
func Find(components []sdk.Component) func(name string) (core.Generator, error) {
	return func(name string) (core.Generator, error) {
		var names []string
		for _, component := range components {
			d := component.Describe()
			if d.Name == name && d.Kind == sdk.KindGenerator {
				return component.Generator(), nil
			}
			names = append(names, d.Name)
		}
		problem := core.Errorf(core.InvalidConfig, "there is no generator %q", name)
		if near, ok := spell.Nearest(name, names); ok {
			problem.WithHint("did you mean %q?", near)
		}
		return nil, problem
	}
}
