package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/pipeline"
)

const (
	// sampleRows is how many rows are made to learn the size of one.
	sampleRows = 256
	// defaultFileSize is below the 16 GB that Milvus imports.
	defaultFileSize = 8 << 30
	// maxGroups is how many row groups a Parquet file can number.
	maxGroups = 1<<15 - 1
)

// size completes a plan by what a sample of its rows takes in memory and on
// disk.
func (c *generateCommand) size(ctx context.Context, a *app, crew *crew, plan *dataset.Plan) error {
	sample, err := crew.sample(ctx)
	if err != nil {
		return err
	}
	defer sample.Release()
	c.group(plan, sample)
	if takes, err := c.takes(a); err != nil || takes != nil && plan.Elsewhere {
		plan.Sink = groupedSink(takes, plan)
		c.cut(plan, float64(pipeline.Size(sample))/sampleRows)
		return err
	}
	if plan.Sink, err = c.sinkConfig(plan.GroupRows); err != nil {
		return err
	}
	fileRowBytes, err := crew.storedBytes(ctx, plan.Format, plan.Sink, sample)
	if err != nil {
		return err
	}
	c.cut(plan, fileRowBytes)
	return room(c.Out, plan.Rows.N, fileRowBytes, c.Force)
}

// sample makes a few rows: always the same, for shards of a data set must be
// cut alike.
func (c *crew) sample(ctx context.Context) (arrow.Record, error) {
	if err := c.grow(ctx, 1); err != nil {
		return nil, err
	}
	made, err := c.workers[0].Fill(ctx, core.Rows{Start: 0, N: sampleRows}, nil)
	if err != nil {
		return nil, err
	}
	defer made.Release()
	return pipeline.Bare(made), nil
}

// group decides how many rows a row group and a batch have.
func (c *generateCommand) group(plan *dataset.Plan, sample arrow.Record) {
	rowBytes := max(pipeline.Size(sample)/sampleRows, 1)
	plan.GroupRows = c.RowGroupSize
	if plan.GroupRows == 0 {
		plan.GroupRows = pipeline.GroupRows(rowBytes)
	}
	plan.SpanRows = pipeline.SpanRows(rowBytes, plan.GroupRows, c.BatchSize)
}

func (c *generateCommand) sinkConfig(groupRows int) (json.RawMessage, error) {
	// The run guards its folder itself (see dataset.Look): a file that stands
	// there is one that a killed run did not note.
	config := map[string]any{"overwrite": true}
	if c.Format == "parquet" {
		config["compression"], config["row_group_rows"] = c.Compression, groupRows
	}
	return json.Marshal(config)
}

// cut decides how many rows a file holds.
func (c *generateCommand) cut(plan *dataset.Plan, rowBytes float64) {
	size := int64(c.FileSize)
	if size == 0 {
		size = defaultFileSize
	}
	fits := max(int(float64(size)/rowBytes), 1)
	if fits > plan.GroupRows {
		fits -= fits % plan.GroupRows // whole row groups
	}
	switch {
	case c.FileCount > 0 && c.FileSize > 0:
		plan.Rows.N, plan.PartRows = fits*c.FileCount, fits
	case c.FileCount > 0:
		plan.PartRows = (plan.Rows.N + c.FileCount - 1) / c.FileCount
	case c.RowsPerFile > 0:
		plan.PartRows = min(c.RowsPerFile, fits)
	default:
		plan.PartRows = fits
	}
	plan.PartRows = min(plan.PartRows, maxGroups*plan.GroupRows)
}

// samplePrefix begins the names of folders for samples.
const samplePrefix = "milvus-ingest-sample-"

// forgetSamples removes the samples of runs that were killed. A sample takes
// less than a second, so nobody needs one that is older than before.
func forgetSamples(dir string, before time.Time) {
	folders, err := filepath.Glob(filepath.Join(dir, samplePrefix+"*"))
	if err != nil {
		return // the temporary folder's name is a pattern that is none
	}
	for _, folder := range folders {
		if info, err := os.Lstat(folder); err == nil && info.IsDir() && info.ModTime().Before(before) {
			_ = os.RemoveAll(folder) // what cannot be removed is somebody else's
		}
	}
}

// storedBytes is what a row takes in a file: the sample is written to one.
func (c *crew) storedBytes(ctx context.Context, sinkName string, config json.RawMessage, sample arrow.Record) (_ float64, err error) {
	forgetSamples(os.TempDir(), time.Now().Add(-time.Hour))
	dir, err := os.MkdirTemp("", samplePrefix+"*")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	sink, err := c.host.Sink(sinkName)
	if err != nil {
		return 0, err
	}
	writer, err := sink.Open(ctx, core.WriteSpec{
		Sink: sinkName, Schema: sample.Schema(), Config: withKeys(config, map[string]any{"path": filepath.Join(dir, "sample")}),
		RunID: "sample", Rows: core.Rows{N: sampleRows},
	})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, writer.Close()) }()
	if err := writer.Write(ctx, sample); err != nil {
		return 0, err
	}
	artifacts, err := writer.Commit(ctx)
	if err != nil {
		return 0, err
	}
	var bytes int64
	for _, artifact := range artifacts {
		bytes += artifact.Bytes
	}
	return max(float64(bytes)/sampleRows, 1), nil
}

// room refuses a run that the disk cannot hold, before it fills it. What
// --force replaces counts as free.
func room(out string, rows int, rowBytes float64, force bool) error {
	free, ok := freeBytes(out)
	need := int64(float64(rows) * rowBytes)
	if meta, err := dataset.ReadMeta(out); err == nil && force {
		for _, file := range meta.Files {
			free += file.Bytes
		}
	}
	if !ok || need <= free {
		return nil
	}
	return core.Errorf(core.Exhausted, "%s rows take about %s, and only %s are free for %s", inThousands(int64(rows)), inBytes(need), inBytes(free), out).
		WithHint("make fewer rows, or choose an --out on another disk")
}
