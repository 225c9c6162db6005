// Package sdk turns Go values into plugins. Besides core it is all that a
// plugin's author imports:
//
//	func main() {
//		sdk.Serve(sdk.Generator[Config]{
//			Info: sdk.Info{Name: "geo.city", Version: "1.0.0", Summary: "Names of cities.", Types: []string{"VarChar"}},
//			Open: openCity,
//		})
//	}
package sdk

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/zilliz/milvus-ingest/core"
)

// Info is what a component says of itself.
type Info struct {
	Name    string   // "text.faq", "parquet"; lower case
	Version string   // semantic version; empty for built-ins, which have the program's
	Summary string   // one sentence
	Types   []string // Milvus field types that it can make or store
	Env     []string // environment variables that it would like to read
}

// Component is a Generator or a Sink.
type Component interface {
	// Describe says what the component is, with the JSON Schema of its
	// configuration.
	Describe() Description
	// Generator is the component as a generator; nil for a sink.
	Generator() core.Generator
	// Sink is the component as a sink; nil for a generator.
	Sink() core.Sink
}

// Description is all that the host learns of a component.
type Description struct {
	Info
	Kind         Kind
	ConfigSchema json.RawMessage
}

// Kind is the kind of a component.
type Kind string

// The kinds of component.
const (
	KindGenerator Kind = "generator"
	KindSink      Kind = "sink"
)

// Generator is a generator with a typed configuration C: a struct whose json,
// help, default and enum tags become the JSON Schema that users are checked
// against.
type Generator[C any] struct {
	Info
	// Open prepares one column, as core.Generator.Open does. config is decoded
	// and has its defaults.
	Open func(ctx context.Context, spec core.ColumnSpec, config C) (core.Column, error)
}

// Sink is a sink with a typed configuration C.
type Sink[C any] struct {
	Info
	// Open prepares one writer, as core.Sink.Open does.
	Open func(ctx context.Context, spec core.WriteSpec, config C) (core.Writer, error)
}

// Describe implements Component.
func (g Generator[C]) Describe() Description {
	return Description{Info: g.Info, Kind: KindGenerator, ConfigSchema: ConfigSchema[C]()}
}

// Generator implements Component.
func (g Generator[C]) Generator() core.Generator { return openGenerator[C]{g} }

// Sink implements Component.
func (g Generator[C]) Sink() core.Sink { return nil }

// Describe implements Component.
func (s Sink[C]) Describe() Description {
	return Description{Info: s.Info, Kind: KindSink, ConfigSchema: ConfigSchema[C]()}
}

// Generator implements Component.
func (s Sink[C]) Generator() core.Generator { return nil }

// Sink implements Component.
func (s Sink[C]) Sink() core.Sink { return openSink[C]{s} }

type openGenerator[C any] struct{ of Generator[C] }

// Open implements core.Generator. It refuses types that the generator does not
// name, so that its author need not.
func (g openGenerator[C]) Open(ctx context.Context, spec core.ColumnSpec) (core.Column, error) {
	config, err := DecodeConfig[C](spec.Config)
	if err := errors.Join(err, g.of.suits(spec.Field)); err != nil {
		return nil, err
	}
	return g.of.Open(ctx, spec, config)
}

type openSink[C any] struct{ of Sink[C] }

// Open implements core.Sink. It refuses types that the sink does not name, all
// of them at once.
func (s openSink[C]) Open(ctx context.Context, spec core.WriteSpec) (core.Writer, error) {
	config, err := DecodeConfig[C](spec.Config)
	problems := []error{err}
	for _, field := range spec.Schema.Fields() {
		problems = append(problems, s.of.suits(field))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return s.of.Open(ctx, spec, config)
}

func (g Generator[C]) checkConfig(raw json.RawMessage) error {
	_, err := DecodeConfig[C](raw)
	return err
}

func (s Sink[C]) checkConfig(raw json.RawMessage) error {
	_, err := DecodeConfig[C](raw)
	return err
}
