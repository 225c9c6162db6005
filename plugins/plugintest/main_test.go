package plugintest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// TestMain is a plugin when a test has started it: one of the sdk's, or one
// without it.
func TestMain(m *testing.M) {
	if sdk.Hosted() {
		if os.Getenv(envStubborn) != "" {
			serveStubborn()
		}
		sdk.Serve(components()...)
	}
	os.Exit(m.Run())
}

// fake is a component without the sdk's help, so that it can be wrong.
type fake struct {
	d    sdk.Description
	fill func(spec core.ColumnSpec, rows core.Rows, calls int) (arrow.Array, error)
	sink *sinkFault
	// lax opens columns of any type with any configuration.
	lax bool
	// slow is how long closing a column takes.
	slow time.Duration
}

func (f *fake) Describe() sdk.Description { return f.d }

func (f *fake) Generator() core.Generator {
	if f.sink != nil {
		return nil
	}
	return f
}

func (f *fake) Sink() core.Sink {
	if f.sink == nil {
		return nil
	}
	return f.sink
}

func (f *fake) Open(_ context.Context, spec core.ColumnSpec) (core.Column, error) {
	if !f.lax {
		if _, err := sdk.DecodeConfig[struct{}](spec.Config); err != nil {
			return nil, err
		}
		if sdk.TypeOf(spec.Field) != "VarChar" {
			return nil, core.Errorf(core.InvalidConfig, "texts alone")
		}
	}
	return &fakeColumn{fake: f, spec: spec}, nil
}

type fakeColumn struct {
	*fake
	spec  core.ColumnSpec
	calls int
}

func (c *fakeColumn) Fill(_ context.Context, rows core.Rows, _ arrow.Record) (arrow.Array, error) {
	c.calls++
	return c.fill(c.spec, rows, c.calls)
}

func (c *fakeColumn) Close() error {
	time.Sleep(c.slow)
	return nil
}

// texts are one for each row.
func texts(rows core.Rows, text func(row int64) string) (arrow.Array, error) {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	for row := rows.Start; row < rows.End(); row++ {
		if v := text(row); v == "null" {
			b.AppendNull()
		} else {
			b.Append(v)
		}
	}
	return b.NewArray(), nil
}

// honest is what every row should be.
func honest(spec core.ColumnSpec, row int64) string {
	s := rng.Field(spec.Seed, spec.Field.Name).At(row)
	return fmt.Sprint(s.IntN(1000))[:1]
}

func components() []sdk.Component {
	var all []sdk.Component
	add := func(name string, f *fake) {
		f.d.Info = sdk.Info{Name: name, Version: "1.0.0", Summary: "A sample.", Types: []string{"VarChar"}}
		f.d.Kind = sdk.KindGenerator
		if f.sink != nil {
			f.d.Kind, f.d.Types = sdk.KindSink, []string{"Int64", "VarChar", "Double"}
		}
		if f.d.ConfigSchema == nil {
			f.d.ConfigSchema = sdk.ConfigSchema[struct{}]()
		}
		if f.fill == nil {
			f.fill = func(spec core.ColumnSpec, rows core.Rows, _ int) (arrow.Array, error) {
				return texts(rows, func(row int64) string { return honest(spec, row) })
			}
		}
		if name == "nameless" {
			f.d.Summary = ""
		}
		all = append(all, f)
	}
	for name, f := range generatorFaults() {
		add(name, f)
	}
	for name, f := range sinkFaults() {
		f.open = &atomic.Int32{}
		add(name, &fake{sink: f, d: sdk.Description{ConfigSchema: sdk.ConfigSchema[sinkConfig]()}})
	}
	return all
}

func generatorFaults() map[string]*fake {
	of := func(text func(spec core.ColumnSpec, rows core.Rows, row int64, calls int) string) *fake {
		return &fake{fill: func(spec core.ColumnSpec, rows core.Rows, calls int) (arrow.Array, error) {
			return texts(rows, func(row int64) string { return text(spec, rows, row, calls) })
		}}
	}
	return map[string]*fake{
		"good":     {},
		"nameless": {},
		"schema":   {d: sdk.Description{ConfigSchema: []byte(`{"type":"object","properties":{"a":{"type":"nonsense"}}}`)}},
		"lax":      {lax: true},
		"short": {fill: func(_ core.ColumnSpec, rows core.Rows, _ int) (arrow.Array, error) {
			return texts(core.Rows{N: rows.N / 2}, func(int64) string { return "" })
		}},
		"moody": of(func(_ core.ColumnSpec, _ core.Rows, _ int64, calls int) string { return fmt.Sprint(calls) }),
		"place": of(func(_ core.ColumnSpec, rows core.Rows, row int64, _ int) string { return fmt.Sprint(row - rows.Start) }),
		"here":  of(func(core.ColumnSpec, core.Rows, int64, int) string { return fmt.Sprint(os.Getpid()) }),
		"fixed": of(func(_ core.ColumnSpec, _ core.Rows, row int64, _ int) string { return fmt.Sprint(row) }),
		"null":  of(func(core.ColumnSpec, core.Rows, int64, int) string { return "null" }),
		"long":  of(func(core.ColumnSpec, core.Rows, int64, int) string { return strings.Repeat("x", 41) }),
		"deaf": {fill: func(_ core.ColumnSpec, rows core.Rows, _ int) (arrow.Array, error) {
			if rows.N > 1000 {
				time.Sleep(10 * time.Second)
			}
			return texts(rows, func(int64) string { return "" })
		}},
		"asleep": {fill: func(_ core.ColumnSpec, rows core.Rows, _ int) (arrow.Array, error) {
			time.Sleep(3 * time.Second)
			return texts(rows, func(int64) string { return "" })
		}},
		"noisy": {fill: func(spec core.ColumnSpec, rows core.Rows, _ int) (arrow.Array, error) {
			fmt.Fprintln(os.NewFile(1, "stdout"), "hello")
			return texts(rows, func(row int64) string { return honest(spec, row) })
		}},
		"sleepy": {slow: 4 * time.Second},
	}
}

type sinkConfig struct {
	Path string `json:"path"`
}

// sinkFault is a sink of Arrow files, and what is wrong with it.
type sinkFault struct {
	open      *atomic.Int32
	reverse   bool // stores the batches in another order
	hungry    bool // wants rows
	litter    bool // leaves its temporary file
	small     bool // takes small batches alone
	alone     bool // has one writer
	blunt     bool // destroys what is there, and then refuses
	rowless   bool // does not say which row is wrong
	forgetful bool // counts too few rows
}

func sinkFaults() map[string]*sinkFault {
	return map[string]*sinkFault{
		"store": {}, "reverse": {reverse: true}, "hungry": {hungry: true}, "litter": {litter: true}, "small": {small: true},
		"alone": {alone: true}, "blunt": {blunt: true}, "rowless": {rowless: true}, "forgetful": {forgetful: true},
	}
}

func (f *sinkFault) Open(_ context.Context, spec core.WriteSpec) (core.Writer, error) {
	config, err := sdk.DecodeConfig[sinkConfig](spec.Config)
	if err != nil {
		return nil, err
	}
	if f.alone && f.open.Load() > 0 {
		return nil, core.Errorf(core.Unavailable, "it is busy")
	}
	if _, err := os.Stat(config.Path); err == nil && f.blunt {
		return nil, errors.Join(os.Remove(config.Path), core.Errorf(core.Conflict, "it is there"))
	}
	file, err := sdk.CreateFile(config.Path, false)
	if err != nil {
		return nil, err
	}
	f.open.Add(1)
	return &fakeWriter{sinkFault: f, file: file, spec: spec, path: config.Path}, nil
}

type fakeWriter struct {
	*sinkFault
	file    *sdk.File
	spec    core.WriteSpec
	path    string
	batches []arrow.Record
	rows    int64
}

func (w *fakeWriter) Write(_ context.Context, batch arrow.Record) error {
	if w.small && batch.NumRows() > 500 {
		return core.Errorf(core.Exhausted, "that is too much")
	}
	for i, c := range batch.Columns() {
		for row := range c.Len() {
			bad := false
			switch c := c.(type) {
			case *array.Float64:
				bad = math.IsNaN(c.Value(row))
			case *array.String:
				bad = strings.Contains(c.Value(row), "\xff")
			}
			if err := core.Errorf(core.InvalidData, "it cannot be stored").WithField(batch.ColumnName(i)); bad && w.rowless {
				return err
			} else if bad {
				return err.WithRow(w.spec.Rows.Start + w.rows + int64(row))
			}
		}
	}
	batch.Retain() // the portable plane's memory is not filled anew
	w.batches = append(w.batches, batch)
	w.rows += batch.NumRows()
	return nil
}

func (w *fakeWriter) Commit(context.Context) ([]core.Artifact, error) {
	if w.hungry && w.rows == 0 {
		return nil, core.Errorf(core.InvalidData, "nothing to store")
	}
	out := ipc.NewWriter(w.file, ipc.WithSchema(w.spec.Schema))
	for i := range w.batches {
		if w.reverse {
			i = len(w.batches) - 1 - i
		}
		if err := out.Write(w.batches[i]); err != nil {
			return nil, err
		}
	}
	if err := out.Close(); err != nil {
		return nil, err
	}
	if w.forgetful {
		w.rows /= 2
	}
	artifact, err := w.file.Commit(w.rows)
	return []core.Artifact{artifact}, err
}

func (w *fakeWriter) Close() error {
	w.open.Add(-1)
	if w.litter {
		return os.WriteFile(w.path+".tmp", nil, 0o600)
	}
	return w.file.Close()
}

// readArrow reads a file of a sinkFault.
func readArrow(_ context.Context, stored Stored) (arrow.Record, error) {
	file, err := os.Open(stored.Artifacts[0].URI)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	reader, err := ipc.NewReader(file)
	if err != nil {
		return nil, err
	}
	defer reader.Release()
	var all []arrow.Record
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return joined(stored.Schema, all)
		}
		if err != nil {
			return nil, err
		}
		record.Retain()
		all = append(all, record)
	}
}

// joined puts records one after another.
func joined(schema *arrow.Schema, records []arrow.Record) (arrow.Record, error) {
	columns := make([]arrow.Array, schema.NumFields())
	rows := int64(0)
	for _, r := range records {
		rows += r.NumRows()
	}
	for i := range columns {
		pieces := []arrow.Array{array.NewBuilder(memory.DefaultAllocator, schema.Field(i).Type).NewArray()}
		for _, r := range records {
			pieces = append(pieces, r.Column(i))
		}
		var err error
		if columns[i], err = array.Concatenate(pieces, memory.DefaultAllocator); err != nil {
			return nil, err
		}
	}
	return array.NewRecord(schema, columns, rows), nil
}
