package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

// runSummary is what run tells at its end.
type runSummary struct {
	Pipeline    string        `json:"pipeline"`
	Environment string        `json:"environment,omitempty"`
	Sinks       []sinkSummary `json:"sinks"`
	Seconds     float64       `json:"seconds"`
	// Made is the number of rows of this run; a resumed one had others.
	Made int64 `json:"rows_made"`
}

type sinkSummary struct {
	Name string        `json:"name"`
	Out  string        `json:"out"`
	Meta *dataset.Meta `json:"meta"`
}

func (a *app) summarizeRun(s runSummary) error {
	if a.output == "json" {
		return a.printJSON(s)
	}
	first := s.Sinks[0].Meta
	rows := first.Generation.TotalRows
	fmt.Fprintf(a.stdout, "%s: %s rows of %s, seed %d\n\n", s.title(), inThousands(rows), first.Schema.Name, first.Seed)
	var cells [][]string
	var folders [][2]string
	for _, sink := range s.Sinks {
		folders = append(folders, [2]string{sink.Name, sink.Out})
		var bytes int64
		for _, file := range sink.Meta.Files {
			bytes += file.Bytes
		}
		cells = append(cells, []string{sink.Name, sink.Meta.Generation.Format, fmt.Sprint(len(sink.Meta.Files)), inBytes(bytes)})
	}
	writeTable(a.stdout, a.width, []string{"SINK", "KIND", "PARTS", "SIZE"}, cells)
	fmt.Fprintln(a.stdout)
	a.printFacts("  ", folders)
	fmt.Fprintf(a.stdout, "\n%.1f s, %s rows/s\n", s.Seconds, inThousands(int64(float64(s.Made)/max(s.Seconds, 1e-3))))
	a.summarizeHooks(first.Hooks)
	for _, sink := range s.Sinks {
		if slices.Contains([]string{"parquet", "json"}, sink.Meta.Generation.Format) {
			a.say("next: milvus-ingest check %s", shellWord(sink.Out))
		}
	}
	return nil
}

func (s runSummary) title() string {
	if s.Environment == "" {
		return s.Pipeline
	}
	return s.Pipeline + " (" + s.Environment + ")"
}

// preparation is what a dry run tells.
type preparation struct {
	Pipeline    string           `json:"pipeline"`
	Environment string           `json:"environment,omitempty"`
	Collection  string           `json:"collection"`
	Schema      string           `json:"schema"`
	Rows        int64            `json:"rows"`
	FirstRow    int64            `json:"first_row"`
	Seed        *uint64          `json:"seed"` // null: drawn when the run begins
	Hooks       string           `json:"hooks,omitempty"`
	Workers     int              `json:"workers"`
	BatchRows   int              `json:"batch_rows"`
	Columns     []dataset.Column `json:"columns"`
	Sinks       []preparedSink   `json:"sinks"`
	// Missing tells of the environment variables that are not set.
	Missing []string `json:"missing,omitempty"`
}

type preparedSink struct {
	Name    string          `json:"name"`
	Sink    string          `json:"sink"`
	Out     string          `json:"out"`
	Options json.RawMessage `json:"options"`
	Parts   int             `json:"parts"`
	// RowsPerPart are those of all but the last.
	RowsPerPart int `json:"rows_per_part"`
	// Bytes is an estimate, from a sample of rows; 0 where nothing is known.
	Bytes int64 `json:"estimated_bytes"`
	// Holds says what is in the folder already.
	Holds string `json:"holds"`
}

// dryRun shows what would be made; a sample of the rows is, to tell sizes.
func (d *delivery) dryRun(ctx context.Context, a *app) (err error) {
	if err := d.look(ctx); err != nil {
		return err
	}
	crew, err := hire(a, d.draft, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, crew.Close()) }()
	if err := d.size(ctx, crew); err != nil {
		return err
	}
	p := d.preparation()
	if a.output == "json" {
		return a.printJSON(p)
	}
	d.show(a, p)
	if err := d.room(); err != nil {
		a.say("warning: %v", err)
	}
	a.say("a dry run: nothing was written")
	return nil
}

func (d *delivery) preparation() preparation {
	p := preparation{
		Pipeline: d.File, Environment: d.choice.Environment, Collection: d.draft.Schema.Name, Schema: firstOf(d.generate.Schema, d.generate.Builtin),
		Rows: int64(d.draft.Rows.N), FirstRow: d.draft.Rows.Start, Seed: d.generate.Seed, Workers: d.generate.workers(),
		BatchRows: d.draft.SpanRows, Columns: d.draft.Columns, Missing: d.missing,
	}
	if d.draft.Hooks != nil {
		p.Hooks = d.draft.Hooks.Path
	}
	for i := range d.targets {
		t := &d.targets[i]
		plan := d.plan(t)
		p.Sinks = append(p.Sinks, preparedSink{
			Name: t.Name, Sink: t.Component, Out: t.dir, Options: t.Shown, Parts: len(plan.Parts()), RowsPerPart: min(plan.PartRows, plan.Rows.N),
			Bytes: int64(t.rowBytes * float64(plan.Rows.N)), Holds: held(t.state),
		})
	}
	return p
}

// optionText writes options for people.
func optionText(options json.RawMessage) string {
	var given map[string]json.RawMessage
	if json.Unmarshal(options, &given) != nil || len(given) == 0 {
		return "no options"
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(given)) {
		parts = append(parts, name+" = "+strings.Trim(string(given[name]), `"`))
	}
	return strings.Join(parts, ", ")
}

func held(state dataset.State) string {
	return map[dataset.State]string{
		dataset.Empty: "nothing", dataset.Unfinished: "an unfinished run", dataset.Whole: "a data set", dataset.Foreign: "files of somebody else",
	}[state]
}

// show prints a preparation for people.
func (d *delivery) show(a *app, p preparation) {
	seed := "drawn when the run begins"
	if p.Seed != nil {
		seed = fmt.Sprint(*p.Seed)
	}
	fmt.Fprintln(a.stdout, runSummary{Pipeline: p.Pipeline, Environment: p.Environment}.title())
	a.printFacts("  ", [][2]string{
		{"Schema", p.Schema + ", collection " + p.Collection},
		{"Rows", inThousands(p.Rows) + " (" + span(core.Rows{Start: p.FirstRow, N: int(p.Rows)}) + ")"},
		{"Seed", seed},
		{"Hooks", p.Hooks},
		{"Workers", fmt.Sprintf("%d, batches of %s rows", p.Workers, inThousands(int64(p.BatchRows)))},
	})
	var cells [][]string
	for _, column := range p.Columns {
		params := strings.TrimSpace(string(column.Params))
		if params == "{}" || params == "null" {
			params = ""
		}
		cells = append(cells, []string{column.Name, column.Generator, strings.Join(column.Uses, " "), params})
	}
	fmt.Fprintln(a.stdout)
	writeTable(a.stdout, a.width, []string{"COLUMN", "GENERATOR", "READS", "PARAMETERS"}, cells)
	cells = nil
	var options [][2]string
	for _, sink := range p.Sinks {
		size := "unknown"
		if sink.Bytes > 0 {
			size = "about " + inBytes(sink.Bytes)
		}
		cells = append(cells, []string{sink.Name, sink.Sink, fmt.Sprint(sink.Parts), size, sink.Holds})
		options = append(options, [2]string{sink.Name, sink.Out + ": " + optionText(sink.Options)})
	}
	fmt.Fprintln(a.stdout)
	writeTable(a.stdout, a.width, []string{"SINK", "KIND", "PARTS", "SIZE", "HOLDS NOW"}, cells)
	fmt.Fprintln(a.stdout)
	a.printFacts("  ", options)
}
