package main

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/pipeline"
	"github.com/zilliz/milvus-ingest/core/recipe"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/sinks/minio"
)

// target is one sink of a delivery, with the folder that is its own.
type target struct {
	recipe.Outlet
	dir string
	// takes are the options that its component knows.
	takes map[string]json.RawMessage
	state dataset.State
	// rowBytes is what a row takes, in its files or, for a sink without,
	// in memory; 0 where it is not known.
	rowBytes float64
}

// inFiles tells whether the sink writes files of its folder: such a sink is
// told the path.
func (t *target) inFiles() bool { return t.takes["path"] != nil }

// fileFormat is the format of what a sink stores as objects, whose names it is
// told; "" where it stores none.
func (t *target) fileFormat() string { return objectFormat(t.takes, t.Shown) }

// objectFormat is the format that the configuration of a sink says its objects
// have, or the schema of it; "" where it stores none.
func objectFormat(takes map[string]json.RawMessage, config json.RawMessage) string {
	if takes["object"] == nil {
		return ""
	}
	var given, standard struct{ Format, Default string }
	if json.Unmarshal(config, &given) == nil && given.Format != "" {
		return given.Format
	}
	if json.Unmarshal(takes["format"], &standard) != nil {
		return ""
	}
	return standard.Default
}

// config is the configuration of the sink: its options and what the run
// decides.
func (t *target) config(options json.RawMessage, groupRows int) json.RawMessage {
	var given map[string]json.RawMessage
	if json.Unmarshal(options, &given) != nil {
		given = nil // there are none
	}
	more := map[string]any{}
	if t.takes["overwrite"] != nil {
		// The run guards its folder itself (see dataset.Look).
		more["overwrite"] = true
	}
	if t.takes["row_group_rows"] != nil && given["row_group_rows"] == nil {
		more["row_group_rows"] = groupRows
	}
	return withKeys(options, more)
}

// plan is the plan of the target's data set.
func (d *delivery) plan(t *target) dataset.Plan {
	plan := *d.draft
	plan.Format, plan.Sink = t.Component, t.config(t.Shown, plan.GroupRows)
	plan.Elsewhere, plan.Pipeline = !t.inFiles(), d.choice.Environment+"/"+t.Name
	plan.FileFormat = t.fileFormat()
	if p, _ := d.lock.Find(sdk.KindSink, t.Component); p != nil {
		plan.Plugins = notePlugin(slices.Clone(plan.Plugins), p)
	}
	return plan
}

// settle finds the folder of each sink.
func (d *delivery) settle(components []recipe.Component) error {
	base := d.Out
	switch {
	case base != "":
	case d.choice.Out != nil:
		base = d.beside(*d.choice.Out)
	default:
		base = d.beside(filepath.Join("data", d.choice.Environment))
	}
	owner := map[string]string{}
	for _, outlet := range d.choice.Outlets {
		t := target{Outlet: outlet, dir: filepath.Join(base, outlet.Name)}
		if outlet.Out != "" && d.Out == "" {
			t.dir = d.beside(outlet.Out)
		}
		if before, taken := owner[t.dir]; taken {
			return core.Errorf(core.InvalidConfig, "%s: the sinks %s and %s write to the same folder, %s", d.File, before, t.Name, t.dir).
				WithHint("give each an \"out\" of its own")
		}
		owner[t.dir] = t.Name
		for _, c := range components {
			var schema struct{ Properties map[string]json.RawMessage }
			if c.Name == outlet.Component && json.Unmarshal(c.Config, &schema) == nil {
				t.takes = schema.Properties
			}
		}
		d.targets = append(d.targets, t)
	}
	return nil
}

// look finds out what is in the folders.
func (d *delivery) look(ctx context.Context) error {
	var problems []error
	for i := range d.targets {
		t := &d.targets[i]
		var err error
		t.state, err = dataset.Look(t.dir)
		problems = append(problems, err, d.vacantBucket(ctx, t))
	}
	return errors.Join(problems...)
}

// vacantBucket refuses a place in a bucket that holds a data set.
func (d *delivery) vacantBucket(ctx context.Context, t *target) error {
	if t.Component != "minio" || t.Options == nil || d.Force || d.Resume {
		return nil
	}
	if err := minio.Vacant(ctx, t.config(t.Options, 0)); err != nil {
		return core.Errorf(core.CodeOf(err), "sink %s: %w", t.Name, err)
	}
	return nil
}

// size completes the draft by what a sample of its rows takes: all sinks have
// the same parts, none larger than allowed in any of them.
func (d *delivery) size(ctx context.Context, crew *crew) error {
	sample, err := crew.sample(ctx)
	if err != nil {
		return err
	}
	defer sample.Release()
	d.generate.group(d.draft, sample)
	var most float64
	for i := range d.targets {
		t := &d.targets[i]
		if t.rowBytes, err = d.rowBytes(ctx, crew, t, sample); err != nil {
			return err
		}
		most = max(most, t.rowBytes)
	}
	d.generate.cut(d.draft, max(most, 1))
	return nil
}

func (d *delivery) rowBytes(ctx context.Context, crew *crew, t *target, sample arrow.Record) (float64, error) {
	switch {
	case !t.inFiles():
		return float64(pipeline.Size(sample)) / sampleRows, nil
	case t.Options == nil:
		return 0, nil // a variable is missing
	}
	bytes, err := crew.storedBytes(ctx, t.Component, t.config(t.Options, d.draft.GroupRows), sample)
	if err != nil {
		err = core.Errorf(core.CodeOf(err), "sink %s: %w", t.Name, err)
	}
	return bytes, err
}

// room refuses a delivery that the disks cannot hold. Folders with the same
// free space are taken to be on one disk.
func (d *delivery) room() error {
	need := map[int64]float64{}
	var problems []error
	for i := range d.targets {
		t := &d.targets[i]
		if !t.inFiles() {
			continue
		}
		free, _ := freeBytes(t.dir)
		need[free] += t.rowBytes
		problems = append(problems, room(t.dir, d.draft.Rows.N, need[free], d.Force))
	}
	return errors.Join(problems...)
}
