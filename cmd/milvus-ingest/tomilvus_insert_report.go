package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/insert"
)

// insertReport is what the command tells at its end.
type insertReport struct {
	*insert.Result
	CPU     float64 `json:"client_cpu_seconds"`
	Rejects string  `json:"rejects,omitempty"`
}

// reportInsert tells what was done; rows that were left out make the exit code
// 3.
func (a *app) reportInsert(r *insert.Result, c *insertCommand, cpu float64, rejects string) error {
	if r.Rejected == 0 {
		rejects = ""
	}
	if a.output == "json" {
		if err := a.printJSON(insertReport{r, cpu, rejects}); err != nil {
			return err
		}
	} else {
		a.summarizeInsert(r, cpu)
		a.say("next: milvus-ingest to-milvus verify %s%s --collection-name %s", shellWord(c.Path), c.where()+c.shown(), r.Collection)
	}
	if r.Rejected > 0 {
		return core.Errorf(core.InvalidData, "the server refused %s rows, which were left out", inThousands(r.Rejected)).
			WithHint("%s tells which, and why", rejects)
	}
	return nil
}

func (a *app) summarizeInsert(r *insert.Result, cpu float64) {
	verb := "added to"
	if r.Made {
		verb = "in the new collection"
	}
	fmt.Fprintf(a.stdout, "%s rows %s %s on %s", inThousands(r.Rows), verb, r.Collection, r.Server)
	if r.Resumed > 0 {
		fmt.Fprintf(a.stdout, ", behind %s of an earlier run", inThousands(r.Resumed))
	}
	fmt.Fprintln(a.stdout)
	if r.Rows > 0 {
		fmt.Fprintf(a.stdout, "%.1f s, of which %.1f s sending: %s rows/s, %s/s in %s messages; the server was at work %.0f %% of it; client CPU %.2f s\n",
			r.Seconds, r.Sending, inThousands(int64(float64(r.Rows)/max(r.Sending, 1e-3))), inBytes(int64(float64(r.Bytes)/max(r.Sending, 1e-3))),
			inThousands(r.Calls), 100*min(r.Waiting, 1), cpu)
	}
	if r.Held >= 1 {
		fmt.Fprintf(a.stdout, "calls were held back for %.1f s altogether, for the server wanted it so\n", r.Held)
	}
	counted := "not counted: the collection is not loaded"
	if r.After >= 0 {
		counted = inThousands(r.After) + " rows counted"
	}
	fmt.Fprintf(a.stdout, "%s (its statistics say %s)\n", counted, inThousands(r.Estimate))
	for _, index := range r.Indexes {
		fmt.Fprintf(a.stdout, "index of %s: %s\n", index.Field, strings.TrimSpace(index.Type+" "+index.Metric))
	}
}

// insertPlan is what --dry-run tells.
type insertPlan struct {
	Server     string            `json:"server"`
	Version    string            `json:"version"`
	Collection string            `json:"collection"`
	Exists     bool              `json:"exists"`
	Drop       bool              `json:"drop"`
	Rows       int64             `json:"rows"` // -1: only reading tells
	Bytes      int64             `json:"bytes"`
	Fields     []string          `json:"fields"`
	Indexes    map[string]string `json:"indexes"`
}

// plan says what would be done.
func (c *insertCommand) plan(ctx context.Context, a *app, run *insert.Run) error {
	found, err := run.Server.Find(ctx, run.Name)
	if err != nil {
		return err
	}
	sent := run.Schema()
	p := insertPlan{
		Server: run.Server.Address, Version: fmt.Sprintf("%s %s", run.Server.Kind, run.Server.Version), Collection: run.Name,
		Exists: found != nil, Drop: found != nil && c.DropIfExists, Rows: run.Set.Count(), Bytes: run.Set.Bytes(), Indexes: map[string]string{},
	}
	switch {
	case p.Drop:
		err = found.Droppable(run.Name, c.MoveAlias)
	case found != nil:
		err = found.Fits(sent)
	}
	if err != nil {
		return err
	}
	for _, w := range run.Server.Lacks(sent).Warnings() {
		a.say("note: %s", w)
	}
	for i := range sent.Fields {
		f := &sent.Fields[i]
		p.Fields = append(p.Fields, f.Name)
		if index, ok := run.Prepare.Index.Choose(run.Server, sent, f); ok {
			p.Indexes[f.Name] = strings.TrimSpace(index.Type + " " + index.Metric)
		}
	}
	if a.output == "json" {
		return a.printJSON(p)
	}
	return a.showInsertPlan(p, found)
}

func (a *app) showInsertPlan(p insertPlan, found *collection.Collection) error {
	what := "would be made"
	switch {
	case p.Drop:
		what = "would be removed and made anew"
	case found != nil:
		what = "is there, and would get the rows"
	}
	rows := inThousands(p.Rows) + " rows"
	if p.Rows < 0 {
		rows = "all rows"
	}
	fmt.Fprintf(a.stdout, "%s (%s): the collection %s %s\n", p.Server, p.Version, p.Collection, what)
	fmt.Fprintf(a.stdout, "%s in %s would be sent, with the fields %s\n", rows, inBytes(p.Bytes), strings.Join(p.Fields, ", "))
	for _, field := range p.Fields {
		if index := p.Indexes[field]; index != "" {
			fmt.Fprintf(a.stdout, "index of %s: %s\n", field, index)
		}
	}
	a.say("dry run: nothing was changed")
	return nil
}
