package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/pipeline"
	"github.com/zilliz/milvus-ingest/sinks/minio"
)

// outlet is one place that the rows of a run go to: a sink, and the folder in
// which meta.json tells of what it stored. All outlets of a run have the same
// rows, cut into the same parts.
type outlet struct {
	// name is the sink's in a pipeline file; "" where there is no file.
	name string
	run  *dataset.Run
	// config is the sink's, with secrets: it goes to the sink and is kept
	// nowhere.
	config json.RawMessage
	// hidden replaces secrets in what the sink tells; nil where there are
	// none.
	hidden *strings.Replacer
}

// portableShare is how much smaller batches are where memory is not shared.
const portableShare = 8

// publish completes a data set that lies in a bucket: its meta.json comes
// beside the objects. The run is not finished before it is there.
func (o outlet) publish(ctx context.Context) error {
	if o.run.Plan.Format != "minio" || o.run.Plan.FileFormat == "" {
		return nil
	}
	meta, err := o.run.Meta()
	if err != nil {
		return err
	}
	return minio.Publish(ctx, o.config, meta)
}

// closeAll frees the runs of outlets; what is not finished can be resumed.
func closeAll(outlets []outlet) error {
	var problems []error
	for _, o := range outlets {
		problems = append(problems, o.run.Close())
	}
	return errors.Join(problems...)
}

// job is what is left to do of a run, and how many rows that is. A part is done
// when all outlets have it.
func (c *crew) job(ctx context.Context, outlets []outlet) (pipeline.Job, int64, error) {
	plan := &outlets[0].run.Plan
	job := pipeline.Job{SpanRows: plan.SpanRows, GroupRows: plan.GroupRows}
	if !c.host.Shares() {
		// A batch that goes in messages is copied several times on its way.
		job.SpanRows = max(job.SpanRows/portableShare, 1)
	}
	var todo int64
	for _, part := range plan.Parts() {
		done := true
		for _, o := range outlets {
			done = done && o.run.IsDone(part) // all outlets have the same parts
		}
		if !done {
			job.Parts = append(job.Parts, pipeline.Part{Index: part.Index, Rows: part.Rows})
			todo += int64(part.Rows.N)
		}
	}
	spans := (todo + int64(job.SpanRows) - 1) / int64(job.SpanRows)
	if err := c.grow(ctx, int(min(spans, int64(c.most)))); err != nil {
		return job, 0, err
	}
	var err error
	if job.Workers, err = c.gated(ctx); err != nil {
		return job, 0, err
	}
	job.MayDrop = c.gate != nil && c.gate.Policy == pipeline.Drop
	var notes []func(pipeline.Part, []core.Artifact, core.Verdicts) error
	for _, o := range outlets {
		outlet, note, err := c.outlet(o, job)
		if err != nil {
			return job, 0, err
		}
		if len(outlets) == 1 {
			outlet.Name = "" // errors need not tell it from others
		}
		job.Outlets, notes = append(job.Outlets, outlet), append(notes, note)
	}
	if c.gate != nil {
		c.gate.Before = outlets[0].run.Verdicts().Invalid
	}
	job.Done = func(part pipeline.Part, artifacts [][]core.Artifact) error {
		var verdicts core.Verdicts
		if c.gate != nil {
			verdicts = c.gate.Take(part.Rows)
		}
		for i, note := range notes {
			if err := note(part, artifacts[i], verdicts); err != nil {
				return err
			}
		}
		return nil
	}
	return job, todo, nil
}

// outlet prepares the sink of an outlet for the parts of a job, and how its run
// notes that a part is done.
func (c *crew) outlet(o outlet, job pipeline.Job) (pipeline.Outlet, func(pipeline.Part, []core.Artifact, core.Verdicts) error, error) {
	plan := &o.run.Plan
	parts := plan.Parts()
	target := func(part pipeline.Part) string {
		return filepath.Join(o.run.Dir, filepath.FromSlash(parts[part.Index].Path))
	}
	for _, part := range job.Parts {
		o.run.Forget(parts[part.Index])
		if plan.Elsewhere {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(target(part)), 0o755); err != nil {
			return pipeline.Outlet{}, nil, err
		}
	}
	sink, err := c.host.Sink(plan.Format)
	if err != nil {
		return pipeline.Outlet{}, nil, err
	}
	schema := plan.Schema.Arrow()
	spec := func(part pipeline.Part) core.WriteSpec {
		config := o.config
		switch {
		case !plan.Elsewhere:
			config = withKeys(config, map[string]any{"path": target(part)})
		case plan.FileFormat != "":
			config = withKeys(config, map[string]any{"object": parts[part.Index].Path})
		}
		if job.MayDrop {
			part.Rows.N = 0 // nobody knows yet
		}
		return core.WriteSpec{Sink: plan.Format, Schema: schema, Config: config, RunID: plan.Schema.Name, Rows: part.Rows}
	}
	note := func(part pipeline.Part, artifacts []core.Artifact, verdicts core.Verdicts) error {
		for i := range artifacts {
			if o.hidden != nil {
				artifacts[i].URI = o.hidden.Replace(artifacts[i].URI)
			}
		}
		return o.run.Done(parts[part.Index], artifacts, verdicts)
	}
	return pipeline.Outlet{Name: o.name, Sink: sink, Spec: spec}, note, nil
}

// withKeys adds keys to a sink's configuration.
func withKeys(config json.RawMessage, more map[string]any) json.RawMessage {
	keys := map[string]any{}
	if len(config) > 0 {
		decoder := json.NewDecoder(bytes.NewReader(config))
		decoder.UseNumber()
		if err := decoder.Decode(&keys); err != nil {
			panic(err) // we wrote it
		}
	}
	maps.Copy(keys, more)
	raw, err := json.Marshal(keys)
	if err != nil {
		panic(err) // as above
	}
	return raw
}

// produce makes the parts that are not done, and finishes the runs of all
// outlets, or none. It returns the rows that it made.
func (a *app) produce(ctx context.Context, crew *crew, outlets []outlet, quiet bool) ([]*dataset.Meta, int64, error) {
	job, todo, err := crew.job(ctx, outlets)
	if err != nil {
		return nil, 0, err
	}
	job.Progress = &pipeline.Progress{}
	stop := a.watch(job.Progress, todo, quiet)
	err = pipeline.Run(ctx, job)
	stop()
	if err != nil {
		return nil, 0, err
	}
	runs := make([]*dataset.Run, len(outlets))
	for i, o := range outlets {
		if err := o.publish(ctx); err != nil {
			return nil, 0, err
		}
		runs[i] = o.run
	}
	metas, err := dataset.Finish(runs...)
	return metas, todo, err
}
