// Package scripts runs the user's JavaScript hooks on goja. Hooks are columns
// like all others: "script.field" makes the values of a field, "script.validate"
// a column of verdicts (null: the row is accepted; text: why it is not).
//
// A hook is a pure function of the row, like every generator: Math.random and
// rng are seeded by (seed, field, row), Date.now is core.Epoch, dates are UTC,
// and there are no files, no network and no timers. Hooks run in worker
// processes, which the limits of watch can end.
package scripts

import (
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// The names of the components.
const (
	FieldGenerator    = "script.field"
	ValidateGenerator = "script.validate"
	InspectGenerator  = "script.inspect"
)

// Config is what all hooks need: the bundle, and what setup gets to know.
type Config struct {
	Bundle     string   `json:"bundle" help:"The hooks as one script."`
	File       string   `json:"file" help:"The file that the user named, for messages."`
	Collection string   `json:"collection" help:"Name of the collection."`
	Fields     []string `json:"fields" help:"Names of the fields of the data set."`
	Seed       uint64   `json:"seed" help:"Seed of the data set."`
	TimeoutMS  int      `json:"timeout_ms" help:"Time that one call may take." default:"2000"`
	MemoryMB   int      `json:"memory_mb" help:"Memory of the process at which a call is ended." default:"1024"`
}

// Components lists the generators of hooks.
func Components() []sdk.Component {
	return []sdk.Component{
		sdk.Generator[Config]{
			Info: sdk.Info{Name: FieldGenerator, Summary: "Values that a hook of the user's makes.", Types: fieldTypes()},
			Open: openField,
		},
		sdk.Generator[Config]{
			Info: sdk.Info{Name: ValidateGenerator, Summary: "Verdicts of the user's validate hook.", Types: []string{"VarChar"}},
			Open: openValidate,
		},
		sdk.Generator[Config]{
			Info: sdk.Info{Name: InspectGenerator, Summary: "What a hook file exports.", Types: []string{"JSON"}},
			Open: openInspect,
		},
	}
}

func fieldTypes() []string {
	return []string{
		"Bool", "Int8", "Int16", "Int32", "Int64", "Float", "Double", "VarChar", "String", "JSON", "Array",
		"Timestamptz", "Geometry", "FloatVector", "Float16Vector", "BFloat16Vector", "Int8Vector", "BinaryVector", "SparseFloatVector",
	}
}
