package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/zilliz/milvus-ingest/core/bench"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

// thresholds is a flag that takes all demands that follow it.
type thresholds []bench.Threshold

// Decode implements kong.MapperValue.
func (t *thresholds) Decode(ctx *kong.DecodeContext) error {
	var first string
	if err := ctx.Scan.PopValueInto("demand", &first); err != nil {
		return err
	}
	texts := []string{first}
	for ctx.Scan.Len() > 0 {
		text, ok := ctx.Scan.Peek().Value.(string)
		if !ok || strings.HasPrefix(text, "-") || !strings.ContainsAny(text, "<>") {
			break
		}
		ctx.Scan.Pop()
		texts = append(texts, text)
	}
	for _, text := range texts {
		one, err := bench.ParseThreshold(text)
		if err != nil {
			return err
		}
		*t = append(*t, one)
	}
	return nil
}

// needsNoServer tells whether the files of a data set tell the ground truth.
func (c *benchmarkCommand) needsNoServer(set *dataset.Set) bool {
	key := set.Schema.Primary()
	return key != nil && !key.AutoID && len(c.Filter)+len(c.Selectivity) == 0
}

// truthOnly computes the ground truth, and keeps it.
func (c *benchmarkCommand) truthOnly(ctx context.Context, a *app, o bench.Options) error {
	var rows int64
	stop := func() {}
	if !c.NoProgress && a.isTerminal {
		stop = func() { a.showProgress("") }
		o.Progress = func(p bench.Progress) {
			if p.Rows > 0 {
				rows = p.Rows
			}
			a.showProgress(p.Doing + ": " + inThousands(rows) + " rows")
		}
	}
	begin := time.Now()
	t, err := bench.Truth(ctx, o)
	stop()
	if err != nil {
		return err
	}
	t.Seconds = time.Since(begin).Seconds()
	if a.output == "json" {
		return a.printJSON(t)
	}
	fmt.Fprintf(a.stdout, "%s: the %d nearest rows of %s queries among %s rows by %s, in %.2f s\n",
		c.Truth, slices.Max(o.TopK), inThousands(int64(t.Queries)), inThousands(t.Rows), t.Metric, t.Seconds)
	a.say("next: milvus-ingest benchmark %s --truth %s", shellWord(c.Path), shellWord(c.Truth))
	return nil
}
