package main

import (
	"context"
	"errors"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

// run makes the rows and brings them to all sinks.
func (d *delivery) run(ctx context.Context, a *app) error {
	if err := d.look(ctx); err != nil {
		return err
	}
	var outlets []outlet
	if d.Resume {
		whole, err := d.takeUp(ctx, a, &outlets)
		if err != nil {
			return errors.Join(err, closeAll(outlets))
		}
		if whole {
			a.say("all sinks of %s are whole: there is nothing to resume", d.File)
			return nil
		}
	} else if err := d.vacant(); err != nil {
		return err
	}
	began := time.Now()
	crew, err := hire(a, d.draft, d.generate.workers())
	if err != nil {
		return errors.Join(err, closeAll(outlets))
	}
	summary, err := d.deliver(ctx, a, crew, &outlets)
	if err = errors.Join(err, closeAll(outlets), crew.Close()); err != nil {
		return err
	}
	summary.Seconds = time.Since(began).Seconds()
	return a.summarizeRun(summary)
}

// vacant refuses folders that hold something, all at once.
func (d *delivery) vacant() error {
	var problems []error
	for _, t := range d.targets {
		if t.state != dataset.Empty && !d.Force {
			problems = append(problems, occupied(t.dir, t.state))
		}
	}
	return errors.Join(problems...)
}

// deliver begins the data sets that are not begun and makes what is missing.
func (d *delivery) deliver(ctx context.Context, a *app, crew *crew, outlets *[]outlet) (runSummary, error) {
	if len(*outlets) == 0 {
		if err := errors.Join(d.size(ctx, crew), d.room()); err != nil {
			return runSummary{}, err
		}
	}
	if err := d.begin(outlets); err != nil {
		return runSummary{}, err
	}
	metas, made, err := a.produce(ctx, crew, *outlets, d.NoProgress)
	if err != nil {
		stays := core.Errorf(core.CodeOf(err), "no sink is done: what was written so far stays to be resumed").WithHint("go on with: %s", d.again())
		return runSummary{}, errors.Join(err, stays)
	}
	s := runSummary{Pipeline: d.File, Environment: d.choice.Environment, Made: made}
	for i, o := range *outlets {
		s.Sinks = append(s.Sinks, sinkSummary{Name: o.name, Out: o.run.Dir, Meta: metas[i]})
	}
	return s, nil
}

// begin begins the data sets of all sinks that have none yet.
func (d *delivery) begin(outlets *[]outlet) error {
	for i := range d.targets {
		t := &d.targets[i]
		if d.Resume && t.state != dataset.Empty {
			continue
		}
		if err := dataset.Remove(t.dir); err != nil {
			return err
		}
		run, err := dataset.Begin(t.dir, d.plan(t))
		if err != nil {
			return core.Errorf(core.CodeOf(err), "sink %s: %w", t.Name, err)
		}
		*outlets = append(*outlets, d.outlet(t, run))
	}
	return nil
}

func (d *delivery) outlet(t *target, run *dataset.Run) outlet {
	config := t.config(t.Options, run.Plan.GroupRows)
	if t.takes["schema"] != nil {
		config = withKeys(config, map[string]any{"schema": run.Plan.Schema})
	}
	return outlet{name: t.Name, run: run, config: config, hidden: d.hidden}
}
