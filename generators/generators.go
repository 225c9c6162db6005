// Package generators lists the built-in generators, one folder a family, and
// gives all of them the options that they share.
package generators

import (
	"slices"
	"sync"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/spell"
	"github.com/zilliz/milvus-ingest/generators/array"
	"github.com/zilliz/milvus-ingest/generators/boolean"
	"github.com/zilliz/milvus-ingest/generators/choice"
	"github.com/zilliz/milvus-ingest/generators/document"
	"github.com/zilliz/milvus-ingest/generators/geometry"
	"github.com/zilliz/milvus-ingest/generators/identifier"
	"github.com/zilliz/milvus-ingest/generators/number"
	"github.com/zilliz/milvus-ingest/generators/sparse"
	"github.com/zilliz/milvus-ingest/generators/text"
	"github.com/zilliz/milvus-ingest/generators/time"
	"github.com/zilliz/milvus-ingest/generators/vector"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// Builtin lists the built-in generators, each with the options that all of
// them have.
func Builtin() []sdk.Component {
	var all []sdk.Component
	// Arrays and documents are made of what the other generators make.
	find := sync.OnceValue(func() func(string) (core.Generator, error) { return Find(all) })
	lookup := func(name string) (core.Generator, error) { return find()(name) }
	families := [][]sdk.Component{
		number.Components(), choice.Components(), identifier.Components(), time.Components(), boolean.Components(),
		text.Components(), array.Components(lookup), document.Components(lookup), geometry.Components(),
		vector.Components(), sparse.Components(),
	}
	for _, component := range slices.Concat(families...) {
		all = append(all, shared{component})
	}
	return all
}

// Find gives the generator of a name among components, for core.OpenSet.
func Find(components []sdk.Component) func(name string) (core.Generator, error) {
	byName, names := map[string]sdk.Component{}, []string{}
	for _, component := range components {
		if d := component.Describe(); d.Kind == sdk.KindGenerator {
			byName[d.Name] = component
			names = append(names, d.Name)
		}
	}
	return func(name string) (core.Generator, error) {
		if component, ok := byName[name]; ok {
			return component.Generator(), nil
		}
		problem := core.Errorf(core.InvalidConfig, "there is no generator %q", name)
		if near, ok := spell.Nearest(name, names); ok {
			problem = problem.WithHint("did you mean %q?", near)
		}
		return nil, problem
	}
}
