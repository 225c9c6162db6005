package generators

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/plugins/plugintest"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// TestMain is a plugin when a test has started it as one.
func TestMain(m *testing.M) {
	if sdk.Hosted() {
		sdk.Serve(Builtin()...)
	}
	os.Exit(m.Run())
}

// TestEveryGeneratorKeepsTheContractOfPlugins makes the checks that plugins of
// others must pass, over gRPC.
func TestEveryGeneratorKeepsTheContractOfPlugins(t *testing.T) {
	suite := plugintest.New(t, plugintest.Launch{})
	for _, component := range Builtin() {
		cases := casesOf(component.Describe())
		if n := len(cases); n > 2 {
			cases = []plugintest.Case{cases[0], cases[n-1]} // the other types are looked at in process
		}
		suite.Generator(component, cases...)
	}
}

// casesOf are the first sample of each type that a generator makes.
func casesOf(d sdk.Description) []plugintest.Case {
	var cases []plugintest.Case
	for _, kind := range d.Types {
		if kind == string(schema.String) && len(d.Types) > 1 {
			continue // VarChar by another name
		}
		field := fieldsOf(kind)[0]
		form := string(field.Type + field.ElementType)
		samples := samplesOf(d.Name)
		if kind == string(schema.Array) && d.Name != "array.of" { // of what it makes its elements, the sample says
			form = samples[0].types
			field = fieldOf(schema.Array, schema.Type(strings.TrimPrefix(form, "Array")))
		}
		i := slices.IndexFunc(samples, func(s sample) bool { return s.types == "" || slices.Contains(strings.Fields(s.types), form) })
		if i < 0 {
			continue
		}
		field.Params = []byte(samples[i].params)
		var uses []schema.Field
		for _, use := range samples[i].uses {
			uses = append(uses, schema.Field{Name: use, Type: schema.VarChar, MaxLength: 100})
		}
		c := plugintest.CaseOf(field, uses...)
		c.Seedless = samples[i].fixed || len(uses) > 0 // the kit gives every seed the same inputs
		cases = append(cases, c)
	}
	return cases
}
